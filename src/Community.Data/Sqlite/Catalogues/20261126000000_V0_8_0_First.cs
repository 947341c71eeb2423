using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Community.Data.Sqlite.Catalogues
{
    /// <inheritdoc />
    public partial class V0_8_0_First : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "content_versions",
                columns: table => new
                {
                    site_id = table.Column<long>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_content_versions", x => new { x.site_id, x.name });
                });

            migrationBuilder.CreateTable(
                name: "mail_rates",
                columns: table => new
                {
                    server_name = table.Column<string>(type: "TEXT", nullable: false),
                    tat = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mail_rates", x => x.server_name);
                });

            migrationBuilder.CreateTable(
                name: "mail_servers",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    incarnation = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mail_servers", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "protection_keys",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    xml = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "site_work",
                columns: table => new
                {
                    site_id = table.Column<long>(type: "INTEGER", nullable: false),
                    queue = table.Column<string>(type: "TEXT", nullable: false),
                    next_at = table.Column<long>(type: "INTEGER", nullable: true),
                    owner = table.Column<string>(type: "TEXT", nullable: true),
                    lease_until = table.Column<long>(type: "INTEGER", nullable: true),
                    hold_until = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_site_work", x => new { x.site_id, x.queue });
                });

            migrationBuilder.CreateTable(
                name: "sites",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    key = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    tagline = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    culture = table.Column<string>(type: "TEXT", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    theme = table.Column<string>(type: "TEXT", nullable: false),
                    tokens = table.Column<string>(type: "TEXT", nullable: false),
                    features = table.Column<string>(type: "TEXT", nullable: false),
                    one_language = table.Column<bool>(type: "INTEGER", nullable: false),
                    mail_from = table.Column<string>(type: "TEXT", nullable: false),
                    mail_from_name = table.Column<string>(type: "TEXT", nullable: false),
                    schema = table.Column<string>(type: "TEXT", nullable: false),
                    ready_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sites", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "erased_members",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    site_id = table.Column<long>(type: "INTEGER", nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    handle_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_erased_members", x => x.id);
                    table.ForeignKey(
                        name: "FK_erased_members_sites_site_id",
                        column: x => x.site_id,
                        principalTable: "sites",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "site_hosts",
                columns: table => new
                {
                    host = table.Column<string>(type: "TEXT", nullable: false),
                    site_id = table.Column<long>(type: "INTEGER", nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_site_hosts", x => x.host);
                    table.ForeignKey(
                        name: "FK_site_hosts_sites_site_id",
                        column: x => x.site_id,
                        principalTable: "sites",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_content_versions_changed_at",
                table: "content_versions",
                column: "changed_at");

            migrationBuilder.CreateIndex(
                name: "IX_erased_members_site_id_member_id",
                table: "erased_members",
                columns: new[] { "site_id", "member_id" });

            migrationBuilder.CreateIndex(
                name: "IX_site_hosts_site_id",
                table: "site_hosts",
                column: "site_id");

            migrationBuilder.CreateIndex(
                name: "IX_site_work_queue_next_at",
                table: "site_work",
                columns: new[] { "queue", "next_at" });

            migrationBuilder.CreateIndex(
                name: "IX_sites_changed_at",
                table: "sites",
                column: "changed_at");

            migrationBuilder.CreateIndex(
                name: "IX_sites_key",
                table: "sites",
                column: "key",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "content_versions");

            migrationBuilder.DropTable(
                name: "erased_members");

            migrationBuilder.DropTable(
                name: "mail_rates");

            migrationBuilder.DropTable(
                name: "mail_servers");

            migrationBuilder.DropTable(
                name: "protection_keys");

            migrationBuilder.DropTable(
                name: "site_hosts");

            migrationBuilder.DropTable(
                name: "site_work");

            migrationBuilder.DropTable(
                name: "sites");
        }
    }
}
