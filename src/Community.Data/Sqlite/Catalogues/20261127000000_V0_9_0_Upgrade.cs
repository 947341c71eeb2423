using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Data.Sqlite.Catalogues
{
    /// <inheritdoc />
    public partial class V0_9_0_Upgrade : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "machine",
                table: "mail_servers",
                type: "TEXT",
                maxLength: 16,
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "machine",
                table: "mail_servers");
        }
    }
}
