using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Migrations.Sqlite.Sites
{
    /// <inheritdoc />
    public partial class OneAddress : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "address_rule",
                table: "members",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "address_twin",
                table: "members",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_members_address_twin",
                table: "members",
                column: "address_twin");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_members_address_twin",
                table: "members");

            migrationBuilder.DropColumn(
                name: "address_rule",
                table: "members");

            migrationBuilder.DropColumn(
                name: "address_twin",
                table: "members");
        }
    }
}
