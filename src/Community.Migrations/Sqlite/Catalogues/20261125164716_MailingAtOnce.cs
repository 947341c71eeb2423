using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Migrations.Sqlite.Catalogues
{
    /// <inheritdoc />
    public partial class MailingAtOnce : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "heartbeat",
                table: "mail_servers");

            migrationBuilder.DropColumn(
                name: "started_at",
                table: "mail_servers");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "heartbeat",
                table: "mail_servers",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "started_at",
                table: "mail_servers",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);
        }
    }
}
