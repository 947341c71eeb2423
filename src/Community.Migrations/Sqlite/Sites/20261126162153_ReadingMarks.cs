using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Migrations.Sqlite.Sites
{
    /// <inheritdoc />
    public partial class ReadingMarks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // The floor at joining is no row any more: it is asked of the posts.
            migrationBuilder.Sql("DELETE FROM board_reads WHERE board_id = 0;");

            migrationBuilder.AddColumn<long>(
                name: "last_move",
                table: "topics",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "lifted_at",
                table: "suspensions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "lifted_by",
                table: "suspensions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "suspended_by",
                table: "suspensions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "closed_as",
                table: "reports",
                type: "TEXT",
                maxLength: 40,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "to_member_id",
                table: "posts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "moves",
                table: "board_reads",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            // Before a table waits for being rebuilt. What was written before: whose posts it answers, who suspended whom, and until when.
            migrationBuilder.Sql("""
                UPDATE posts SET to_member_id = (SELECT p.author_id FROM posts p WHERE p.topic_id = posts.topic_id AND p.number = posts.parent_number AND p.author_id <> posts.author_id)
                WHERE parent_number IS NOT NULL;
                """);
            migrationBuilder.Sql("""
                UPDATE suspensions SET
                    suspended_by = (SELECT a.actor_id FROM audit a WHERE a.action = 'members.suspend' AND a.purpose = 'suspension ' || suspensions.id),
                    lifted_at = (SELECT a.at FROM audit a WHERE a.action = 'members.lift' AND a.subject_id = suspensions.member_id AND a.at >= suspensions.at ORDER BY a.at LIMIT 1),
                    lifted_by = (SELECT a.actor_id FROM audit a WHERE a.action = 'members.lift' AND a.subject_id = suspensions.member_id AND a.at >= suspensions.at ORDER BY a.at LIMIT 1);
                """);

            migrationBuilder.DropPrimaryKey(
                name: "PK_board_reads",
                table: "board_reads");

            migrationBuilder.AddPrimaryKey(
                name: "PK_board_reads",
                table: "board_reads",
                columns: new[] { "member_id", "board_id", "moves" });

            migrationBuilder.CreateTable(
                name: "topic_stays",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    topic_id = table.Column<long>(type: "INTEGER", nullable: false),
                    board_id = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_topic_stays", x => x.id);
                    table.ForeignKey(
                        name: "FK_topic_stays_topics_topic_id",
                        column: x => x.topic_id,
                        principalTable: "topics",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_posts_to_member_id_id",
                table: "posts",
                columns: new[] { "to_member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_moderation_log_at",
                table: "moderation_log",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_topic_stays_board_id_id",
                table: "topic_stays",
                columns: new[] { "board_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_topic_stays_topic_id",
                table: "topic_stays",
                column: "topic_id");

            migrationBuilder.AddForeignKey(
                name: "FK_posts_members_to_member_id",
                table: "posts",
                column: "to_member_id",
                principalTable: "members",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_posts_members_to_member_id",
                table: "posts");

            migrationBuilder.DropTable(
                name: "topic_stays");

            migrationBuilder.DropIndex(
                name: "IX_posts_to_member_id_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_moderation_log_at",
                table: "moderation_log");

            migrationBuilder.DropPrimaryKey(
                name: "PK_board_reads",
                table: "board_reads");

            migrationBuilder.DropColumn(
                name: "last_move",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "lifted_at",
                table: "suspensions");

            migrationBuilder.DropColumn(
                name: "lifted_by",
                table: "suspensions");

            migrationBuilder.DropColumn(
                name: "suspended_by",
                table: "suspensions");

            migrationBuilder.DropColumn(
                name: "closed_as",
                table: "reports");

            migrationBuilder.DropColumn(
                name: "to_member_id",
                table: "posts");

            migrationBuilder.DropColumn(
                name: "moves",
                table: "board_reads");

            migrationBuilder.AddPrimaryKey(
                name: "PK_board_reads",
                table: "board_reads",
                columns: new[] { "member_id", "board_id" });
        }
    }
}
