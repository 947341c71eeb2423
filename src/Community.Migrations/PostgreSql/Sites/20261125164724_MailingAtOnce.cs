using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Migrations.PostgreSql.Sites
{
    /// <inheritdoc />
    public partial class MailingAtOnce : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "to_name",
                table: "letters");

            migrationBuilder.AddColumn<bool>(
                name: "at_once",
                table: "mailings",
                type: "boolean",
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
                type: "text",
                nullable: false,
                defaultValue: "");
        }
    }
}
