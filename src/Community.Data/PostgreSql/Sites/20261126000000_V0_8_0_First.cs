using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Community.Data.PostgreSql.Sites
{
    /// <inheritdoc />
    public partial class V0_8_0_First : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "asked_addresses",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    address_hash = table.Column<string>(type: "text", nullable: false),
                    email = table.Column<string>(type: "text", nullable: true),
                    @event = table.Column<string>(name: "event", type: "character varying(100)", maxLength: 100, nullable: false),
                    held_on = table.Column<DateOnly>(type: "date", nullable: false),
                    kinds = table.Column<string>(type: "text", nullable: false),
                    asked_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    asked_by = table.Column<long>(type: "bigint", nullable: true),
                    answer = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    answered_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    member_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_asked_addresses", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "attributes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    type = table.Column<short>(type: "smallint", maxLength: 40, nullable: false),
                    labels = table.Column<string>(type: "text", nullable: false),
                    helps = table.Column<string>(type: "text", nullable: false),
                    required = table.Column<bool>(type: "boolean", nullable: false),
                    asked = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    visibility = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    member_may_edit = table.Column<bool>(type: "boolean", nullable: false),
                    pattern = table.Column<string>(type: "text", nullable: true),
                    min = table.Column<long>(type: "bigint", nullable: true),
                    max = table.Column<long>(type: "bigint", nullable: true),
                    decimals = table.Column<int>(type: "integer", nullable: false),
                    from = table.Column<DateOnly>(type: "date", nullable: true),
                    to = table.Column<DateOnly>(type: "date", nullable: true),
                    home_country = table.Column<string>(type: "character varying(2)", maxLength: 2, nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    retired_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    retired_by = table.Column<long>(type: "bigint", nullable: true),
                    retyping_since = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    retyped_up_to = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attributes", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "audit",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    actor_id = table.Column<long>(type: "bigint", nullable: true),
                    action = table.Column<string>(type: "text", nullable: false),
                    subject_id = table.Column<long>(type: "bigint", nullable: true),
                    count = table.Column<int>(type: "integer", nullable: false),
                    ids = table.Column<string>(type: "text", nullable: true),
                    id_set = table.Column<byte[]>(type: "bytea", nullable: true),
                    network = table.Column<string>(type: "text", nullable: true),
                    fields = table.Column<string>(type: "text", nullable: false),
                    purpose = table.Column<string>(type: "text", nullable: false),
                    changes = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "audit_seals",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    first_id = table.Column<long>(type: "bigint", nullable: false),
                    last_id = table.Column<long>(type: "bigint", nullable: false),
                    hash = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_seals", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "boards",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    description = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    read = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    write = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    view = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    archived_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    archived_by = table.Column<long>(type: "bigint", nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    topic_count = table.Column<int>(type: "integer", nullable: false),
                    post_count = table.Column<int>(type: "integer", nullable: false),
                    last_post_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_boards", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "bulk_acts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    form_key = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    target_id = table.Column<long>(type: "bigint", nullable: true),
                    target = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    chosen_json = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    stop_text = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    started_by = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    last_id = table.Column<long>(type: "bigint", nullable: false),
                    read_up_to = table.Column<long>(type: "bigint", nullable: false),
                    expected = table.Column<int>(type: "integer", nullable: false),
                    changed = table.Column<int>(type: "integer", nullable: false),
                    unchanged = table.Column<int>(type: "integer", nullable: false),
                    refused = table.Column<int>(type: "integer", nullable: false),
                    undone = table.Column<int>(type: "integer", nullable: false),
                    left = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bulk_acts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "consent_events",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    kind_id = table.Column<long>(type: "bigint", nullable: true),
                    action = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: true),
                    actor_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_consent_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "delivery_attempts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    delivery_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    server = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    phase = table.Column<string>(type: "text", nullable: false),
                    code = table.Column<int>(type: "integer", nullable: true),
                    enhanced = table.Column<string>(type: "text", nullable: true),
                    text = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_delivery_attempts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "event_cursors",
                columns: table => new
                {
                    handler = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    error = table.Column<string>(type: "text", nullable: true),
                    retry_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_event_cursors", x => x.handler);
                });

            migrationBuilder.CreateTable(
                name: "events",
                columns: table => new
                {
                    seq = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    actor = table.Column<long>(type: "bigint", nullable: true),
                    data = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_events", x => x.seq);
                });

            migrationBuilder.CreateTable(
                name: "files",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    purpose = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    uploaded_by = table.Column<long>(type: "bigint", nullable: false),
                    uploaded_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    media_type = table.Column<string>(type: "text", nullable: false),
                    extension = table.Column<string>(type: "text", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    width = table.Column<int>(type: "integer", nullable: false),
                    height = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_files", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "first_steps_done",
                columns: table => new
                {
                    step = table.Column<string>(type: "text", nullable: false),
                    done_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_first_steps_done", x => x.step);
                });

            migrationBuilder.CreateTable(
                name: "groups",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    description = table.Column<string>(type: "text", nullable: false),
                    joining = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    member_count = table.Column<int>(type: "integer", nullable: false),
                    is_hidden = table.Column<bool>(type: "boolean", nullable: false),
                    max_members = table.Column<int>(type: "integer", nullable: true),
                    segment_id = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_groups", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "import_columns",
                columns: table => new
                {
                    heading = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    target = table.Column<string>(type: "text", nullable: false),
                    meanings = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_import_columns", x => x.heading);
                });

            migrationBuilder.CreateTable(
                name: "imports",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    file_name = table.Column<string>(type: "text", nullable: false),
                    file = table.Column<string>(type: "text", nullable: true),
                    format_json = table.Column<string>(type: "text", nullable: false),
                    mapping_json = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    stop_text = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    started_by = table.Column<long>(type: "bigint", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    total = table.Column<int>(type: "integer", nullable: false),
                    read_up_to = table.Column<int>(type: "integer", nullable: false),
                    created = table.Column<int>(type: "integer", nullable: false),
                    changed = table.Column<int>(type: "integer", nullable: false),
                    unchanged = table.Column<int>(type: "integer", nullable: false),
                    bad = table.Column<int>(type: "integer", nullable: false),
                    replaced = table.Column<int>(type: "integer", nullable: false),
                    invitations = table.Column<int>(type: "integer", nullable: false),
                    invited = table.Column<int>(type: "integer", nullable: false),
                    invited_up_to = table.Column<long>(type: "bigint", nullable: false),
                    undone_up_to = table.Column<long>(type: "bigint", nullable: false),
                    undone = table.Column<int>(type: "integer", nullable: false),
                    left = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_imports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "invitations",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    code = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    label = table.Column<string>(type: "text", nullable: false),
                    email = table.Column<string>(type: "text", nullable: true),
                    created_by = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    until = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    max_uses = table.Column<int>(type: "integer", nullable: false),
                    uses = table.Column<int>(type: "integer", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_invitations", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "mail_kind_texts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind_id = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    names = table.Column<string>(type: "text", nullable: false),
                    sentences = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mail_kind_texts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "mail_kinds",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key = table.Column<string>(type: "text", nullable: false),
                    names = table.Column<string>(type: "text", nullable: false),
                    sentences = table.Column<string>(type: "text", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    ended_by = table.Column<long>(type: "bigint", nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mail_kinds", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "mailing_rollups",
                columns: table => new
                {
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    bucket = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    n = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailing_rollups", x => new { x.mailing_id, x.bucket, x.state });
                });

            migrationBuilder.CreateTable(
                name: "mailings",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    form_key = table.Column<Guid>(type: "uuid", nullable: false),
                    test_of_id = table.Column<long>(type: "bigint", nullable: true),
                    kind_id = table.Column<long>(type: "bigint", nullable: false),
                    subject = table.Column<string>(type: "text", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    audience_json = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    rev = table.Column<int>(type: "integer", nullable: false),
                    revised_by = table.Column<long>(type: "bigint", nullable: false),
                    revised_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    at_once = table.Column<bool>(type: "boolean", nullable: false),
                    local_time = table.Column<string>(type: "text", nullable: true),
                    zone = table.Column<string>(type: "text", nullable: true),
                    start_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    created_by = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    scheduled_by = table.Column<long>(type: "bigint", nullable: true),
                    scheduled_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    started_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    ended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    stop_reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    stop_text = table.Column<string>(type: "text", nullable: true),
                    content = table.Column<string>(type: "text", nullable: true),
                    salt = table.Column<byte[]>(type: "bytea", nullable: true),
                    read_up_to = table.Column<long>(type: "bigint", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false),
                    total = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mailings", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "members",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    handle = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    search_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    search_version = table.Column<int>(type: "integer", nullable: false),
                    skeleton = table.Column<string>(type: "text", nullable: false),
                    bio = table.Column<string>(type: "text", nullable: false),
                    picture = table.Column<string>(type: "character varying(70)", maxLength: 70, nullable: true),
                    language = table.Column<string>(type: "text", nullable: true),
                    joined_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    confirmed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    imported_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    suspended_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    suspended_by = table.Column<long>(type: "bigint", nullable: true),
                    suspension_reason = table.Column<string>(type: "text", nullable: true),
                    leaving_since = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    erase_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    leaving_reminded_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    inactive_warned_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    awaits_since = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    invitation_id = table.Column<long>(type: "bigint", nullable: true),
                    last_sign_in_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    locked_until = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    role = table.Column<string>(type: "text", nullable: true),
                    address_hash = table.Column<string>(type: "text", nullable: false),
                    address_rule = table.Column<int>(type: "integer", nullable: false),
                    address_twin = table.Column<long>(type: "bigint", nullable: true),
                    mail_stopped_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    mails_since = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    last_mail_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    mail_count = table.Column<int>(type: "integer", nullable: false),
                    terms_agreed = table.Column<int>(type: "integer", nullable: false),
                    terms_answered = table.Column<int>(type: "integer", nullable: false),
                    privacy_agreed = table.Column<int>(type: "integer", nullable: false),
                    privacy_answered = table.Column<int>(type: "integer", nullable: false),
                    user_name = table.Column<string>(type: "text", nullable: true),
                    normalized_user_name = table.Column<string>(type: "text", nullable: true),
                    email = table.Column<string>(type: "text", nullable: true),
                    normalized_email = table.Column<string>(type: "text", nullable: true),
                    password_hash = table.Column<string>(type: "text", nullable: true),
                    security_stamp = table.Column<string>(type: "text", nullable: true),
                    two_factor_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    access_failed_count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_members", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "providers",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    issuer = table.Column<string>(type: "text", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    secret = table.Column<byte[]>(type: "bytea", nullable: false),
                    secret_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    team_id = table.Column<string>(type: "text", nullable: false),
                    key_id = table.Column<string>(type: "text", nullable: false),
                    is_on = table.Column<bool>(type: "boolean", nullable: false),
                    proves_second_factor = table.Column<bool>(type: "boolean", nullable: false),
                    only_way_for_staff = table.Column<bool>(type: "boolean", nullable: false),
                    rev = table.Column<int>(type: "integer", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_providers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "retention_runs",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    rule = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_retention_runs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "rights_requests",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    way = table.Column<string>(type: "text", nullable: false),
                    received_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    done_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    received_by = table.Column<long>(type: "bigint", nullable: true),
                    done_by = table.Column<long>(type: "bigint", nullable: true),
                    note = table.Column<string>(type: "text", nullable: false),
                    answer = table.Column<string>(type: "text", nullable: false),
                    outcome = table.Column<string>(type: "text", nullable: false),
                    failure = table.Column<string>(type: "text", nullable: true),
                    typed = table.Column<string>(type: "text", nullable: false),
                    typed_seen_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_rights_requests", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "segments",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    chosen_json = table.Column<string>(type: "text", nullable: false),
                    frozen_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    read_up_to = table.Column<long>(type: "bigint", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    created_by = table.Column<long>(type: "bigint", nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_segments", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "settings",
                columns: table => new
                {
                    part = table.Column<string>(type: "text", nullable: false),
                    json = table.Column<string>(type: "text", nullable: false),
                    rev = table.Column<int>(type: "integer", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_settings", x => x.part);
                });

            migrationBuilder.CreateTable(
                name: "site_secrets",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_site_secrets", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "staff_roles",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    names = table.Column<string>(type: "text", nullable: false),
                    permissions = table.Column<string>(type: "text", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_staff_roles", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "suppressions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    address_hash = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_suppressions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "system_mails",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "text", nullable: false),
                    to = table.Column<string>(type: "text", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    precedence = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    subject = table.Column<string>(type: "text", nullable: false),
                    text = table.Column<string>(type: "text", nullable: true),
                    culture = table.Column<string>(type: "text", nullable: false),
                    message_id = table.Column<Guid>(type: "uuid", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    sent_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    failed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    answer = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_system_mails", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "tags",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    color = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tags", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "terms_versions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    effect = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    from = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    published_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    published_by = table.Column<long>(type: "bigint", nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true),
                    revision = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_terms_versions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "theme_versions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    theme = table.Column<string>(type: "text", nullable: false),
                    tokens = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    is_preview = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_theme_versions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "upload_days",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    day = table.Column<int>(type: "integer", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_upload_days", x => new { x.member_id, x.day });
                });

            migrationBuilder.CreateTable(
                name: "used_tokens",
                columns: table => new
                {
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_used_tokens", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "work",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    handler = table.Column<string>(type: "text", nullable: false),
                    payload = table.Column<string>(type: "text", nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    error = table.Column<string>(type: "text", nullable: true),
                    failed_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_work", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "attribute_options",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    attribute_id = table.Column<long>(type: "bigint", nullable: false),
                    key = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    labels = table.Column<string>(type: "text", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    retired_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attribute_options", x => x.id);
                    table.ForeignKey(
                        name: "FK_attribute_options_attributes_attribute_id",
                        column: x => x.attribute_id,
                        principalTable: "attributes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "board_groups",
                columns: table => new
                {
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    group_id = table.Column<long>(type: "bigint", nullable: false),
                    reads = table.Column<bool>(type: "boolean", nullable: false),
                    writes = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_board_groups", x => new { x.board_id, x.group_id });
                    table.ForeignKey(
                        name: "FK_board_groups_boards_board_id",
                        column: x => x.board_id,
                        principalTable: "boards",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_board_groups_groups_group_id",
                        column: x => x.group_id,
                        principalTable: "groups",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "import_problems",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    import_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: true),
                    row = table.Column<int>(type: "integer", nullable: false),
                    line = table.Column<int>(type: "integer", nullable: false),
                    column = table.Column<int>(type: "integer", nullable: false),
                    target = table.Column<string>(type: "text", nullable: false),
                    value = table.Column<string>(type: "text", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: false),
                    args = table.Column<string>(type: "text", nullable: false),
                    is_note = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_import_problems", x => x.id);
                    table.ForeignKey(
                        name: "FK_import_problems_imports_import_id",
                        column: x => x.import_id,
                        principalTable: "imports",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "imported_members",
                columns: table => new
                {
                    import_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    row = table.Column<int>(type: "integer", nullable: false),
                    line = table.Column<int>(type: "integer", nullable: false),
                    is_new = table.Column<bool>(type: "boolean", nullable: false),
                    mark = table.Column<long>(type: "bigint", nullable: false),
                    values = table.Column<string>(type: "text", nullable: true),
                    left_text = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_imported_members", x => new { x.import_id, x.member_id });
                    table.ForeignKey(
                        name: "FK_imported_members_imports_import_id",
                        column: x => x.import_id,
                        principalTable: "imports",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "deliveries",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    mailing_id = table.Column<long>(type: "bigint", nullable: false),
                    seq = table.Column<int>(type: "integer", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    address_hash = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    owner = table.Column<string>(type: "text", nullable: true),
                    incarnation = table.Column<long>(type: "bigint", nullable: false),
                    lease_until = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    code = table.Column<int>(type: "integer", nullable: true),
                    enhanced = table.Column<string>(type: "text", nullable: true),
                    answer = table.Column<string>(type: "text", nullable: true),
                    withheld = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    settled_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    decided_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_deliveries", x => x.id);
                    table.ForeignKey(
                        name: "FK_deliveries_mailings_mailing_id",
                        column: x => x.mailing_id,
                        principalTable: "mailings",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "archives",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    asked_by = table.Column<long>(type: "bigint", nullable: true),
                    asked_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    language = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    step = table.Column<int>(type: "integer", nullable: false),
                    steps = table.Column<int>(type: "integer", nullable: false),
                    moved_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    ready_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    until = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    unreadable = table.Column<int>(type: "integer", nullable: false),
                    downloaded_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    secret = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_archives", x => x.id);
                    table.ForeignKey(
                        name: "FK_archives_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "attribute_values",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    attribute_id = table.Column<long>(type: "bigint", nullable: false),
                    item = table.Column<long>(type: "bigint", nullable: false),
                    type = table.Column<short>(type: "smallint", maxLength: 40, nullable: false),
                    text = table.Column<string>(type: "text", nullable: true),
                    key = table.Column<string>(type: "character varying(400)", maxLength: 400, nullable: true, collation: "C"),
                    words = table.Column<string>(type: "text", nullable: true),
                    number = table.Column<long>(type: "bigint", nullable: true),
                    date = table.Column<DateOnly>(type: "date", nullable: true),
                    month_day = table.Column<int>(type: "integer", nullable: true),
                    option_id = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attribute_values", x => new { x.member_id, x.attribute_id, x.item });
                    table.ForeignKey(
                        name: "FK_attribute_values_attributes_attribute_id",
                        column: x => x.attribute_id,
                        principalTable: "attributes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_attribute_values_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "attribute_values_aside",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    attribute_id = table.Column<long>(type: "bigint", nullable: false),
                    type = table.Column<short>(type: "smallint", maxLength: 40, nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attribute_values_aside", x => x.id);
                    table.ForeignKey(
                        name: "FK_attribute_values_aside_attributes_attribute_id",
                        column: x => x.attribute_id,
                        principalTable: "attributes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_attribute_values_aside_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "authenticators",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    secret = table.Column<byte[]>(type: "bytea", nullable: false),
                    added_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    last_step = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_authenticators", x => x.member_id);
                    table.ForeignKey(
                        name: "FK_authenticators_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "board_reads",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    moves = table.Column<long>(type: "bigint", nullable: false),
                    watermark = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_board_reads", x => new { x.member_id, x.board_id, x.moves });
                    table.ForeignKey(
                        name: "FK_board_reads_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "bulk_act_members",
                columns: table => new
                {
                    act_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    refused_text = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    before = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bulk_act_members", x => new { x.act_id, x.member_id });
                    table.ForeignKey(
                        name: "FK_bulk_act_members_bulk_acts_act_id",
                        column: x => x.act_id,
                        principalTable: "bulk_acts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_bulk_act_members_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "consent_proofs",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    event_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    network = table.Column<string>(type: "text", nullable: false),
                    agent = table.Column<string>(type: "text", nullable: false),
                    signed_on = table.Column<DateOnly>(type: "date", nullable: true),
                    place = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    scan = table.Column<string>(type: "character varying(70)", maxLength: 70, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_consent_proofs", x => x.id);
                    table.ForeignKey(
                        name: "FK_consent_proofs_consent_events_event_id",
                        column: x => x.event_id,
                        principalTable: "consent_events",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_consent_proofs_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "consent_states",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    kind_id = table.Column<long>(type: "bigint", nullable: false),
                    granted = table.Column<bool>(type: "boolean", nullable: false),
                    since = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_consent_states", x => new { x.member_id, x.kind_id });
                    table.ForeignKey(
                        name: "FK_consent_states_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "group_exclusions",
                columns: table => new
                {
                    group_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    excluded_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_group_exclusions", x => new { x.group_id, x.member_id });
                    table.ForeignKey(
                        name: "FK_group_exclusions_groups_group_id",
                        column: x => x.group_id,
                        principalTable: "groups",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_group_exclusions_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "group_memberships",
                columns: table => new
                {
                    group_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    requested_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    message = table.Column<string>(type: "text", nullable: false),
                    joined_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    admitted_by = table.Column<long>(type: "bigint", nullable: true),
                    is_leader = table.Column<bool>(type: "boolean", nullable: false),
                    by_hand = table.Column<bool>(type: "boolean", nullable: false),
                    by_rule = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_group_memberships", x => new { x.group_id, x.member_id });
                    table.ForeignKey(
                        name: "FK_group_memberships_groups_group_id",
                        column: x => x.group_id,
                        principalTable: "groups",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_group_memberships_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "group_requests",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    group_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    requested_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    decided_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    decided_by = table.Column<long>(type: "bigint", nullable: false),
                    decision = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_group_requests", x => x.id);
                    table.ForeignKey(
                        name: "FK_group_requests_groups_group_id",
                        column: x => x.group_id,
                        principalTable: "groups",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_group_requests_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "known_devices",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    key_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    added_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    last_at = table.Column<DateTime>(type: "timestamptz", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_known_devices", x => x.id);
                    table.ForeignKey(
                        name: "FK_known_devices_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "list_columns",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    columns = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_list_columns", x => x.member_id);
                    table.ForeignKey(
                        name: "FK_list_columns_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_merges",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kept_id = table.Column<long>(type: "bigint", nullable: false),
                    gone_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    merged_by = table.Column<long>(type: "bigint", nullable: true),
                    data = table.Column<string>(type: "text", nullable: false),
                    undone_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    undone_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_merges", x => x.id);
                    table.ForeignKey(
                        name: "FK_member_merges_members_kept_id",
                        column: x => x.kept_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_notes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    author_id = table.Column<long>(type: "bigint", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_notes", x => x.id);
                    table.ForeignKey(
                        name: "FK_member_notes_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "passkeys",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    credential_id = table.Column<byte[]>(type: "bytea", nullable: false),
                    public_key = table.Column<byte[]>(type: "bytea", nullable: false),
                    sign_count = table.Column<long>(type: "bigint", nullable: false),
                    host = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    transports = table.Column<string>(type: "text", nullable: false),
                    is_backup_eligible = table.Column<bool>(type: "boolean", nullable: false),
                    is_backed_up = table.Column<bool>(type: "boolean", nullable: false),
                    added_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    last_used_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_passkeys", x => x.id);
                    table.ForeignKey(
                        name: "FK_passkeys_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "pending_registrations",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    password_hash = table.Column<string>(type: "text", nullable: true),
                    provider_id = table.Column<long>(type: "bigint", nullable: true),
                    issuer = table.Column<string>(type: "text", nullable: true),
                    subject = table.Column<string>(type: "text", nullable: true),
                    language = table.Column<string>(type: "text", nullable: true),
                    consents = table.Column<string>(type: "text", nullable: false),
                    agreed = table.Column<string>(type: "text", nullable: false),
                    values = table.Column<string>(type: "text", nullable: false),
                    invitation_id = table.Column<long>(type: "bigint", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    mail_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pending_registrations", x => x.id);
                    table.ForeignKey(
                        name: "FK_pending_registrations_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "recovery_codes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recovery_codes", x => x.id);
                    table.ForeignKey(
                        name: "FK_recovery_codes_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    key_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    stamp = table.Column<string>(type: "text", nullable: false),
                    persistent = table.Column<bool>(type: "boolean", nullable: false),
                    method = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    second_factor = table.Column<bool>(type: "boolean", nullable: false),
                    proved_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    signed_in_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    last_seen_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    expires_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    network = table.Column<string>(type: "text", nullable: false),
                    agent = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions", x => x.id);
                    table.ForeignKey(
                        name: "FK_sessions_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sign_ins",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    network = table.Column<string>(type: "text", nullable: false),
                    agent = table.Column<string>(type: "text", nullable: false),
                    succeeded = table.Column<bool>(type: "boolean", nullable: false),
                    method = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    is_half = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sign_ins", x => x.id);
                    table.ForeignKey(
                        name: "FK_sign_ins_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "suspensions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    suspended_by = table.Column<long>(type: "bigint", nullable: true),
                    lifted_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    lifted_by = table.Column<long>(type: "bigint", nullable: true)
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

            migrationBuilder.CreateTable(
                name: "topics",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    author_id = table.Column<long>(type: "bigint", nullable: true),
                    started_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    pinned_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    pinned_by = table.Column<long>(type: "bigint", nullable: true),
                    locked_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    locked_by = table.Column<long>(type: "bigint", nullable: true),
                    hidden_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    hidden_by = table.Column<long>(type: "bigint", nullable: true),
                    hidden_reason = table.Column<string>(type: "text", nullable: true),
                    next_number = table.Column<int>(type: "integer", nullable: false),
                    replies = table.Column<int>(type: "integer", nullable: false),
                    last_post_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    last_post_by = table.Column<long>(type: "bigint", nullable: true),
                    removed = table.Column<byte[]>(type: "bytea", nullable: true),
                    last_move = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_topics", x => x.id);
                    table.ForeignKey(
                        name: "FK_topics_boards_board_id",
                        column: x => x.board_id,
                        principalTable: "boards",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_topics_members_author_id",
                        column: x => x.author_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_topics_members_last_post_by",
                        column: x => x.last_post_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "provider_accounts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    provider_id = table.Column<long>(type: "bigint", nullable: false),
                    issuer = table.Column<string>(type: "text", nullable: false),
                    subject = table.Column<string>(type: "text", nullable: false),
                    added_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    last_used_at = table.Column<DateTime>(type: "timestamptz", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_provider_accounts", x => x.id);
                    table.ForeignKey(
                        name: "FK_provider_accounts_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_provider_accounts_providers_provider_id",
                        column: x => x.provider_id,
                        principalTable: "providers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "segment_members",
                columns: table => new
                {
                    segment_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_segment_members", x => new { x.segment_id, x.member_id });
                    table.ForeignKey(
                        name: "FK_segment_members_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_segment_members_segments_segment_id",
                        column: x => x.segment_id,
                        principalTable: "segments",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "member_tags",
                columns: table => new
                {
                    tag_id = table.Column<long>(type: "bigint", nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    tagged_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_member_tags", x => new { x.tag_id, x.member_id });
                    table.ForeignKey(
                        name: "FK_member_tags_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_member_tags_tags_tag_id",
                        column: x => x.tag_id,
                        principalTable: "tags",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "terms_answers",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    version_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    way = table.Column<string>(type: "text", nullable: false),
                    language = table.Column<string>(type: "text", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    digest = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_terms_answers", x => x.id);
                    table.ForeignKey(
                        name: "FK_terms_answers_terms_versions_version_id",
                        column: x => x.version_id,
                        principalTable: "terms_versions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "terms_texts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    version_id = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    words = table.Column<string>(type: "text", nullable: false),
                    note = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    changed_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_terms_texts", x => x.id);
                    table.ForeignKey(
                        name: "FK_terms_texts_terms_versions_version_id",
                        column: x => x.version_id,
                        principalTable: "terms_versions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "moderation_log",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    actor_id = table.Column<long>(type: "bigint", nullable: true),
                    act = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    post_number = table.Column<int>(type: "integer", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_moderation_log", x => x.id);
                    table.ForeignKey(
                        name: "FK_moderation_log_members_actor_id",
                        column: x => x.actor_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_moderation_log_topics_topic_id",
                        column: x => x.topic_id,
                        principalTable: "topics",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "posts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    parent_number = table.Column<int>(type: "integer", nullable: true),
                    depth = table.Column<int>(type: "integer", nullable: false),
                    path = table.Column<string>(type: "character varying(600)", maxLength: 600, nullable: false, collation: "C"),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true),
                    text = table.Column<string>(type: "text", nullable: false),
                    html = table.Column<string>(type: "text", nullable: false),
                    html_version = table.Column<int>(type: "integer", nullable: false),
                    snippet = table.Column<string>(type: "text", nullable: false),
                    author_id = table.Column<long>(type: "bigint", nullable: true),
                    to_member_id = table.Column<long>(type: "bigint", nullable: true),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    edited_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    edited_by = table.Column<long>(type: "bigint", nullable: true),
                    hidden_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    hidden_by = table.Column<long>(type: "bigint", nullable: true),
                    hidden_reason = table.Column<string>(type: "text", nullable: true),
                    deleted_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    form_key = table.Column<Guid>(type: "uuid", nullable: true),
                    counted = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_posts", x => x.id);
                    table.ForeignKey(
                        name: "FK_posts_members_author_id",
                        column: x => x.author_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_posts_members_to_member_id",
                        column: x => x.to_member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_posts_topics_topic_id",
                        column: x => x.topic_id,
                        principalTable: "topics",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "topic_reads",
                columns: table => new
                {
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    read_upto = table.Column<int>(type: "integer", nullable: false),
                    above = table.Column<byte[]>(type: "bytea", nullable: true),
                    read_count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_topic_reads", x => new { x.member_id, x.topic_id });
                    table.ForeignKey(
                        name: "FK_topic_reads_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_topic_reads_topics_topic_id",
                        column: x => x.topic_id,
                        principalTable: "topics",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "topic_stays",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    topic_id = table.Column<long>(type: "bigint", nullable: false),
                    board_id = table.Column<long>(type: "bigint", nullable: false),
                    since = table.Column<long>(type: "bigint", nullable: false)
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

            migrationBuilder.CreateTable(
                name: "post_versions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    title = table.Column<string>(type: "text", nullable: true),
                    text = table.Column<string>(type: "text", nullable: false),
                    written_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    replaced_at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    replaced_by = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_post_versions", x => x.id);
                    table.ForeignKey(
                        name: "FK_post_versions_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "reports",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    post_id = table.Column<long>(type: "bigint", nullable: false),
                    reporter_id = table.Column<long>(type: "bigint", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTime>(type: "timestamptz", nullable: false),
                    closed_at = table.Column<DateTime>(type: "timestamptz", nullable: true),
                    closed_by = table.Column<long>(type: "bigint", nullable: true),
                    closed_as = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_reports", x => x.id);
                    table.ForeignKey(
                        name: "FK_reports_members_reporter_id",
                        column: x => x.reporter_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "FK_reports_posts_post_id",
                        column: x => x.post_id,
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_archives_member_id_id",
                table: "archives",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_asked_addresses_address_hash",
                table: "asked_addresses",
                column: "address_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_asked_addresses_answer_asked_at",
                table: "asked_addresses",
                columns: new[] { "answer", "asked_at" });

            migrationBuilder.CreateIndex(
                name: "IX_asked_addresses_member_id",
                table: "asked_addresses",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_attribute_options_attribute_id_key",
                table: "attribute_options",
                columns: new[] { "attribute_id", "key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_attribute_values_attribute_id_date_member_id",
                table: "attribute_values",
                columns: new[] { "attribute_id", "date", "member_id" },
                filter: "date IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_attribute_values_attribute_id_key_member_id",
                table: "attribute_values",
                columns: new[] { "attribute_id", "key", "member_id" },
                filter: "key IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_attribute_values_attribute_id_month_day_member_id",
                table: "attribute_values",
                columns: new[] { "attribute_id", "month_day", "member_id" },
                filter: "month_day IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_attribute_values_attribute_id_number_member_id",
                table: "attribute_values",
                columns: new[] { "attribute_id", "number", "member_id" },
                filter: "number IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_attribute_values_attribute_id_option_id_member_id",
                table: "attribute_values",
                columns: new[] { "attribute_id", "option_id", "member_id" },
                filter: "option_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_attribute_values_member_number",
                table: "attribute_values",
                columns: new[] { "attribute_id", "key" },
                unique: true,
                filter: "type = 15");

            migrationBuilder.CreateIndex(
                name: "IX_attribute_values_aside_attribute_id_id",
                table: "attribute_values_aside",
                columns: new[] { "attribute_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_attribute_values_aside_member_id",
                table: "attribute_values_aside",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_attributes_key",
                table: "attributes",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_audit_actor_id_at",
                table: "audit",
                columns: new[] { "actor_id", "at" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_at",
                table: "audit",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_sets",
                table: "audit",
                column: "id",
                filter: "id_set IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_audit_subject_id",
                table: "audit",
                column: "subject_id");

            migrationBuilder.CreateIndex(
                name: "IX_board_groups_group_id",
                table: "board_groups",
                column: "group_id");

            migrationBuilder.CreateIndex(
                name: "IX_boards_key",
                table: "boards",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_bulk_act_members_member_id",
                table: "bulk_act_members",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_bulk_acts_form_key",
                table: "bulk_acts",
                column: "form_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_consent_events_member_id_id",
                table: "consent_events",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_consent_proofs_event_id",
                table: "consent_proofs",
                column: "event_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_consent_proofs_member_id",
                table: "consent_proofs",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_consent_states_kind_id_granted",
                table: "consent_states",
                columns: new[] { "kind_id", "granted" });

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_due",
                table: "deliveries",
                columns: new[] { "mailing_id", "due_at", "seq" },
                filter: "state IN ('Pending', 'Deferred')");

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_failed",
                table: "deliveries",
                column: "mailing_id",
                filter: "state IN ('Rejected', 'Expired') AND decided_by IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_in_flight",
                table: "deliveries",
                column: "lease_until",
                filter: "state IN ('Leased', 'InFlight')");

            migrationBuilder.CreateIndex(
                name: "IX_deliveries_mailing_id_address_hash",
                table: "deliveries",
                columns: new[] { "mailing_id", "address_hash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_deliveries_mailing_id_seq",
                table: "deliveries",
                columns: new[] { "mailing_id", "seq" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_deliveries_mailing_id_state_seq",
                table: "deliveries",
                columns: new[] { "mailing_id", "state", "seq" });

            migrationBuilder.CreateIndex(
                name: "IX_deliveries_member_id",
                table: "deliveries",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_delivery_attempts_delivery_id",
                table: "delivery_attempts",
                column: "delivery_id");

            migrationBuilder.CreateIndex(
                name: "IX_events_at",
                table: "events",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_files_hash_purpose_uploaded_by",
                table: "files",
                columns: new[] { "hash", "purpose", "uploaded_by" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_files_uploaded_by",
                table: "files",
                column: "uploaded_by");

            migrationBuilder.CreateIndex(
                name: "IX_group_exclusions_member_id",
                table: "group_exclusions",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_group_memberships_member_id_joined_at",
                table: "group_memberships",
                columns: new[] { "member_id", "joined_at" });

            migrationBuilder.CreateIndex(
                name: "IX_group_requests_group_id_member_id_id",
                table: "group_requests",
                columns: new[] { "group_id", "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_group_requests_member_id",
                table: "group_requests",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_groups_key",
                table: "groups",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_import_problems_import_id_id",
                table: "import_problems",
                columns: new[] { "import_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_import_problems_member_id",
                table: "import_problems",
                column: "member_id",
                filter: "member_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_imported_members_member_id",
                table: "imported_members",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_invitations_code",
                table: "invitations",
                column: "code",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_invitations_email",
                table: "invitations",
                column: "email");

            migrationBuilder.CreateIndex(
                name: "IX_known_devices_member_id_key_hash",
                table: "known_devices",
                columns: new[] { "member_id", "key_hash" });

            migrationBuilder.CreateIndex(
                name: "IX_mail_kind_texts_kind_id_revision",
                table: "mail_kind_texts",
                columns: new[] { "kind_id", "revision" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_mail_kinds_key",
                table: "mail_kinds",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_mailings_form_key",
                table: "mailings",
                column: "form_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_mailings_state",
                table: "mailings",
                column: "state");

            migrationBuilder.CreateIndex(
                name: "IX_mailings_test_of_id",
                table: "mailings",
                column: "test_of_id");

            migrationBuilder.CreateIndex(
                name: "IX_member_merges_at",
                table: "member_merges",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_member_merges_kept_id",
                table: "member_merges",
                column: "kept_id");

            migrationBuilder.CreateIndex(
                name: "IX_member_notes_member_id_id",
                table: "member_notes",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_member_tags_member_id_tag_id",
                table: "member_tags",
                columns: new[] { "member_id", "tag_id" });

            migrationBuilder.CreateIndex(
                name: "IX_members_address_twin",
                table: "members",
                column: "address_twin");

            migrationBuilder.CreateIndex(
                name: "IX_members_awaits_since",
                table: "members",
                column: "awaits_since",
                filter: "awaits_since IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_members_erase_at",
                table: "members",
                column: "erase_at",
                filter: "erase_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_members_handle",
                table: "members",
                column: "handle",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_members_joined_at",
                table: "members",
                column: "joined_at");

            migrationBuilder.CreateIndex(
                name: "IX_members_last_sign_in_at",
                table: "members",
                column: "last_sign_in_at");

            migrationBuilder.CreateIndex(
                name: "IX_members_normalized_email",
                table: "members",
                column: "normalized_email",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_members_normalized_user_name",
                table: "members",
                column: "normalized_user_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_members_role",
                table: "members",
                column: "role");

            migrationBuilder.CreateIndex(
                name: "IX_members_search_name_id",
                table: "members",
                columns: new[] { "search_name", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_members_skeleton",
                table: "members",
                column: "skeleton");

            migrationBuilder.CreateIndex(
                name: "IX_moderation_log_actor_id",
                table: "moderation_log",
                column: "actor_id");

            migrationBuilder.CreateIndex(
                name: "IX_moderation_log_at",
                table: "moderation_log",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_moderation_log_topic_id",
                table: "moderation_log",
                column: "topic_id");

            migrationBuilder.CreateIndex(
                name: "IX_passkeys_credential_id",
                table: "passkeys",
                column: "credential_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_passkeys_member_id_id",
                table: "passkeys",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_pending_registrations_at",
                table: "pending_registrations",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_pending_registrations_member_id",
                table: "pending_registrations",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_post_versions_post_id",
                table: "post_versions",
                column: "post_id");

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
                name: "IX_posts_board_id_counted",
                table: "posts",
                columns: new[] { "board_id", "counted" },
                filter: "NOT counted");

            migrationBuilder.CreateIndex(
                name: "IX_posts_board_id_id",
                table: "posts",
                columns: new[] { "board_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_posts_to_member_id_id",
                table: "posts",
                columns: new[] { "to_member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_posts_topic_id_id",
                table: "posts",
                columns: new[] { "topic_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_posts_topic_id_number",
                table: "posts",
                columns: new[] { "topic_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_posts_topic_id_path",
                table: "posts",
                columns: new[] { "topic_id", "path" });

            migrationBuilder.CreateIndex(
                name: "IX_provider_accounts_issuer_subject",
                table: "provider_accounts",
                columns: new[] { "issuer", "subject" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_provider_accounts_member_id",
                table: "provider_accounts",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_provider_accounts_provider_id",
                table: "provider_accounts",
                column: "provider_id");

            migrationBuilder.CreateIndex(
                name: "IX_providers_key",
                table: "providers",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_recovery_codes_member_id_hash",
                table: "recovery_codes",
                columns: new[] { "member_id", "hash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_reports_closed_at_id",
                table: "reports",
                columns: new[] { "closed_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_reports_post_id_reporter_id",
                table: "reports",
                columns: new[] { "post_id", "reporter_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_reports_reporter_id",
                table: "reports",
                column: "reporter_id");

            migrationBuilder.CreateIndex(
                name: "IX_retention_runs_rule_id",
                table: "retention_runs",
                columns: new[] { "rule", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_rights_requests_member_id_id",
                table: "rights_requests",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_rights_requests_state_due_at",
                table: "rights_requests",
                columns: new[] { "state", "due_at" });

            migrationBuilder.CreateIndex(
                name: "IX_segment_members_member_id",
                table: "segment_members",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_segments_key",
                table: "segments",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_sessions_key_hash",
                table: "sessions",
                column: "key_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_sessions_member_id_id",
                table: "sessions",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_sign_ins_at",
                table: "sign_ins",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "IX_sign_ins_member_id_id",
                table: "sign_ins",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_staff_roles_key",
                table: "staff_roles",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_suppressions_address_hash",
                table: "suppressions",
                column: "address_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_suspensions_member_id",
                table: "suspensions",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_system_mails_failed_at",
                table: "system_mails",
                column: "failed_at",
                filter: "failed_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_system_mails_member_id",
                table: "system_mails",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "IX_system_mails_state_due_at",
                table: "system_mails",
                columns: new[] { "state", "due_at" });

            migrationBuilder.CreateIndex(
                name: "IX_system_mails_state_precedence_due_at",
                table: "system_mails",
                columns: new[] { "state", "precedence", "due_at" });

            migrationBuilder.CreateIndex(
                name: "IX_tags_key",
                table: "tags",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_terms_answers_member_id_id",
                table: "terms_answers",
                columns: new[] { "member_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_terms_answers_version_id_kind",
                table: "terms_answers",
                columns: new[] { "version_id", "kind" });

            migrationBuilder.CreateIndex(
                name: "IX_terms_texts_version_id_revision",
                table: "terms_texts",
                columns: new[] { "version_id", "revision" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_terms_versions_kind_number",
                table: "terms_versions",
                columns: new[] { "kind", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_topic_reads_topic_id",
                table: "topic_reads",
                column: "topic_id");

            migrationBuilder.CreateIndex(
                name: "IX_topic_stays_board_id_id",
                table: "topic_stays",
                columns: new[] { "board_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_topic_stays_topic_id",
                table: "topic_stays",
                column: "topic_id");

            migrationBuilder.CreateIndex(
                name: "IX_topics_author_id",
                table: "topics",
                column: "author_id");

            migrationBuilder.CreateIndex(
                name: "IX_topics_board_id_last_post_at_id",
                table: "topics",
                columns: new[] { "board_id", "last_post_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_topics_board_id_pinned_at",
                table: "topics",
                columns: new[] { "board_id", "pinned_at" });

            migrationBuilder.CreateIndex(
                name: "IX_topics_last_post_at",
                table: "topics",
                column: "last_post_at");

            migrationBuilder.CreateIndex(
                name: "IX_topics_last_post_by",
                table: "topics",
                column: "last_post_by");

            migrationBuilder.CreateIndex(
                name: "IX_upload_days_day",
                table: "upload_days",
                column: "day");

            migrationBuilder.CreateIndex(
                name: "IX_used_tokens_expires_at",
                table: "used_tokens",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "IX_work_due_at",
                table: "work",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "IX_work_failed_at",
                table: "work",
                column: "failed_at",
                filter: "failed_at IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "archives");

            migrationBuilder.DropTable(
                name: "asked_addresses");

            migrationBuilder.DropTable(
                name: "attribute_options");

            migrationBuilder.DropTable(
                name: "attribute_values");

            migrationBuilder.DropTable(
                name: "attribute_values_aside");

            migrationBuilder.DropTable(
                name: "audit");

            migrationBuilder.DropTable(
                name: "audit_seals");

            migrationBuilder.DropTable(
                name: "authenticators");

            migrationBuilder.DropTable(
                name: "board_groups");

            migrationBuilder.DropTable(
                name: "board_reads");

            migrationBuilder.DropTable(
                name: "bulk_act_members");

            migrationBuilder.DropTable(
                name: "consent_proofs");

            migrationBuilder.DropTable(
                name: "consent_states");

            migrationBuilder.DropTable(
                name: "deliveries");

            migrationBuilder.DropTable(
                name: "delivery_attempts");

            migrationBuilder.DropTable(
                name: "event_cursors");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropTable(
                name: "files");

            migrationBuilder.DropTable(
                name: "first_steps_done");

            migrationBuilder.DropTable(
                name: "group_exclusions");

            migrationBuilder.DropTable(
                name: "group_memberships");

            migrationBuilder.DropTable(
                name: "group_requests");

            migrationBuilder.DropTable(
                name: "import_columns");

            migrationBuilder.DropTable(
                name: "import_problems");

            migrationBuilder.DropTable(
                name: "imported_members");

            migrationBuilder.DropTable(
                name: "invitations");

            migrationBuilder.DropTable(
                name: "known_devices");

            migrationBuilder.DropTable(
                name: "list_columns");

            migrationBuilder.DropTable(
                name: "mail_kind_texts");

            migrationBuilder.DropTable(
                name: "mail_kinds");

            migrationBuilder.DropTable(
                name: "mailing_rollups");

            migrationBuilder.DropTable(
                name: "member_merges");

            migrationBuilder.DropTable(
                name: "member_notes");

            migrationBuilder.DropTable(
                name: "member_tags");

            migrationBuilder.DropTable(
                name: "moderation_log");

            migrationBuilder.DropTable(
                name: "passkeys");

            migrationBuilder.DropTable(
                name: "pending_registrations");

            migrationBuilder.DropTable(
                name: "post_versions");

            migrationBuilder.DropTable(
                name: "provider_accounts");

            migrationBuilder.DropTable(
                name: "recovery_codes");

            migrationBuilder.DropTable(
                name: "reports");

            migrationBuilder.DropTable(
                name: "retention_runs");

            migrationBuilder.DropTable(
                name: "rights_requests");

            migrationBuilder.DropTable(
                name: "segment_members");

            migrationBuilder.DropTable(
                name: "sessions");

            migrationBuilder.DropTable(
                name: "settings");

            migrationBuilder.DropTable(
                name: "sign_ins");

            migrationBuilder.DropTable(
                name: "site_secrets");

            migrationBuilder.DropTable(
                name: "staff_roles");

            migrationBuilder.DropTable(
                name: "suppressions");

            migrationBuilder.DropTable(
                name: "suspensions");

            migrationBuilder.DropTable(
                name: "system_mails");

            migrationBuilder.DropTable(
                name: "terms_answers");

            migrationBuilder.DropTable(
                name: "terms_texts");

            migrationBuilder.DropTable(
                name: "theme_versions");

            migrationBuilder.DropTable(
                name: "topic_reads");

            migrationBuilder.DropTable(
                name: "topic_stays");

            migrationBuilder.DropTable(
                name: "upload_days");

            migrationBuilder.DropTable(
                name: "used_tokens");

            migrationBuilder.DropTable(
                name: "work");

            migrationBuilder.DropTable(
                name: "attributes");

            migrationBuilder.DropTable(
                name: "bulk_acts");

            migrationBuilder.DropTable(
                name: "consent_events");

            migrationBuilder.DropTable(
                name: "mailings");

            migrationBuilder.DropTable(
                name: "groups");

            migrationBuilder.DropTable(
                name: "imports");

            migrationBuilder.DropTable(
                name: "tags");

            migrationBuilder.DropTable(
                name: "providers");

            migrationBuilder.DropTable(
                name: "posts");

            migrationBuilder.DropTable(
                name: "segments");

            migrationBuilder.DropTable(
                name: "terms_versions");

            migrationBuilder.DropTable(
                name: "topics");

            migrationBuilder.DropTable(
                name: "boards");

            migrationBuilder.DropTable(
                name: "members");
        }
    }
}
