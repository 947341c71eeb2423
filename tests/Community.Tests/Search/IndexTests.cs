using System.Text;
using Community.Boards;
using Community.Members;
using Community.Search;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Search;

/// <summary>The index: built beside, killed and gone on with, checked, removed, and emptied of erased words.</summary>
[OnBothDatabases]
public sealed class IndexTests(TestHost host)
{
    static async Task<TestSite> NewSite(TestHost host, string? erased = null)
    {
        var site = await host.NewSite(r =>
        {
            r["features"]!.AsArray().Add("Search");
            if (erased is not null)
                r["settings"] = System.Text.Json.Nodes.JsonNode.Parse($$"""{ "boards": { "erasedPosts": "{{erased}}" } }""");
        });
        await Built(site);
        return site;
    }

    static Task Built(TestSite site) =>
        TestSite.Until(() => site.Db(db => db.SearchIndexes.AnyAsync(i => i.BuiltAt != null)), "the index is built");

    static async Task<int> Count(Visitor visitor, string q) =>
        (await visitor.Get("/search?q=" + Uri.EscapeDataString(q))).Document.QuerySelectorAll(".search-results > li").Length;

    static async Task<IndexCheck> Check(TestSite site)
    {
        await site.EventsRead();
        await site.Rests();
        return (await site.With<SiteDb, IndexCheck?>(db => new CheckIndex(db).Run(default)))!.Value;
    }

    /// <summary>Begins a building whose steps nobody takes but the test.</summary>
    static Task<long> Begin(TestSite site) =>
        site.Db(async db =>
        {
            await using var change = await db.Change();
            var id = (await BuildIndex.Begin(db, default)).Id;
            db.ChangeTracker.Entries<WorkRow>().ToList().ForEach(e => e.State = EntityState.Detached);
            await change.Commit();
            return id;
        });

    static Task<bool> Step(TestSite site, long id) =>
        Scopes(site).Run(site.Site, s => ActivatorUtilities.CreateInstance<BuildIndex>(s).Next(id, false, default));

    static SiteScopes Scopes(TestSite site) => site.Host.Services.GetRequiredService<SiteScopes>();

    [Fact]
    public async Task It_is_built_beside_and_what_changes_meanwhile_is_in_it()
    {
        var site = await NewSite(host);
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var first = await anna.Start("general", "Echidna", "Opening platypus");
        await site.Fill("general", BuildIndex.Step * 2, n => 1);
        await TestSite.Until(async () => await Count(anna, "platypus") == 1, "found");
        var old = await site.Db(db => db.SearchIndexes.MaxAsync(i => i.Id));
        var id = await Begin(site);
        // Twice begun is begun once.
        Assert.Equal(id, await Begin(site));
        Assert.True(await Step(site, id));
        Assert.Equal(1, await Count(anna, "platypus"));
        // Killed in the middle of a step, it has done nothing of it.
        await Assert.ThrowsAnyAsync<Exception>(() =>
            site.Db(async db =>
            {
                await using var change = await db.Change();
                await new IndexTable(db, id).Write([new(1, 1, "half ")], default);
                throw new IOException("killed");
#pragma warning disable CS0162
                return 0;
#pragma warning restore CS0162
            })
        );
        var second = await anna.Start("general", "Bilby", "Later platypus");
        await anna.Submit($"{first}/posts/1/edit", new() { ["title"] = "Echidna", ["text"] = "Edited quoll" });
        await TestSite.Until(async () => await Count(anna, "quoll") == 1, "edited while building");
        await mod.Submit($"{second}/posts/1/hide", new() { ["reason"] = "Spam" });
        await site.EventsRead();
        await site.Rests();
        while (await Step(site, id)) { }
        Assert.Equal(id, await site.Db(db => db.SearchIndexes.Current().Select(i => i.Id).FirstAsync()));
        Assert.False(await site.Db(db => db.SearchIndexes.AnyAsync(i => i.Id == old)));
        Assert.Equal(0, await Count(anna, "platypus"));
        Assert.Equal(1, await Count(anna, "quoll"));
        Assert.Equal(20, await Count(anna, "reply"));
        var check = await Check(site);
        Assert.True(check.IsGood, check.ToString());
    }

    [Fact]
    public async Task A_building_begun_while_another_ends_reads_what_that_has_not()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await NewSite(host);
        var ending = await Begin(site);
        var begun = Task.FromResult(0L);
        await site.Db(async db =>
        {
            // The last step has read all posts, and is not committed.
            await using var change = await db.Change<SearchIndex>(ending);
            change.Row!.BuiltAt = host.Clock.Now;
            await db.SaveChangesAsync();
            begun = Begin(site);
            await TestSite.Until(async () => begun.IsCompleted || await Waits(db), "the other waits for it, or has passed it");
            await change.Commit();
            return 0;
        });
        var next = await begun;
        Assert.NotEqual(ending, next);
        while (await Step(site, next)) { }
        Assert.Equal(next, await site.Db(db => db.SearchIndexes.Current().Select(i => i.Id).FirstAsync()));
    }

    /// <summary>Whether somebody waits for a lock of this connection's transaction.</summary>
    static Task<bool> Waits(SiteDb db) =>
        db.Database.SqlQuery<bool>(
            $"""
            SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS "Value"
            """
        ).SingleAsync();

    [Fact]
    public async Task Posts_of_a_word_come_newest_first_and_none_is_left_out_be_it_frequent_rare_or_old()
    {
        const int count = 6000;
        var words = new Dictionary<string, Func<int, bool>>
        {
            ["often"] = _ => true,
            ["tenth"] = n => n % 10 == 3,
            ["old"] = n => n < 350,
            ["new"] = n => n > count - 40,
            ["rare"] = n => n is 5 or 3000 or 5999,
            ["never"] = _ => false,
        };
        var posts = Enumerable.Range(1, count)
            .Select(n => new IndexedPost(n * 10L, n, string.Concat(words.Where(w => w.Value(n)).Select(w => w.Key + " "))))
            .ToList();
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            var whole = new IndexTable(db, 900_001);
            await whole.Create(default);
            await whole.Write(posts, default);
            // What is neither frequent nor rare is read time by time on PostgreSQL, by how many rows the table is known to have.
            await whole.Analyze(default);
            var tables = new[] { whole, new IndexTable(db, 900_001) { MaxWhole = 5 } };
            foreach (var (table, word, has) in tables.SelectMany(_ => words, (t, w) => (t, w.Key, w.Value)))
                foreach (var max in new[] { 7, 100, 1000 })
                    foreach (var (from, below) in new[] { (0L, long.MaxValue), (1000L, 40_000L) })
                    {
                        var (found, rounds) = (new List<long>(), 0);
                        for (long? lower = below; lower is { } key; rounds++)
                        {
                            var hits = await table.Find(SearchQuery.Parse(word).Terms, key, from, max, default);
                            Assert.InRange(hits.Hits.Count, 0, max * 2);
                            found.AddRange(hits.Hits.Select(h => h.PostId));
                            lower = hits.Next;
                        }
                        var expected = posts.Where(p => p.Key >= from && p.Key < below && has((int)p.PostId)).Select(p => p.PostId);
                        Assert.Equal(expected.Reverse(), found);
                        Assert.InRange(rounds, 1, count / max + 4);
                    }
            return 0;
        });
    }

    [Fact]
    public async Task Steps_of_a_command_and_of_a_server_at_once_read_every_post_once()
    {
        var site = await NewSite(host);
        await site.Fill("general", BuildIndex.Step * 3, n => 1);
        var id = await Begin(site);
        async Task Work()
        {
            while (await Step(site, id)) { }
        }
        await Task.WhenAll(Work(), Work(), Work());
        var check = await Check(site);
        Assert.True(check.IsGood, check.ToString());
        Assert.Equal(BuildIndex.Step * 3 + 1, check.Posts);
    }

    [Fact]
    public async Task A_check_names_what_is_missing_outdated_and_left_over()
    {
        var site = await NewSite(host);
        var anna = await site.SignIn("anna");
        await anna.Start("general", "One", "Alpha");
        await anna.Start("general", "Two", "Beta");
        await anna.Start("general", "Three", "Gamma");
        await TestSite.Until(async () => await Count(anna, "gamma") == 1, "found");
        Assert.Equal(new(3, 0, 0, 0), await Check(site));
        await site.Db(async db =>
        {
            var posts = await db.Posts.OrderBy(p => p.Id).ToListAsync();
            await using var change = await db.Change();
            var table = new IndexTable(db, await db.SearchIndexes.Select(i => i.Id).SingleAsync());
            await table.Write(
                [
                    new(IndexTable.KeyOf(posts[0].At, posts[0].Id), posts[0].Id, ""),
                    new(IndexTable.KeyOf(posts[1].At, posts[1].Id), posts[1].Id, "others "),
                    new(7, 99, "nothing "),
                ],
                default
            );
            return await change.Commit();
        });
        Assert.Equal(new(3, 1, 1, 1), await Check(site));
    }

    [Fact]
    public async Task Switched_off_it_is_removed_and_switched_on_it_is_built_anew()
    {
        var site = await NewSite(host);
        var anna = await site.SignIn("anna");
        await anna.Start("general", "One", "Alpha");
        await TestSite.Until(async () => await Count(anna, "alpha") == 1, "found");
        var switching = host.Services.GetRequiredService<Community.Sites.SwitchFeature>();
        Assert.True((await switching.WithKey(site.Site.Key, "Search", false, default)).Changed);
        await Scopes(site).Run(site.Site, s => ActivatorUtilities.CreateInstance<KeepIndex>(s).Handle(new(), default));
        Assert.Equal(0, await site.Db(db => db.SearchIndexes.CountAsync()));
        await anna.Start("general", "Two", "Beta");
        Assert.True((await switching.WithKey(site.Site.Key, "Search", true, default)).Changed);
        await TestSite.Until(async () => await Count(anna, "alpha") + await Count(anna, "beta") == 2, "built anew");
    }

    [Fact]
    public async Task Words_of_an_erased_member_leave_the_tables_of_the_index()
    {
        var site = await NewSite(host, erased: "erase");
        var (ben, anna) = (await site.SignIn("ben"), await site.SignIn("anna"));
        await ben.Start("general", "Zwolfpfennigtitle", "Xyzzyqword hidden in the index");
        await anna.Start("general", "Another", "Ordinary words");
        await TestSite.Until(async () => await Count(anna, "xyzzyqword") == 1, "found");
        Assert.Contains("xyzzyqword", await Tables(site), StringComparison.Ordinal);
        var id = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(id)));
        await site.EventsRead();
        await site.Rests();
        var after = await Tables(site);
        foreach (var word in new[] { "xyzzyqword", "zwolfpfennigtitle" }) Assert.DoesNotContain(word, after, StringComparison.Ordinal);
        Assert.Equal(0, await Count(anna, "xyzzyqword"));
        Assert.Equal(1, await Count(anna, "ordinary"));
        Assert.True((await Check(site)).IsGood);
    }

    static Task<string> Tables(TestSite site) =>
        site.Db(async db =>
        {
            var all = new StringBuilder();
            await db.Database.OpenConnectionAsync();
            var connection = db.Database.GetDbConnection();
            var tables = new List<string>();
            await using (var list = connection.CreateCommand())
            {
                list.CommandText = db.IsSqlite
                    ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'search_%'"
                    : "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'search_%'";
                await using var names = await list.ExecuteReaderAsync();
                while (await names.ReadAsync()) tables.Add(names.GetString(0));
            }
            foreach (var table in tables)
            {
                await using var rows = connection.CreateCommand();
                rows.CommandText = db.IsSqlite ? $"SELECT * FROM \"{table}\"" : $"SELECT t::text FROM \"{table}\" t";
                await using var reader = await rows.ExecuteReaderAsync();
                while (await reader.ReadAsync())
                    for (var i = 0; i < reader.FieldCount; i++)
                        all.Append(reader.GetValue(i) is byte[] bytes ? Encoding.Latin1.GetString(bytes) : reader.GetValue(i)).Append('\n');
            }
            return all.ToString();
        });
}
