using Community.Data;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace Community.Data
{
    /// <summary>What a generated migration cannot know: rows that have to move with the tables.</summary>
    static class Upgrades
    {
        /// <summary>
        /// Subject and text of a mailing become its content before their columns go. The tool may take a new column for one of them,
        /// renamed.
        /// </summary>
        public static IReadOnlyList<MigrationOperation> Of090(IReadOnlyList<MigrationOperation> made)
        {
            var renamed = made.OfType<RenameColumnOperation>().Where(o => o is { Table: "mailings", Name: "subject" or "text" }).ToList();
            var gone = made.Where(o => o is DropColumnOperation { Table: "mailings", Name: "subject" or "text" });
            // First, since EF warns of SQL while it has yet to build other tables of SQLite anew.
            var first = made.Where(o =>
                o is CreateTableOperation { Name: "mailing_contents" } or AddColumnOperation { Table: "mailings", Name: "title" });
            return
            [
                .. first,
                .. renamed.Select(o => new AddColumnOperation
                {
                    Table = o.Table,
                    Name = o.NewName,
                    ClrType = typeof(string),
                    ColumnType = "text",
                    DefaultValue = "",
                }),
                new SqlOperation
                {
                    Sql = """
                        INSERT INTO mailing_contents (mailing_id, variant, language, own_words, subject, preheader, text)
                        SELECT id, 0, '', FALSE, subject, '', text FROM mailings;
                        UPDATE mailings SET title = subject;
                        """,
                },
                new DropColumnOperation { Table = "mailings", Name = "subject" },
                new DropColumnOperation { Table = "mailings", Name = "text" },
                .. made.Except(gone).Except(renamed).Except(first),
            ];
        }
    }
}

namespace Community.Data.Sqlite.Sites
{
    public partial class V0_9_0_Upgrade
    {
        public override IReadOnlyList<MigrationOperation> UpOperations => field ??= Upgrades.Of090(base.UpOperations);
    }
}

namespace Community.Data.PostgreSql.Sites
{
    public partial class V0_9_0_Upgrade
    {
        public override IReadOnlyList<MigrationOperation> UpOperations => field ??= Upgrades.Of090(base.UpOperations);
    }
}
