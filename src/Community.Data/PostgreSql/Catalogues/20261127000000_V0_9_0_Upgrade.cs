using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Data.PostgreSql.Catalogues
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
                type: "character varying(16)",
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
