using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Community.Data.PostgreSql.Sites
{
    /// <inheritdoc />
    public partial class V0_9_0_Upgrade : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_moderation_log_topics_topic_id",
                table: "moderation_log");

            migrationBuilder.DropIndex(
                name: "IX_topics_author_id",
                table: "topics");

            migrationBuilder.DropIndex(
                name: "IX_topics_last_post_by",
                table: "topics");

            migrationBuilder.DropIndex(
                name: "IX_posts_at",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_author_id_form_key",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_author_id_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_board_id_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_to_member_id_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_moderation_log_at",
                table: "moderation_log");

            migrationBuilder.DropPrimaryKey(
                name: "PK_import_columns",
                table: "import_columns");

            migrationBuilder.DropColumn(
                name: "subject",
                table: "mailings");

            migrationBuilder.RenameColumn(
                name: "text",
                table: "mailings",
                newName: "title");

            migrationBuilder.AddColumn<DateTime>(
                name: "archived_at",
                table: "topics",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "archived_by",
                table: "topics",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "guest_name",
                table: "topics",
                type: "character varying(80)",
                maxLength: 80,
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "imported",
                table: "topics",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "last_guest_name",
                table: "topics",
                type: "character varying(80)",
                maxLength: 80,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "merged_into",
                table: "topics",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "unarchived_at",
                table: "topics",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "withheld",
                table: "topics",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "fields",
                table: "system_mails",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "ends_at",
                table: "suspensions",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "added_by",
                table: "suppressions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "until",
                table: "suppressions",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "needs_second_factor",
                table: "staff_roles",
                type: "boolean",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "category",
                table: "reports",
                type: "character varying(80)",
                maxLength: 80,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<bool>(
                name: "is_of_words",
                table: "reports",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "guest_name",
                table: "posts",
                type: "character varying(80)",
                maxLength: 80,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "import_id",
                table: "posts",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "imported_reactions",
                table: "posts",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "reactions",
                table: "posts",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "withheld",
                table: "posts",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AlterColumn<long>(
                name: "topic_id",
                table: "moderation_log",
                type: "bigint",
                nullable: true,
                oldClrType: typeof(long),
                oldType: "bigint");

            migrationBuilder.AddColumn<long>(
                name: "member_id",
                table: "moderation_log",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "silenced_at",
                table: "members",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "silenced_until",
                table: "members",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "suspended_until",
                table: "members",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "warned_at",
                table: "members",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "approved_at",
                table: "mailings",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "approved_by",
                table: "mailings",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "approved_digest",
                table: "mailings",
                type: "character varying(32)",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "approved_rev",
                table: "mailings",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "assigned",
                table: "mailings",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "campaign",
                table: "mailings",
                type: "character varying(100)",
                maxLength: 100,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<DateTime>(
                name: "chain_due_at",
                table: "mailings",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "chain_step_id",
                table: "mailings",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "embeds_pictures",
                table: "mailings",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "files_json",
                table: "mailings",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "holder",
                table: "mailings",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "WebServers");

            migrationBuilder.AddColumn<DateTime>(
                name: "rates_from",
                table: "mailings",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "route",
                table: "mailings",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Automatic");

            migrationBuilder.AddColumn<int>(
                name: "sample_base",
                table: "mailings",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "sample_count",
                table: "mailings",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "sample_percent",
                table: "mailings",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "test_to_id",
                table: "mailings",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "tracking",
                table: "mailings",
                type: "character varying(40)",
                maxLength: 40,
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "uneven_since",
                table: "mailings",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "unlisted_at",
                table: "mailings",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<byte>(
                name: "variants",
                table: "mailings",
                type: "smallint",
                nullable: false,
                defaultValue: (byte)0);

            migrationBuilder.AddColumn<long>(
                name: "wave_of_id",
                table: "mailings",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<byte>(
                name: "winner",
                table: "mailings",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "winner_after_hours",
                table: "mailings",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTime>(
                name: "winner_at",
                table: "mailings",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "winner_by",
                table: "mailings",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "winner_rule",
                table: "mailings",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Hand");

            migrationBuilder.AddColumn<string>(
                name: "archive",
                table: "mail_kinds",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "None");

            migrationBuilder.AddColumn<string>(
                name: "use",
                table: "mail_kinds",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Mail");

            migrationBuilder.AddColumn<string>(
                name: "kind",
                table: "import_columns",
                type: "character varying(32)",
                maxLength: 32,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "which",
                table: "import_columns",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<bool>(
                name: "is_key",
                table: "import_columns",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTime>(
                name: "unused_since",
                table: "files",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "address_key",
                table: "deliveries",
                type: "character varying(22)",
                maxLength: 22,
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "barred",
                table: "deliveries",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "offer_rev",
                table: "deliveries",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "outcome_n",
                table: "deliveries",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<byte>(
                name: "variant",
                table: "deliveries",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "archive_after_days",
                table: "boards",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "category_id",
                table: "boards",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "close_after_days",
                table: "boards",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "hold",
                table: "boards",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "hold_first",
                table: "boards",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "icon",
                table: "boards",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "pause_seconds",
                table: "boards",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "picture_alt",
                table: "boards",
                type: "character varying(200)",
                maxLength: 200,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "picture_hash",
                table: "boards",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "picture_height",
                table: "boards",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "picture_small_hash",
                table: "boards",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "picture_width",
                table: "boards",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTime>(
                name: "forgotten_at",
                table: "audit_seals",
                type: "timestamptz",
                nullable: true);

            migrationBuilder.AddPrimaryKey(
                name: "PK_import_columns",
                table: "import_columns",
                columns: new[] { "kind", "heading", "which" });

            migrationBuilder.CreateTable(
                name: "attachments",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key = table.Column<string>(type: "character varying(26)", maxLength: 26, nullable: false),
                    owner_id = table.Column<long>(type: "bigint", nullable: true),
                    post_id = table.Column<long>(type: "bigint", nullable: true),
                    hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    small_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    name = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    media_type = table.Column<string>(type: "text", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    width = table.Column<int>(type: "integer", nullable: false),
                    height = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    form_key = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attachments", x => x.id);
                    table.ForeignKey(
                        name: "FK_attachments_members_owner_id",
                        column: x => x.owner_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_attachments_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "board_categories",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    names = table.Column<string>(type: "text", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_board_categories", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "board_follows",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    level = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_board_follows", x => new { x.member_id, x.board_id });
                    table.ForeignKey(
                        name: "FK_board_follows_boards_board_id",
                        column: x => x.board_id,
                        principalTable: "boards",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_board_follows_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "board_imports",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    format = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    file_name = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    file = table.Column<string>(type: "text", nullable: true),
                    is_upload = table.Column<bool>(type: "boolean", nullable: false),
                    take_members = table.Column<bool>(type: "boolean", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    stop_text = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    started_by = table.Column<long>(type: "bigint", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    read_up_to = table.Column<long>(type: "bigint", nullable: false),
                    lines = table.Column<int>(type: "integer", nullable: false),
                    found = table.Column<int>(type: "integer", nullable: false),
                    bad = table.Column<int>(type: "integer", nullable: false),
                    known = table.Column<int>(type: "integer", nullable: false),
                    topics = table.Column<int>(type: "integer", nullable: false),
                    authors = table.Column<int>(type: "integer", nullable: false),
                    files_found = table.Column<int>(type: "integer", nullable: false),
                    done_up_to = table.Column<int>(type: "integer", nullable: false),
                    posts = table.Column<int>(type: "integer", nullable: false),
                    files = table.Column<int>(type: "integer", nullable: false),
                    undone_up_to = table.Column<long>(type: "bigint", nullable: false),
                    undone = table.Column<int>(type: "integer", nullable: false),
                    left = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_board_imports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "bookmarks",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    note = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bookmarks", x => x.id);
                    table.ForeignKey(
                        name: "FK_bookmarks_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_bookmarks_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "clearings",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    form_key = table.Column<Guid>(type: "uuid", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    reason = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    stop_text = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    started_by = table.Column<long>(type: "bigint", nullable: true),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    last_id = table.Column<long>(type: "bigint", nullable: false),
                    read_up_to = table.Column<long>(type: "bigint", nullable: false),
                    expected = table.Column<int>(type: "integer", nullable: false),
                    hidden = table.Column<int>(type: "integer", nullable: false),
                    topics = table.Column<int>(type: "integer", nullable: false),
                    undone = table.Column<int>(type: "integer", nullable: false),
                    left = table.Column<int>(type: "integer", nullable: false),
                    suspension_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_clearings", x => x.id);
                    table.ForeignKey(
                        name: "FK_clearings_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "drafts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: true),
                    post_id = table.Column<long>(type: "bigint", nullable: true),
                    title = table.Column<string>(type: "character varying(480)", maxLength: 480, nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    form_key = table.Column<Guid>(type: "uuid", nullable: true),
                    post_version = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_drafts", x => x.id);
                    table.ForeignKey(
                        name: "FK_drafts_boards_board_id",
                        column: x => x.board_id,
                        principalTable: "boards",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_drafts_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_drafts_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "email_changes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false),
                    stamp = table.Column<string>(type: "text", nullable: false),
                    asked_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    new_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    present_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_email_changes", x => x.id);
                    table.ForeignKey(
                        name: "FK_email_changes_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "engagement_counts",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    bucket = table.Column<long>(type: "bigint", nullable: false),
                    variant = table.Column<byte>(type: "smallint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    link_id = table.Column<long>(type: "bigint", nullable: false),
                    verdict = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    n = table.Column<int>(type: "integer", nullable: false),
                    persons = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_engagement_counts", x => new { x.mailing_id, x.bucket, x.variant, x.kind, x.link_id, x.verdict });
                });

            migrationBuilder.CreateTable(
                name: "engagements",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    variant = table.Column<byte>(type: "smallint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    link_id = table.Column<long>(type: "bigint", nullable: false),
                    subject = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    verdict = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    counted = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_engagements", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "engine_batches",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    rev = table.Column<int>(type: "integer", nullable: false),
                    batch_no = table.Column<int>(type: "integer", nullable: false),
                    hash = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_engine_batches", x => new { x.mailing_id, x.rev, x.batch_no });
                });

            migrationBuilder.CreateTable(
                name: "engine_outbox",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    mailing_id = table.Column<long>(type: "bigint", nullable: true),
                    rev = table.Column<int>(type: "integer", nullable: false),
                    chunk_no = table.Column<int>(type: "integer", nullable: true),
                    hash = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: true),
                    is_control = table.Column<bool>(type: "boolean", nullable: false),
                    is_go = table.Column<bool>(type: "boolean", nullable: false),
                    body = table.Column<byte[]>(type: "bytea", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_engine_outbox", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "engine_sites",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false),
                    delta_seq = table.Column<long>(type: "bigint", nullable: false),
                    seen_fact = table.Column<long>(type: "bigint", nullable: false),
                    beat_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_engine_sites", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "former_places",
                columns: table => new
                {
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    parent_number = table.Column<int>(type: "integer", nullable: true),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true),
                    topic_title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_former_places", x => new { x.topic_id, x.number });
                    table.ForeignKey(
                        name: "FK_former_places_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "guests",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: true),
                    address = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: true),
                    mark = table.Column<long>(type: "bigint", nullable: false),
                    erased_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_guests", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "hand_offs",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    key = table.Column<Guid>(type: "uuid", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    rev = table.Column<int>(type: "integer", nullable: false),
                    offered_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    send_until = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    too_old_rev = table.Column<int>(type: "integer", nullable: false),
                    chunks = table.Column<int>(type: "integer", nullable: false),
                    total = table.Column<int>(type: "integer", nullable: false),
                    go_tried = table.Column<bool>(type: "boolean", nullable: false),
                    life = table.Column<long>(type: "bigint", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    wish = table.Column<string>(type: "text", nullable: true),
                    wished_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    why = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    taken_back_by = table.Column<long>(type: "bigint", nullable: true),
                    taken_back_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    heard_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    fact_no = table.Column<long>(type: "bigint", nullable: false),
                    eta = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    engine_state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    engine_seq = table.Column<long>(type: "bigint", nullable: false),
                    engine_paused = table.Column<bool>(type: "boolean", nullable: false),
                    in_flight = table.Column<int>(type: "integer", nullable: false),
                    engine_started_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    engine_delta = table.Column<long>(type: "bigint", nullable: false),
                    end_reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    last_batch = table.Column<int>(type: "integer", nullable: false),
                    released = table.Column<int>(type: "integer", nullable: false),
                    asked_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_hand_offs", x => x.mailing_id);
                    table.ForeignKey(
                        name: "FK_hand_offs_mailings_mailing_id",
                        column: x => x.mailing_id,
                        principalTable: "mailings",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mailing_chain_places",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    chain_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    occasion = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    entered_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    end = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    out_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailing_chain_places", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "mailing_chains",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false),
                    kind_id = table.Column<long>(type: "bigint", nullable: false),
                    trigger = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    weekdays = table.Column<int>(type: "integer", nullable: false),
                    attribute_id = table.Column<long>(type: "bigint", nullable: true),
                    entry_json = table.Column<string>(type: "text", nullable: false),
                    stay_json = table.Column<string>(type: "text", nullable: false),
                    exit_json = table.Column<string>(type: "text", nullable: false),
                    again = table.Column<bool>(type: "boolean", nullable: false),
                    limit_days = table.Column<int>(type: "integer", nullable: false),
                    started_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    started_by = table.Column<long>(type: "bigint", nullable: true),
                    look_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    last_on = table.Column<DateOnly>(type: "date", nullable: true),
                    created_by = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailing_chains", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "mailing_contents",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    variant = table.Column<byte>(type: "smallint", nullable: false),
                    language = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                    subject = table.Column<string>(type: "text", nullable: false),
                    preheader = table.Column<string>(type: "text", nullable: false),
                    blocks = table.Column<string>(type: "text", nullable: true),
                    text = table.Column<string>(type: "text", nullable: false),
                    own_words = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailing_contents", x => new { x.mailing_id, x.variant, x.language });
                    table.ForeignKey(
                        name: "FK_mailing_contents_mailings_mailing_id",
                        column: x => x.mailing_id,
                        principalTable: "mailings",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mailing_domains",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    domain = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    accepted = table.Column<int>(type: "integer", nullable: false),
                    rejected = table.Column<int>(type: "integer", nullable: false),
                    bounced = table.Column<int>(type: "integer", nullable: false),
                    opened = table.Column<int>(type: "integer", nullable: false),
                    clicked = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailing_domains", x => new { x.mailing_id, x.domain });
                });

            migrationBuilder.CreateTable(
                name: "mailing_revisions",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    rev = table.Column<int>(type: "integer", nullable: false),
                    by = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailing_revisions", x => new { x.mailing_id, x.rev });
                    table.ForeignKey(
                        name: "FK_mailing_revisions_mailings_mailing_id",
                        column: x => x.mailing_id,
                        principalTable: "mailings",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "measures",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    made_by = table.Column<long>(type: "bigint", nullable: true),
                    ends_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    lifted_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    lifted_by = table.Column<long>(type: "bigint", nullable: true),
                    read_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_measures", x => x.id);
                    table.ForeignKey(
                        name: "FK_measures_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_mutes",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    muted_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_mutes", x => new { x.member_id, x.muted_id });
                    table.ForeignKey(
                        name: "FK_member_mutes_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_member_mutes_members_muted_id",
                        column: x => x.muted_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_permissions",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    permission = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    thing_id = table.Column<long>(type: "bigint", nullable: false),
                    given_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    given_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_permissions", x => new { x.member_id, x.permission, x.thing_id });
                    table.ForeignKey(
                        name: "FK_member_permissions_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_trust",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    level = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    set_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    set_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_trust", x => x.member_id);
                    table.ForeignKey(
                        name: "FK_member_trust_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_visits",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    day = table.Column<DateOnly>(type: "date", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_visits", x => x.member_id);
                    table.ForeignKey(
                        name: "FK_member_visits_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "notice_mails",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    pace = table.Column<int>(type: "integer", maxLength: 40, nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    done_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notice_mails", x => new { x.member_id, x.pace });
                    table.ForeignKey(
                        name: "FK_notice_mails_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "notice_settings",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    own_topics = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    answered = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    replies = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    mentions = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    quotes = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    new_posts = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    new_topics = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    reports = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    group_requests = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    queue = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    decisions = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    edits = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    tells_reactions = table.Column<bool>(type: "boolean", nullable: false),
                    hour = table.Column<int>(type: "integer", nullable: false),
                    weekday = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    feed_key = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notice_settings", x => x.member_id);
                    table.ForeignKey(
                        name: "FK_notice_settings_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "notices",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<int>(type: "integer", maxLength: 40, nullable: false),
                    topic_id = table.Column<long>(type: "bigint", nullable: true),
                    post_id = table.Column<long>(type: "bigint", nullable: true),
                    report_id = table.Column<long>(type: "bigint", nullable: true),
                    group_id = table.Column<long>(type: "bigint", nullable: true),
                    requester_id = table.Column<long>(type: "bigint", nullable: true),
                    what = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    path = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    read_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    waits = table.Column<int>(type: "integer", maxLength: 40, nullable: true),
                    mailed_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notices", x => x.id);
                    table.ForeignKey(
                        name: "FK_notices_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "polls",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    question = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    options = table.Column<string>(type: "text", nullable: false),
                    counts = table.Column<string>(type: "text", nullable: false),
                    voters = table.Column<int>(type: "integer", nullable: false),
                    max_choices = table.Column<int>(type: "integer", nullable: false),
                    results = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    may_change = table.Column<bool>(type: "boolean", nullable: false),
                    is_named = table.Column<bool>(type: "boolean", nullable: false),
                    ends_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    closed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    closed_by = table.Column<long>(type: "bigint", nullable: true),
                    made_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    made_by = table.Column<long>(type: "bigint", nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_polls", x => x.id);
                    table.ForeignKey(
                        name: "FK_polls_topics_topic_id",
                        column: x => x.topic_id,
                        principalTable: "topics",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "post_mentions",
                columns: table => new
                {
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    handle = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_post_mentions", x => new { x.post_id, x.member_id });
                    table.ForeignKey(
                        name: "FK_post_mentions_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_post_mentions_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "post_reactions",
                columns: table => new
                {
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    reaction_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_post_reactions", x => new { x.post_id, x.member_id, x.reaction_id });
                    table.ForeignKey(
                        name: "FK_post_reactions_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_post_reactions_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "queue_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    is_edit = table.Column<bool>(type: "boolean", nullable: false),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true),
                    text = table.Column<string>(type: "text", nullable: true),
                    since = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    reasons = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    words = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    decided_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    decided_by = table.Column<long>(type: "bigint", nullable: true),
                    outcome = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_queue_entries", x => x.id);
                    table.ForeignKey(
                        name: "FK_queue_entries_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "reactions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false),
                    emoji = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    names = table.Column<string>(type: "text", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    retired_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_reactions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "reserved_names",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    digest = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    until = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_reserved_names", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "return_counts",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    @class = table.Column<string>(name: "class", type: "character varying(40)", maxLength: 40, nullable: false),
                    n = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_return_counts", x => new { x.mailing_id, x.kind, x.@class });
                });

            migrationBuilder.CreateTable(
                name: "returns",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    delivery_id = table.Column<long>(type: "bigint", nullable: false),
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    @class = table.Column<string>(name: "class", type: "character varying(40)", maxLength: 40, nullable: false),
                    status = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: true),
                    text = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    address_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    domain = table.Column<string>(type: "text", nullable: false),
                    digest = table.Column<string>(type: "character varying(70)", maxLength: 70, nullable: false),
                    closed = table.Column<bool>(type: "boolean", nullable: false),
                    tripped = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_returns", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "search_indexes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    rules = table.Column<int>(type: "integer", nullable: false),
                    started_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    read_up_to = table.Column<long>(type: "bigint", nullable: false),
                    built_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_search_indexes", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "statistics_authors",
                columns: table => new
                {
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    author_id = table.Column<long>(type: "bigint", nullable: false),
                    posts = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_statistics_authors", x => new { x.day, x.board_id, x.author_id });
                });

            migrationBuilder.CreateTable(
                name: "statistics_boards",
                columns: table => new
                {
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    posts = table.Column<int>(type: "integer", nullable: false),
                    topics = table.Column<int>(type: "integer", nullable: false),
                    unanswered = table.Column<int>(type: "integer", nullable: false),
                    in_hour = table.Column<int>(type: "integer", nullable: false),
                    in_day = table.Column<int>(type: "integer", nullable: false),
                    in_week = table.Column<int>(type: "integer", nullable: false),
                    later = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_statistics_boards", x => new { x.day, x.board_id });
                });

            migrationBuilder.CreateTable(
                name: "statistics_days",
                columns: table => new
                {
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    joined = table.Column<int>(type: "integer", nullable: false),
                    left = table.Column<int>(type: "integer", nullable: false),
                    returned = table.Column<int>(type: "integer", nullable: false),
                    active = table.Column<int>(type: "integer", nullable: false),
                    active_of_week = table.Column<int>(type: "integer", nullable: false),
                    active_of_month = table.Column<int>(type: "integer", nullable: false),
                    marks = table.Column<int>(type: "integer", nullable: false),
                    counted_marks = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_statistics_days", x => x.day);
                });

            migrationBuilder.CreateTable(
                name: "statistics_state",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false),
                    zone = table.Column<string>(type: "text", nullable: true),
                    kept_up_to = table.Column<DateOnly>(type: "date", nullable: true),
                    kept_up_to_seq = table.Column<long>(type: "bigint", nullable: false),
                    has_members = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_statistics_state", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "statistics_topics",
                columns: table => new
                {
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    posts = table.Column<int>(type: "integer", nullable: false),
                    opens = table.Column<bool>(type: "boolean", nullable: false),
                    answered_after = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_statistics_topics", x => new { x.day, x.topic_id });
                });

            migrationBuilder.CreateTable(
                name: "topic_follows",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    level = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    by_itself = table.Column<bool>(type: "boolean", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_topic_follows", x => new { x.member_id, x.topic_id });
                    table.ForeignKey(
                        name: "FK_topic_follows_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_topic_follows_topics_topic_id",
                        column: x => x.topic_id,
                        principalTable: "topics",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "tracked_links",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    url = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    url_hash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tracked_links", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "watched_words",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    text = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    is_expression = table.Column<bool>(type: "boolean", nullable: false),
                    whole_word = table.Column<bool>(type: "boolean", nullable: false),
                    action = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    answer = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    is_on = table.Column<bool>(type: "boolean", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    failed_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_watched_words", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "board_import_faults",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    import_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    place = table.Column<long>(type: "bigint", nullable: false),
                    line = table.Column<int>(type: "integer", nullable: false),
                    key = table.Column<string>(type: "character varying(250)", maxLength: 250, nullable: true),
                    reason = table.Column<string>(type: "text", nullable: false),
                    what = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    is_note = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_board_import_faults", x => x.id);
                    table.ForeignKey(
                        name: "FK_board_import_faults_board_imports_import_id",
                        column: x => x.import_id,
                        principalTable: "board_imports",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "imported_posts",
                columns: table => new
                {
                    import_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    place = table.Column<long>(type: "bigint", nullable: false),
                    line = table.Column<int>(type: "integer", nullable: false),
                    key = table.Column<string>(type: "character varying(250)", maxLength: 250, nullable: false),
                    key_hash = table.Column<long>(type: "bigint", nullable: false),
                    answers = table.Column<byte[]>(type: "bytea", nullable: true),
                    thread = table.Column<long>(type: "bigint", nullable: false),
                    subject_hash = table.Column<long>(type: "bigint", nullable: false),
                    is_reply = table.Column<bool>(type: "boolean", nullable: false),
                    is_numbered = table.Column<bool>(type: "boolean", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    sender_hash = table.Column<long>(type: "bigint", nullable: false),
                    post_id = table.Column<long>(type: "bigint", nullable: true),
                    guest_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_imported_posts", x => new { x.import_id, x.number });
                    table.ForeignKey(
                        name: "FK_imported_posts_board_imports_import_id",
                        column: x => x.import_id,
                        principalTable: "board_imports",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "cleared_posts",
                columns: table => new
                {
                    clearing_id = table.Column<long>(type: "bigint", nullable: false),
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    waited = table.Column<bool>(type: "boolean", nullable: false),
                    topic_id = table.Column<long>(type: "bigint", nullable: true),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_cleared_posts", x => new { x.clearing_id, x.post_id });
                    table.ForeignKey(
                        name: "FK_cleared_posts_clearings_clearing_id",
                        column: x => x.clearing_id,
                        principalTable: "clearings",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_cleared_posts_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mailing_chain_steps",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    chain_id = table.Column<long>(type: "bigint", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    after_days = table.Column<int>(type: "integer", nullable: false),
                    local_time = table.Column<string>(type: "text", nullable: false),
                    mailing_id = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailing_chain_steps", x => x.id);
                    table.ForeignKey(
                        name: "FK_mailing_chain_steps_mailing_chains_chain_id",
                        column: x => x.chain_id,
                        principalTable: "mailing_chains",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "poll_ballots",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    poll_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    choices = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_poll_ballots", x => x.id);
                    table.ForeignKey(
                        name: "FK_poll_ballots_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_poll_ballots_polls_poll_id",
                        column: x => x.poll_id,
                        principalTable: "polls",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_topics_author_id_id",
                table: "topics",
                columns: new[] { "author_id", "id" },
                filter: "author_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_topics_board_id_started_at_id",
                table: "topics",
                columns: new[] { "board_id", "started_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_topics_last_post_by",
                table: "topics",
                column: "last_post_by",
                filter: "last_post_by IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_topics_merged_into",
                table: "topics",
                column: "merged_into",
                filter: "merged_into IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_posts_at",
                table: "posts",
                column: "at",
                filter: "import_id IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_posts_author_id_at_id",
                table: "posts",
                columns: new[] { "author_id", "at", "id" },
                filter: "author_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_posts_author_id_form_key",
                table: "posts",
                columns: new[] { "author_id", "form_key" },
                unique: true,
                filter: "author_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_posts_author_id_id",
                table: "posts",
                columns: new[] { "author_id", "id" },
                filter: "author_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_posts_board_id_at_id",
                table: "posts",
                columns: new[] { "board_id", "at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_posts_import_id_topic_id",
                table: "posts",
                columns: new[] { "import_id", "topic_id" },
                filter: "import_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_posts_to_member_id_id",
                table: "posts",
                columns: new[] { "to_member_id", "id" },
                filter: "to_member_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_moderation_log_at_id",
                table: "moderation_log",
                columns: new[] { "at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_moderation_log_member_id_at",
                table: "moderation_log",
                columns: new[] { "member_id", "at" });

            migrationBuilder.CreateIndex(
                name: "IX_mailings_chain_step_id",
                table: "mailings",
                column: "chain_step_id");

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_handed",
                table: "deliveries",
                columns: new[] { "mailing_id", "seq" },
                filter: "state = 'Handed'");

            migrationBuilder.CreateIndex(
                name: "IX_boards_category_id",
                table: "boards",
                column: "category_id");

            migrationBuilder.CreateIndex(
                name: "IX_attachments_hash",
                table: "attachments",
                column: "hash");

            migrationBuilder.CreateIndex(
                name: "IX_attachments_key",
                table: "attachments",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_attachments_owner_id_form_key",
                table: "attachments",
                columns: new[] { "owner_id", "form_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_attachments_post_id",
                table: "attachments",
                column: "post_id");

            migrationBuilder.CreateIndex(
                name: "IX_attachments_small_hash",
                table: "attachments",
                column: "small_hash");

            migrationBuilder.CreateIndex(
                name: "IX_board_follows_board_id_level_member_id",
                table: "board_follows",
                columns: new[] { "board_id", "level", "member_id" });

            migrationBuilder.CreateIndex(
                name: "IX_board_import_faults_import_id_id",
                table: "board_import_faults",
                columns: new[] { "import_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_board_imports_board_id",
                table: "board_imports",
                column: "board_id");

            migrationBuilder.CreateIndex(
                name: "IX_bookmarks_member_id_id",
                table: "bookmarks",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_bookmarks_member_id_post_id",
                table: "bookmarks",
                columns: new[] { "member_id", "post_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_bookmarks_post_id",
                table: "bookmarks",
                column: "post_id");

            migrationBuilder.CreateIndex(
                name: "IX_cleared_posts_post_id",
                table: "cleared_posts",
                column: "post_id");

            migrationBuilder.CreateIndex(
                name: "IX_clearings_form_key",
                table: "clearings",
                column: "form_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_clearings_member_id_id",
                table: "clearings",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_drafts_at",
                table: "drafts",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_drafts_board_id",
                table: "drafts",
                column: "board_id");

            migrationBuilder.CreateIndex(
                name: "IX_drafts_member_id_at",
                table: "drafts",
                columns: new[] { "member_id", "at" });

            migrationBuilder.CreateIndex(
                name: "IX_drafts_member_id_form_key",
                table: "drafts",
                columns: new[] { "member_id", "form_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_drafts_post_id",
                table: "drafts",
                column: "post_id");

            migrationBuilder.CreateIndex(
                name: "IX_email_changes_member_id",
                table: "email_changes",
                column: "member_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_engagements_counted_at",
                table: "engagements",
                columns: new[] { "counted", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_engagements_member",
                table: "engagements",
                columns: new[] { "member_id", "mailing_id" },
                filter: "member_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_engagements_subject",
                table: "engagements",
                columns: new[] { "subject", "mailing_id" },
                filter: "subject <> 0");

            migrationBuilder.CreateIndex(
                name: "ix_engagements_uncounted",
                table: "engagements",
                column: "at",
                filter: "NOT counted");

            migrationBuilder.CreateIndex(
                name: "IX_engine_outbox_mailing_id_rev_chunk_no",
                table: "engine_outbox",
                columns: new[] { "mailing_id", "rev", "chunk_no" });

            migrationBuilder.CreateIndex(
                name: "ix_engine_outbox_waiting",
                table: "engine_outbox",
                column: "id",
                filter: "body IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_former_places_post_id",
                table: "former_places",
                column: "post_id");

            migrationBuilder.CreateIndex(
                name: "IX_guests_mark",
                table: "guests",
                column: "mark");

            migrationBuilder.CreateIndex(
                name: "IX_hand_offs_key",
                table: "hand_offs",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_hand_offs_state",
                table: "hand_offs",
                column: "state");

            migrationBuilder.CreateIndex(
                name: "IX_imported_posts_guest_id",
                table: "imported_posts",
                column: "guest_id",
                filter: "guest_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_imported_posts_key_hash",
                table: "imported_posts",
                column: "key_hash",
                filter: "thread <> 0");

            migrationBuilder.CreateIndex(
                name: "IX_imported_posts_post_id",
                table: "imported_posts",
                column: "post_id",
                filter: "post_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_imported_posts_thread_post_id",
                table: "imported_posts",
                columns: new[] { "thread", "post_id" },
                filter: "thread <> 0");

            migrationBuilder.CreateIndex(
                name: "IX_mailing_chain_places_chain_id_member_id_occasion",
                table: "mailing_chain_places",
                columns: new[] { "chain_id", "member_id", "occasion" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_mailing_chain_places_due",
                table: "mailing_chain_places",
                columns: new[] { "chain_id", "due_at" },
                filter: "ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_mailing_chain_places_member_id",
                table: "mailing_chain_places",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_mailing_chain_places_running",
                table: "mailing_chain_places",
                columns: new[] { "chain_id", "member_id" },
                unique: true,
                filter: "ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_mailing_chain_steps_chain_id_position",
                table: "mailing_chain_steps",
                columns: new[] { "chain_id", "position" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_mailing_chain_steps_mailing_id",
                table: "mailing_chain_steps",
                column: "mailing_id");

            migrationBuilder.CreateIndex(
                name: "IX_mailing_chains_look_at",
                table: "mailing_chains",
                column: "look_at");

            migrationBuilder.CreateIndex(
                name: "IX_measures_at_id",
                table: "measures",
                columns: new[] { "at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_measures_member_id_id",
                table: "measures",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_member_mutes_muted_id",
                table: "member_mutes",
                column: "muted_id");

            migrationBuilder.CreateIndex(
                name: "IX_member_permissions_permission_thing_id",
                table: "member_permissions",
                columns: new[] { "permission", "thing_id" });

            migrationBuilder.CreateIndex(
                name: "IX_notice_mails_due_at",
                table: "notice_mails",
                column: "due_at",
                filter: "due_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_notices_at",
                table: "notices",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_notices_group_id_requester_id",
                table: "notices",
                columns: new[] { "group_id", "requester_id" },
                filter: "group_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_notices_member_id_id",
                table: "notices",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_notices_path_what",
                table: "notices",
                columns: new[] { "path", "what" },
                filter: "path IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_notices_post_id_member_id_kind",
                table: "notices",
                columns: new[] { "post_id", "member_id", "kind" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_notices_report_id",
                table: "notices",
                column: "report_id",
                filter: "report_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_notices_unread",
                table: "notices",
                columns: new[] { "member_id", "topic_id" },
                filter: "read_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_notices_waiting",
                table: "notices",
                columns: new[] { "member_id", "waits" },
                filter: "waits IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_poll_ballots_member_id",
                table: "poll_ballots",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_poll_ballots_poll_id_member_id",
                table: "poll_ballots",
                columns: new[] { "poll_id", "member_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_polls_topic_id",
                table: "polls",
                column: "topic_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_post_mentions_member_id_post_id",
                table: "post_mentions",
                columns: new[] { "member_id", "post_id" });

            migrationBuilder.CreateIndex(
                name: "IX_post_reactions_member_id_post_id",
                table: "post_reactions",
                columns: new[] { "member_id", "post_id" });

            migrationBuilder.CreateIndex(
                name: "IX_post_reactions_post_id_at_member_id",
                table: "post_reactions",
                columns: new[] { "post_id", "at", "member_id" });

            migrationBuilder.CreateIndex(
                name: "IX_queue_entries_decided_at_id",
                table: "queue_entries",
                columns: new[] { "decided_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_queue_entries_waiting",
                table: "queue_entries",
                column: "post_id",
                unique: true,
                filter: "outcome IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_reserved_names_digest",
                table: "reserved_names",
                column: "digest");

            migrationBuilder.CreateIndex(
                name: "IX_reserved_names_member_id",
                table: "reserved_names",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_returns_address_hash",
                table: "returns",
                column: "address_hash");

            migrationBuilder.CreateIndex(
                name: "IX_returns_delivery_id",
                table: "returns",
                column: "delivery_id");

            migrationBuilder.CreateIndex(
                name: "IX_returns_digest",
                table: "returns",
                column: "digest",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_returns_domain_at",
                table: "returns",
                columns: new[] { "domain", "at" });

            migrationBuilder.CreateIndex(
                name: "IX_returns_mailing_id_kind",
                table: "returns",
                columns: new[] { "mailing_id", "kind" });

            migrationBuilder.CreateIndex(
                name: "IX_returns_member_id",
                table: "returns",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_returns_tripped",
                table: "returns",
                column: "mailing_id",
                filter: "tripped");

            migrationBuilder.CreateIndex(
                name: "IX_statistics_authors_author_id",
                table: "statistics_authors",
                column: "author_id");

            migrationBuilder.CreateIndex(
                name: "IX_topic_follows_topic_id_level_member_id",
                table: "topic_follows",
                columns: new[] { "topic_id", "level", "member_id" });

            migrationBuilder.CreateIndex(
                name: "IX_tracked_links_mailing_id_url_hash",
                table: "tracked_links",
                columns: new[] { "mailing_id", "url_hash" },
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "FK_boards_board_categories_category_id",
                table: "boards",
                column: "category_id",
                principalTable: "board_categories",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);

            migrationBuilder.AddForeignKey(
                name: "FK_moderation_log_members_member_id",
                table: "moderation_log",
                column: "member_id",
                principalTable: "members",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);

            migrationBuilder.AddForeignKey(
                name: "FK_moderation_log_topics_topic_id",
                table: "moderation_log",
                column: "topic_id",
                principalTable: "topics",
                principalColumn: "id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_boards_board_categories_category_id",
                table: "boards");

            migrationBuilder.DropForeignKey(
                name: "FK_moderation_log_members_member_id",
                table: "moderation_log");

            migrationBuilder.DropForeignKey(
                name: "FK_moderation_log_topics_topic_id",
                table: "moderation_log");

            migrationBuilder.DropTable(
                name: "attachments");

            migrationBuilder.DropTable(
                name: "board_categories");

            migrationBuilder.DropTable(
                name: "board_follows");

            migrationBuilder.DropTable(
                name: "board_import_faults");

            migrationBuilder.DropTable(
                name: "bookmarks");

            migrationBuilder.DropTable(
                name: "cleared_posts");

            migrationBuilder.DropTable(
                name: "drafts");

            migrationBuilder.DropTable(
                name: "email_changes");

            migrationBuilder.DropTable(
                name: "engagement_counts");

            migrationBuilder.DropTable(
                name: "engagements");

            migrationBuilder.DropTable(
                name: "engine_batches");

            migrationBuilder.DropTable(
                name: "engine_outbox");

            migrationBuilder.DropTable(
                name: "engine_sites");

            migrationBuilder.DropTable(
                name: "former_places");

            migrationBuilder.DropTable(
                name: "guests");

            migrationBuilder.DropTable(
                name: "hand_offs");

            migrationBuilder.DropTable(
                name: "imported_posts");

            migrationBuilder.DropTable(
                name: "mailing_chain_places");

            migrationBuilder.DropTable(
                name: "mailing_chain_steps");

            migrationBuilder.DropTable(
                name: "mailing_contents");

            migrationBuilder.DropTable(
                name: "mailing_domains");

            migrationBuilder.DropTable(
                name: "mailing_revisions");

            migrationBuilder.DropTable(
                name: "measures");

            migrationBuilder.DropTable(
                name: "member_mutes");

            migrationBuilder.DropTable(
                name: "member_permissions");

            migrationBuilder.DropTable(
                name: "member_trust");

            migrationBuilder.DropTable(
                name: "member_visits");

            migrationBuilder.DropTable(
                name: "notice_mails");

            migrationBuilder.DropTable(
                name: "notice_settings");

            migrationBuilder.DropTable(
                name: "notices");

            migrationBuilder.DropTable(
                name: "poll_ballots");

            migrationBuilder.DropTable(
                name: "post_mentions");

            migrationBuilder.DropTable(
                name: "post_reactions");

            migrationBuilder.DropTable(
                name: "queue_entries");

            migrationBuilder.DropTable(
                name: "reactions");

            migrationBuilder.DropTable(
                name: "reserved_names");

            migrationBuilder.DropTable(
                name: "return_counts");

            migrationBuilder.DropTable(
                name: "returns");

            migrationBuilder.DropTable(
                name: "search_indexes");

            migrationBuilder.DropTable(
                name: "statistics_authors");

            migrationBuilder.DropTable(
                name: "statistics_boards");

            migrationBuilder.DropTable(
                name: "statistics_days");

            migrationBuilder.DropTable(
                name: "statistics_state");

            migrationBuilder.DropTable(
                name: "statistics_topics");

            migrationBuilder.DropTable(
                name: "topic_follows");

            migrationBuilder.DropTable(
                name: "tracked_links");

            migrationBuilder.DropTable(
                name: "watched_words");

            migrationBuilder.DropTable(
                name: "clearings");

            migrationBuilder.DropTable(
                name: "board_imports");

            migrationBuilder.DropTable(
                name: "mailing_chains");

            migrationBuilder.DropTable(
                name: "polls");

            migrationBuilder.DropIndex(
                name: "IX_topics_author_id_id",
                table: "topics");

            migrationBuilder.DropIndex(
                name: "IX_topics_board_id_started_at_id",
                table: "topics");

            migrationBuilder.DropIndex(
                name: "IX_topics_last_post_by",
                table: "topics");

            migrationBuilder.DropIndex(
                name: "IX_topics_merged_into",
                table: "topics");

            migrationBuilder.DropIndex(
                name: "IX_posts_at",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_author_id_at_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_author_id_form_key",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_author_id_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_board_id_at_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_import_id_topic_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_posts_to_member_id_id",
                table: "posts");

            migrationBuilder.DropIndex(
                name: "IX_moderation_log_at_id",
                table: "moderation_log");

            migrationBuilder.DropIndex(
                name: "IX_moderation_log_member_id_at",
                table: "moderation_log");

            migrationBuilder.DropIndex(
                name: "IX_mailings_chain_step_id",
                table: "mailings");

            migrationBuilder.DropPrimaryKey(
                name: "PK_import_columns",
                table: "import_columns");

            migrationBuilder.DropIndex(
                name: "ix_deliveries_handed",
                table: "deliveries");

            migrationBuilder.DropIndex(
                name: "IX_boards_category_id",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "archived_by",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "guest_name",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "imported",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "last_guest_name",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "merged_into",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "unarchived_at",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "withheld",
                table: "topics");

            migrationBuilder.DropColumn(
                name: "fields",
                table: "system_mails");

            migrationBuilder.DropColumn(
                name: "ends_at",
                table: "suspensions");

            migrationBuilder.DropColumn(
                name: "added_by",
                table: "suppressions");

            migrationBuilder.DropColumn(
                name: "until",
                table: "suppressions");

            migrationBuilder.DropColumn(
                name: "needs_second_factor",
                table: "staff_roles");

            migrationBuilder.DropColumn(
                name: "category",
                table: "reports");

            migrationBuilder.DropColumn(
                name: "is_of_words",
                table: "reports");

            migrationBuilder.DropColumn(
                name: "guest_name",
                table: "posts");

            migrationBuilder.DropColumn(
                name: "import_id",
                table: "posts");

            migrationBuilder.DropColumn(
                name: "imported_reactions",
                table: "posts");

            migrationBuilder.DropColumn(
                name: "reactions",
                table: "posts");

            migrationBuilder.DropColumn(
                name: "withheld",
                table: "posts");

            migrationBuilder.DropColumn(
                name: "member_id",
                table: "moderation_log");

            migrationBuilder.DropColumn(
                name: "silenced_at",
                table: "members");

            migrationBuilder.DropColumn(
                name: "silenced_until",
                table: "members");

            migrationBuilder.DropColumn(
                name: "suspended_until",
                table: "members");

            migrationBuilder.DropColumn(
                name: "warned_at",
                table: "members");

            migrationBuilder.DropColumn(
                name: "approved_at",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "approved_by",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "approved_digest",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "approved_rev",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "assigned",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "campaign",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "chain_due_at",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "chain_step_id",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "embeds_pictures",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "files_json",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "holder",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "rates_from",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "route",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "sample_base",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "sample_count",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "sample_percent",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "test_to_id",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "tracking",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "uneven_since",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "unlisted_at",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "variants",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "wave_of_id",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "winner",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "winner_after_hours",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "winner_at",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "winner_by",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "winner_rule",
                table: "mailings");

            migrationBuilder.DropColumn(
                name: "archive",
                table: "mail_kinds");

            migrationBuilder.DropColumn(
                name: "use",
                table: "mail_kinds");

            migrationBuilder.DropColumn(
                name: "kind",
                table: "import_columns");

            migrationBuilder.DropColumn(
                name: "which",
                table: "import_columns");

            migrationBuilder.DropColumn(
                name: "is_key",
                table: "import_columns");

            migrationBuilder.DropColumn(
                name: "unused_since",
                table: "files");

            migrationBuilder.DropColumn(
                name: "address_key",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "barred",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "offer_rev",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "outcome_n",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "variant",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "archive_after_days",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "category_id",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "close_after_days",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "hold",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "hold_first",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "icon",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "pause_seconds",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "picture_alt",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "picture_hash",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "picture_height",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "picture_small_hash",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "picture_width",
                table: "boards");

            migrationBuilder.DropColumn(
                name: "forgotten_at",
                table: "audit_seals");

            migrationBuilder.RenameColumn(
                name: "title",
                table: "mailings",
                newName: "text");

            migrationBuilder.AlterColumn<long>(
                name: "topic_id",
                table: "moderation_log",
                type: "bigint",
                nullable: false,
                defaultValue: 0L,
                oldClrType: typeof(long),
                oldType: "bigint",
                oldNullable: true);

            migrationBuilder.AddColumn<string>(
                name: "subject",
                table: "mailings",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddPrimaryKey(
                name: "PK_import_columns",
                table: "import_columns",
                column: "heading");

            migrationBuilder.CreateIndex(
                name: "IX_topics_author_id",
                table: "topics",
                column: "author_id");

            migrationBuilder.CreateIndex(
                name: "IX_topics_last_post_by",
                table: "topics",
                column: "last_post_by");

            migrationBuilder.CreateIndex(
                name: "IX_posts_at",
                table: "posts",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_posts_author_id_form_key",
                table: "posts",
                columns: new[] { "author_id", "form_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_posts_author_id_id",
                table: "posts",
                columns: new[] { "author_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_posts_board_id_id",
                table: "posts",
                columns: new[] { "board_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_posts_to_member_id_id",
                table: "posts",
                columns: new[] { "to_member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_moderation_log_at",
                table: "moderation_log",
                column: "at");

            migrationBuilder.AddForeignKey(
                name: "FK_moderation_log_topics_topic_id",
                table: "moderation_log",
                column: "topic_id",
                principalTable: "topics",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);
        }
    }
}
