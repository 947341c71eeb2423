using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Community.Migrations.PostgreSql.Sites
{
    /// <inheritdoc />
    public partial class ArchiveSearchAndSuspensions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterColumn<string>(
                name: "search_name",
                table: "members",
                type: "text",
                nullable: false,
                collation: "C",
                oldClrType: typeof(string),
                oldType: "text");

            migrationBuilder.AddColumn<int>(
                name: "search_version",
                table: "members",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTime>(
                name: "archived_at",
                table: "boards",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "archived_by",
                table: "boards",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "changes",
                table: "audit",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "suspensions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false)
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

            migrationBuilder.AlterColumn<string>(
                name: "search_name",
                table: "members",
                type: "text",
                nullable: false,
                oldClrType: typeof(string),
                oldType: "text",
                oldCollation: "C");
        }
    }
}
