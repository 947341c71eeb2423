using System.Text;
using System.Text.Json;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Found members as a file.</summary>
[OnBothDatabases]
public sealed class ExportTests(TestHost host)
{
    static readonly string[] columns =
    [
        "email",
        "name",
        "attribute:telephone",
        "attribute:remark",
        "attribute:balance",
        "attribute:prefecture",
        "attribute:number",
        "attribute:birthday",
    ];

    static async Task<byte[]> Export(Visitor staff, string format, params string[] keys) =>
        await Export(staff, await staff.Get("/staff/members/export?q=trip"), format, keys);

    static async Task<byte[]> Export(Visitor staff, Page page, string format, params string[] keys)
    {
        var form = page.Document.QuerySelector("form[action*='/export/file']")!;
        var fields = form.QuerySelectorAll("input[type=hidden]")
            .Select(h => KeyValuePair.Create(h.GetAttribute("name")!, h.GetAttribute("value")!))
            .Concat(keys.Select(k => KeyValuePair.Create("column", k)))
            .Append(new("format", format));
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = staff.Cookies, ConnectCallback = Local });
        using var response = await http.PostAsync(staff.Site.Url + form.GetAttribute("action"), new FormUrlEncodedContent(fields));
        Assert.True(response.IsSuccessStatusCode, response.ToString());
        return await response.Content.ReadAsByteArrayAsync();
    }

    static async ValueTask<Stream> Local(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(System.Net.IPAddress.Loopback, context.DnsEndPoint.Port, ct);
        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
    }

    const string Members = "email,name,Telephone,Remark,Balance,Prefecture,Member number,Birthday\n"
        + "trip1@example.com,\"'=1+1, \"\"x\"\"\",+81 3 0000 0000,'@hana,-5,東京都,00123,--06-01\n"
        + "trip2@example.com,Trip two,,'-not a number,,,,\n"
        + "trip3@example.com,Trip three,,'+plus,0.5,Hokkaido,00007,1990-02-28\n";

    [Theory]
    [InlineData("Csv")]
    [InlineData("Xlsx")]
    public async Task What_is_exported_imported_and_exported_again_is_equal(string format)
    {
        var (from, to) = (await host.NewSite(), await host.NewSite());
        foreach (var site in new[] { from, to }) await Imports.Attributes(site);
        var (here, there) = (await from.SignIn("admin"), await to.SignIn("admin"));
        await Imports.Run(here, (await Imports.Check(here, await Imports.Upload(here, Members))).Id);
        Assert.Equal("=1+1, \"x\"", (await Imports.Member(from, "trip1@example.com"))!.Name);
        var first = await Export(here, format, columns);
        var page = await Imports.Upload(there, first, "x." + format);
        var check = await Imports.Check(there, page);
        Assert.Equal((3, 0, 0, 0), Imports.Numbers(check));
        await Imports.Run(there, check.Id);
        Assert.Equal(
            Encoding.UTF8.GetString(await Export(here, "Csv", columns)),
            Encoding.UTF8.GetString(await Export(there, "Csv", columns))
        );
        // And a second time nothing changes.
        var again = await Imports.Check(there, await Imports.Upload(there, first, "x." + format), new() { ["mode"] = "ReplaceAndDelete" });
        Assert.Equal((0, 0, 3, 0), Imports.Numbers(again));
    }

    [Fact]
    public async Task Formulas_are_defused_in_csv_numbers_stay_numbers_and_json_is_untouched()
    {
        var site = await host.NewSite();
        await Imports.Attributes(site);
        var admin = await site.SignIn("admin");
        await Imports.Run(admin, (await Imports.Check(admin, await Imports.Upload(admin, Members))).Id);
        var csv = Encoding.UTF8.GetString(await Export(admin, "Csv", columns)).Split("\r\n");
        Assert.StartsWith("\uFEFF", csv[0]);
        Assert.StartsWith("trip1@example.com,\"'=1+1, \"\"x\"\"\",'+81300000000,", csv[1]);
        Assert.EndsWith(",00123,-5,'@hana", csv[1]);
        using var json = JsonDocument.Parse(await Export(admin, "Json", columns));
        var row = json.RootElement[0];
        Assert.Equal(
            ("=1+1, \"x\"", "@hana", -5m, "00123"),
            (
                row.GetProperty("name").GetString(),
                row.GetProperty("attribute:remark").GetString(),
                row.GetProperty("attribute:balance").GetDecimal(),
                row.GetProperty("attribute:number").GetString()
            )
        );
        Assert.Equal(JsonValueKind.Null, json.RootElement[1].GetProperty("attribute:telephone").ValueKind);
    }

    [Fact]
    public async Task An_export_is_one_record_with_purpose_columns_and_members_and_none_without_a_purpose()
    {
        var site = await host.NewSite();
        await Imports.Attributes(site);
        var admin = await site.SignIn("admin");
        await Imports.Run(admin, (await Imports.Check(admin, await Imports.Upload(admin, Members))).Id);
        var page = await admin.Get("/staff/members/export?q=trip");
        var name = Purposes.CookieName(site.Host.Services.GetRequiredService<IConfiguration>());
        admin.Cookies.GetCookies(new Uri(site.Url))[name]!.Expired = true;
        var refused = await admin.Submit(page, new() { ["column"] = "name" }, "form[action*='/export/file']");
        Assert.Contains("Say what the file is for", refused.Text);
        Assert.Empty(refused.Document.QuerySelectorAll("form[action*='/export/file'], [name='for'][checked]"));
        var said = await admin.Submit(refused, new() { ["for"] = "upkeep" }, "form:has([name='for'])");
        Assert.NotNull(said.Document.QuerySelector("form[action*='/export/file'][action*='q=trip']"));
        Assert.Equal(0, await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.export-found")));
        await Export(admin, "Csv", "name", "attribute:telephone");
        var record = await site.Db(db => db.Audit.SingleAsync(a => a.Action == "members.export-found"));
        var ids = await site.Db(db =>
            db.Members.Where(m => m.Email!.StartsWith("trip")).OrderBy(m => m.Id).Select(m => m.Id).ToListAsync()
        );
        Assert.Equal(
            (3, "upkeep", "name attribute.telephone", JsonSerializer.Serialize(ids)),
            (record.Count, record.Purpose, record.Fields, record.Ids)
        );
    }

    [Fact]
    public async Task A_role_is_exported_by_its_name_whoever_made_it()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        const string own = "own-0123456789ab";
        await site.Db(async db =>
        {
            db.StaffRoles.Add(new() { Key = own, Names = Translations.Of(_ => "Trip leader"), Permissions = "" });
            await db.SaveChangesAsync();
            return await db.Members.Where(m => m.Email!.StartsWith("ben@")).ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, own));
        });
        var page = await admin.Get("/staff/members/export");
        var file = await Export(admin, page, "Csv", "name", "role");
        Assert.Contains("Ben,Trip leader\r\n", Encoding.UTF8.GetString(file));
        Assert.Contains("Moderator,Moderator\r\n", Encoding.UTF8.GetString(file));
        Assert.DoesNotContain(own, Encoding.UTF8.GetString(file));
    }

    /// <summary>
    /// The working set of a process tells of everything that runs in it. This counts which members are still held when the last of them is
    /// written: those of two or three batches, however many there are.
    /// </summary>
    [Fact]
    public async Task An_export_holds_a_few_batches_of_members_whatever_their_number()
    {
        const int Count = 4_000, Held = 1_500;
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            var ids = await db.TakeIds<Member>(Count);
            await db.InsertAll(ids.ConvertAll(id =>
            {
                var member = Member.Create("Many " + id, EmailAddress.Parse($"many{id}@example.com"), db.Now);
                (member.Id, member.AddressHash) = (id, "many" + id);
                return member;
            }));
            await change.Commit();
            return 0;
        });
        foreach (var format in Enum.GetValues<ExportFormat>())
        {
            var (written, held) = await site.With<IServiceProvider, (int, int)>(async services =>
            {
                var (db, exports) = (services.GetRequiredService<SiteDb>(), services.GetRequiredService<ExportFound>());
                var first = await db.Members.Where(m => m.Email!.StartsWith("many")).MinAsync(m => m.Id);
                var (seen, held) = (new List<WeakReference>(), 0);
                ExportColumn[] watched =
                [
                    new("watched", "Watched", (member, _) =>
                    {
                        seen.Add(new(member));
                        if (seen.Count == Count)
                        {
                            GC.Collect();
                            held = seen.Count(m => m.IsAlive);
                        }
                        return new(member.Name);
                    }),
                ];
                await exports.Write(new(format, watched, [(first, first + Count - 1)]), Stream.Null, default);
                Assert.Empty(db.ChangeTracker.Entries());
                return (seen.Count, held);
            });
            Assert.Equal(Count, written);
            Assert.True(held <= Held, $"{format}: {held} members are held");
        }
    }

    [Fact]
    public async Task An_export_of_many_is_one_short_record_by_which_each_of_them_is_found()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var rows = string.Concat(Enumerable.Range(1, 250).Select(n => $"trip{n}@example.com,Trip {n}\n"));
        await Imports.Run(admin, (await Imports.Check(admin, await Imports.Upload(admin, "email,name\n" + rows))).Id);
        await Export(admin, "Json", "name");
        var record = await site.Db(db => db.Audit.SingleAsync(a => a.Action == "members.export-found"));
        Assert.Equal((250, null), (record.Count, record.Ids));
        Assert.InRange(record.IdSet!.Length, 1, 40);
        var page = await admin.Get("/staff/audit?action=members.export-found");
        async Task<bool> Has(string member)
        {
            var log = (await admin.Submit(page, new() { ["member"] = member })).Document.QuerySelector(".log");
            return log?.TextContent.Contains("export") == true;
        }
        Assert.True(await Has("trip137@example.com"));
        Assert.False(await Has("ben@example.com"));
    }

    [Theory]
    [InlineData("Csv")]
    [InlineData("Xlsx")]
    public async Task Groups_and_tags_come_back_as_they_were_exported_and_go_when_the_import_is_undone(string format)
    {
        var (from, to) = (await host.NewSite(), await host.NewSite());
        string[] keys = ["email", "name", "groups", "tags"];
        foreach (var site in new[] { from, to }) await Places(site);
        var (here, there) = (await from.SignIn("admin"), await to.SignIn("admin"));
        const string file = "email,name,Groups,タグ\ntrip1@example.com,One,Walkers; Tea; and cake,Ｖｉｐ\n"
            + "trip2@example.com,Two,tea; and cake,\"vip; Owes, \"\"much\"\"\"\ntrip3@example.com,Three,,\n"
            + "trip4@example.com,Four,Nobody's,\ntrip5@example.com,Five,,unheard of\ntrip6@example.com,Six,Two of a kind,\n";
        var imported = await Imports.Run(here, (await Imports.Check(here, await Imports.Upload(here, file))).Id);
        Assert.Equal((3, 0, 0, 3), Imports.Numbers(imported));
        var problems = await Imports.Problems(here, imported.Id);
        Assert.Contains("no group named “Nobody's”", problems);
        Assert.Contains("no tag named “unheard of”", problems);
        Assert.Contains("no group named “Two of a kind”", problems);
        Assert.Equal([("Tea; and cake", 2), ("Two of a kind", 0), ("Two of a kind", 0), ("Walkers", 1)], await Counts(from));

        var first = await Export(here, format, keys);
        var done = await Imports.Run(there, (await Imports.Check(there, await Imports.Upload(there, first, "x." + format))).Id);
        Assert.Equal((3, 0, 0, 0), Imports.Numbers(done));
        Assert.Equal(Encoding.UTF8.GetString(await Export(here, "Csv", keys)), Encoding.UTF8.GetString(await Export(there, "Csv", keys)));
        var again = await Imports.Check(there, await Imports.Upload(there, first, "x." + format), new() { ["mode"] = "ReplaceAndDelete" });
        Assert.Equal((0, 0, 3, 0), Imports.Numbers(again));

        // Who was known gets what is missing and loses nothing; what a person decided stays; undoing takes back what the file gave.
        var ids = await to.Db(db =>
            db.Members.Where(m => m.Email!.StartsWith("trip")).OrderBy(m => m.Email).Select(m => m.Id).ToListAsync()
        );
        await to.Db(async db =>
        {
            var walkers = await db.Groups.SingleAsync(g => g.Name == "Walkers");
            walkers.MaxMembers = 2;
            var admin = await db.Members.Where(m => m.Email == "admin@example.com").Select(m => m.Id).SingleAsync();
            db.GroupExclusions.Add(new() { GroupId = walkers.Id, MemberId = ids[1], At = db.Now, ExcludedBy = admin });
            return await db.SaveChangesAsync();
        });
        const string more = "email,groups,tags\ntrip2@example.com,Walkers,\ntrip3@example.com,Walkers,vip\nanna@example.com,Walkers,\n";
        var third = await Imports.Run(there, (await Imports.Check(there, await Imports.Upload(there, more))).Id);
        Assert.Equal(("Walkers", 2), (await Counts(to))[^1]);
        problems = await Imports.Problems(there, third.Id);
        Assert.Contains("taken out of the group", problems);
        Assert.Contains("no more members", problems);
        Assert.Equal(0, await to.Db(db => db.SystemMails.CountAsync()));
        await Imports.Press(there, third.Id, "undo");
        await Imports.Until(to, third.Id, ImportState.Undone);
        Assert.Equal(("Walkers", 1), (await Counts(to))[^1]);
        Assert.False(await to.Db(db => db.MemberTags.AnyAsync(t => t.MemberId == ids[2])));
        await Imports.Press(there, done.Id, "undo");
        var undone = await Imports.Until(to, done.Id, ImportState.Undone);
        // The second was taken out of a group, and the third is marked as changed: both are listed.
        Assert.Equal((1, 2), (undone.Undone, undone.Left));
        Assert.Equal([("Tea; and cake", 1), ("Two of a kind", 0), ("Two of a kind", 0), ("Walkers", 0)], await Counts(to));

        static Task<int> Places(TestSite site) =>
            site.Db(db =>
            {
                foreach (
                    var (key, name) in new[] { ("w", "Walkers"), ("t", "Tea; and cake"), ("k1", "Two of a kind"), ("k2", "Two of a kind") }
                )
                    db.Groups.Add(
                        new()
                        {
                            Key = "trip-" + key,
                            Name = name,
                            Joining = Joining.Staff,
                            CreatedAt = db.Now,
                        }
                    );
                foreach (var name in new[] { "VIP", "Owes, \"much\"" })
                {
                    var tag = new Tag { CreatedAt = db.Now };
                    tag.Rename(name);
                    db.Tags.Add(tag);
                }
                return db.SaveChangesAsync();
            });

        static async Task<List<(string, int)>> Counts(TestSite site) =>
            (await site.Db(db => db.Groups.Where(g => g.Key.StartsWith("trip-")).OrderBy(g => g.Name)
                .Select(g => new { g.Name, g.MemberCount }).ToListAsync())).ConvertAll(g => (g.Name, g.MemberCount));
    }

    [Fact]
    public async Task What_somebody_may_not_see_is_in_no_export()
    {
        var site = await host.NewSite();
        await Imports.Attributes(site);
        var admin = await site.SignIn("admin");
        await Imports.Run(admin, (await Imports.Check(admin, await Imports.Upload(admin, Members))).Id);
        var id = await site.Db(db => db.Members.Where(m => m.Email == "admin@example.com").Select(m => m.Id).SingleAsync());
        await site.With<IServiceProvider, int>(async s =>
        {
            var db = (SiteDb)s.GetService(typeof(SiteDb))!;
            var texts = (Microsoft.Extensions.Localization.IStringLocalizer)
                s.GetService(typeof(Microsoft.Extensions.Localization.IStringLocalizer))!;
            var may = Reader.Visitor with
            {
                Id = id,
                Permissions = new HashSet<string> { MembersPermissions.Search, MembersPermissions.Export },
            };
            var keys = (await ExportColumn.Of(db, may, texts, default)).Select(c => c.Key).ToList();
            Assert.DoesNotContain("email", keys);
            Assert.DoesNotContain("attribute:prefecture", keys);
            Assert.Contains("attribute:telephone", keys);
            return 0;
        });
    }
}
