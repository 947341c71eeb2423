using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Migrations.Sqlite.Sites
{
    /// <inheritdoc />
    public partial class MailingAtOnce : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // By hand: EF would build the table anew, and AUTOINCREMENT forget numbers that were given.
            migrationBuilder.Sql("ALTER TABLE letters DROP COLUMN to_name");

            migrationBuilder.AddColumn<bool>(
                name: "at_once",
                table: "mailings",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            // Until now no time was the word for "at once". A draft may as well have been undecided, and is asked.
            migrationBuilder.Sql("UPDATE mailings SET at_once = true WHERE local_time IS NULL AND state <> 'Draft'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "at_once",
                table: "mailings");

            migrationBuilder.AddColumn<string>(
                name: "to_name",
                table: "letters",
                type: "TEXT",
                nullable: false,
                defaultValue: "");
        }
    }
}
