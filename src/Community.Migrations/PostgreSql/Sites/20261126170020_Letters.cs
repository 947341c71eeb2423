using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Migrations.PostgreSql.Sites
{
    /// <inheritdoc />
    public partial class Letters : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTime>(
                name: "failed_at",
                table: "letters",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "member_id",
                table: "letters",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "precedence",
                table: "letters",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Notice");

            migrationBuilder.CreateIndex(
                name: "IX_work_failed_at",
                table: "work",
                column: "failed_at",
                filter: "failed_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_letters_failed_at",
                table: "letters",
                column: "failed_at",
                filter: "failed_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_letters_member_id",
                table: "letters",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_letters_state_precedence_due_at",
                table: "letters",
                columns: new[] { "state", "precedence", "due_at" });

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_failed",
                table: "deliveries",
                column: "mailing_id",
                filter: "state IN ('Rejected', 'Expired') AND decided_by IS NULL");

            // Given up before the time was kept.
            migrationBuilder.Sql("UPDATE letters SET failed_at = due_at WHERE state = 'Failed'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_work_failed_at",
                table: "work");

            migrationBuilder.DropIndex(
                name: "IX_letters_failed_at",
                table: "letters");

            migrationBuilder.DropIndex(
                name: "IX_letters_member_id",
                table: "letters");

            migrationBuilder.DropIndex(
                name: "IX_letters_state_precedence_due_at",
                table: "letters");

            migrationBuilder.DropIndex(
                name: "ix_deliveries_failed",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "failed_at",
                table: "letters");

            migrationBuilder.DropColumn(
                name: "member_id",
                table: "letters");

            migrationBuilder.DropColumn(
                name: "precedence",
                table: "letters");
        }
    }
}
