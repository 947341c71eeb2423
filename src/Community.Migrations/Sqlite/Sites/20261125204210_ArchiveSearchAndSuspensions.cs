using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Migrations.Sqlite.Sites
{
    /// <inheritdoc />
    public partial class ArchiveSearchAndSuspensions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // The collation of search_name is not altered: BINARY is what SQLite compares by anyway, and to say it would copy the whole table.
            migrationBuilder.AddColumn<int>(
                name: "search_version",
                table: "members",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "archived_at",
                table: "boards",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "archived_by",
                table: "boards",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "changes",
                table: "audit",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "suspensions",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_suspensions", x => x.id);
                    table.ForeignKey(
                        name: "FK_suspensions_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_members_search_name_id",
                table: "members",
                columns: new[] { "search_name", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_suspensions_member_id",
                table: "suspensions",
                column: "member_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "suspensions");

            migrationBuilder.DropIndex(
                name: "IX_members_search_name_id",
                table: "members");

            migrationBuilder.DropColumn(
                name: "search_version",
                table: "members");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "archived_by",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "changes",
                table: "audit");

        }
    }
}
