using System.IO.Compression;
using System.Net;
using Community.Boards;
using Community.Mailing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Community.Tests.Kernel;

/// <summary>
/// The data of released versions: the sample sites as that version made them, as SQL below <c>OldData</c>. This program upgrades them, and
/// people go on where they were.
/// </summary>
[OnBothDatabases]
public sealed class OldDataTests
{
    [Fact]
    public async Task Data_of_0_8_0_are_upgraded_and_everybody_goes_on()
    {
        await using var host = await TestHost.Start(await Restore("0.8.0"));
        var sites = host.Services.GetRequiredService<SiteDirectory>();
        foreach (var key in new[] { "northwind", "momiji" })
        {
            var site = new TestSite(host, (await sites.Find($"{key}.localhost", TestContext.Current.CancellationToken))!);
            var visitor = site.Visitor();
            Assert.Equal(HttpStatusCode.OK, (await visitor.Get("/")).Status);
            var (topics, posts) = await site.Db(async db =>
                (await db.Topics.CountAsync(), await db.Posts.CountAsync()));
            Assert.True(topics > 10 && posts > 200, $"{topics} topics, {posts} posts");

            // What a mailing said stands in its content now, and is what it is called.
            var mailing = await site.Db(db => db.Mailings.Include(m => m.Contents).SingleAsync(m => m.Title == "Old & 古い"));
            Assert.Equal(("Old & 古い", "Words of {{member.name}}", null), (mailing.Main.Subject, mailing.Main.Text, mailing.Main.Blocks));

            // A password, a session's rights and a form of today on rows of then.
            var member = site.Visitor();
            var home = await member.Submit(
                "/sign-in",
                new() { ["Email"] = $"member@{key}.example", ["Password"] = "tea and mountains" }
            );
            Assert.NotNull(home.Document.QuerySelector("form[action='/sign-out']"));
            foreach (var path in new[] { "/", "/boards", "/unread", "/account" })
                Assert.Equal(HttpStatusCode.OK, (await member.Get(path)).Status);
            var admin = await site.SignInAs($"admin@{key}.example");
            foreach (var path in new[] { "/staff", "/staff/members", "/staff/settings", "/staff/roles", "/staff/boards", "/staff/audit" })
                Assert.Equal(HttpStatusCode.OK, (await admin.Get(path)).Status);
        }
        Assert.Empty(host.Log.Errors);
    }

    /// <summary>A draft of a mailing, which the sample sites do not have.</summary>
    static readonly string draft = $$"""
        ;INSERT INTO {{schema}}mailings (form_key, kind_id, subject, text, audience_json, state, rev, revised_by, revised_at, at_once,
            created_by, created_at, read_up_to, count)
        SELECT '5E1A0C5A-0000-4000-8000-000000000001', 1, 'Old & 古い', 'Words of {'||'{member.name}'||'}', '{}', 'Draft', 1, id, joined_at,
            {{(TestHost.OnPostgreSql ? "true" : "1")}}, id, joined_at, 0, 0 FROM {{schema}}members ORDER BY id LIMIT 1;
        """;
    static string schema => TestHost.OnPostgreSql ? "public." : "";

    /// <summary>The settings of a host on the data of a version.</summary>
    static async Task<Dictionary<string, string?>> Restore(string version)
    {
        var folder = Directory.CreateTempSubdirectory("community-old-").FullName;
        var catalogue = TestHost.OnPostgreSql ? await PostgreSql.NewCatalogue() : "";
        await using var zip = await ZipFile.OpenReadAsync(
            Path.Combine(
                Repository.Root,
                $"tests/Community.Tests/Kernel/OldData/{version}-{(TestHost.OnPostgreSql ? "postgresql" : "sqlite")}.zip"
            )
        );
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync());
            var (name, sql) = (Path.GetFileNameWithoutExtension(entry.Name), await reader.ReadToEndAsync());
            if (name is "northwind" or "momiji") sql += draft;
            if (TestHost.OnPostgreSql) await ToPostgreSql(catalogue, name, sql);
            else await ToSqlite(Path.Combine(folder, name == "catalogue" ? "catalogue.db" : $"Sites/{name}/site.db"), sql);
        }
        return new() { ["Community:Data"] = folder, ["Community:Database"] = catalogue };
    }

    static async Task ToSqlite(string file, string sql)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF; " + sql;
        await command.ExecuteNonQueryAsync();
    }

    static async Task ToPostgreSql(string catalogue, string name, string sql)
    {
        // The dump changes settings of its session.
        var target = new NpgsqlConnectionStringBuilder(catalogue) { Pooling = false };
        if (name != "catalogue") target.Database += "_" + name;
        await using (var admin = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(catalogue) { Database = "postgres" }.ToString()))
        {
            await admin.OpenAsync();
            await using var create = new NpgsqlCommand($"CREATE DATABASE \"{target.Database}\"", admin);
            await create.ExecuteNonQueryAsync();
        }
        await using var connection = new NpgsqlConnection(target.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
