using System.Net;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Searches are built without script, saved as segments, and segments are as fresh as what they stand on.</summary>
[OnBothDatabases]
public sealed class SegmentTests(TestHost host)
{
    const string Form = "form:has([name='c-match'])";

    static List<string> Found(Page page) => [.. page.Document.QuerySelectorAll("tbody th[scope=row]").Select(r => r.TextContent.Trim())];

    /// <summary>Presses a button of the form of conditions.</summary>
    static Task<Page> Press(Visitor staff, Page page, string act, Dictionary<string, string>? typed = null)
    {
        var fields = new Dictionary<string, string>(typed ?? []) { ["c-do"] = act };
        Assert.NotNull(page.Document.QuerySelector($"button[name='c-do'][value='{act}']"));
        return staff.Submit(page, fields, Form);
    }

    static async Task<long> Segment(TestSite site, Visitor staff, string name, Dictionary<string, string> fields)
    {
        var page = await staff.Submit("/staff/segments/new", new(fields) { ["Name"] = name }, Form);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        return await site.Db(db => db.Segments.Where(s => s.Name == name).Select(s => s.Id).SingleAsync());
    }

    [Fact]
    public async Task Conditions_are_added_grouped_moved_and_removed_by_buttons_and_keep_what_was_typed()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff/members");
        page = await Press(admin, page, "add:", new() { ["c-add"] = "members.name" });
        Assert.NotNull(page.Document.QuerySelector("[name='c0-name']"));
        page = await Press(admin, page, "add:", new() { ["c-add"] = "members.role", ["c0-name"] = "ann" });
        Assert.Equal("ann", page.Document.QuerySelector("[name='c0-name']")!.GetAttribute("value"));
        // What is wrong is kept as well, until the search itself tells it.
        page = await Press(admin, page, "add:", new() { ["c-add"] = "members.joined", ["c1-role"] = "administrator" });
        page = await Press(admin, page, "wrap:1", new() { ["c2-from"] = "soon" });
        Assert.Equal("soon", page.Document.QuerySelector("[name='c2-from']")!.GetAttribute("value"));
        Assert.Equal("any", page.Document.QuerySelector("select[name='c1-match'] option[selected]")!.GetAttribute("value"));
        Assert.Equal("administrator", page.Document.QuerySelector("select[name='c1-0-role'] option[selected]")!.GetAttribute("value"));
        page = await Press(admin, page, "down:0");
        Assert.Equal("ann", page.Document.QuerySelector("[name='c0-0-name']")!.GetAttribute("value"));
        page = await Press(admin, page, "remove:1");
        Assert.Null(page.Document.QuerySelector("[name='c1-from']"));
        Assert.Empty(Found(page));
        page = await admin.Submit(page, [], Form);
        Assert.Equal(["Admin", "Anna"], Found(page).Order());
        Assert.DoesNotContain("ann", page.Url.Query);
        page = await Press(admin, page, "unwrap:0");
        page = await admin.Submit(page, new() { ["c-match"] = "none" }, Form);
        Assert.Equal(["Ben", "Carla", "Mailer", "Moderator", "Newman", "Susan", "Webmaster"], Found(page).Order());
        Assert.Contains("are not among those who", page.Text);
        // A group that was left empty, and a condition left empty, name their lines.
        page = await Press(admin, page, "group:");
        page = await Press(admin, page, "add:", new() { ["c-add"] = "members.joined" });
        page = await admin.Submit(page, new() { ["c0-name"] = "　" }, Form);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        var told = page.Document.QuerySelector(".error-summary")!.TextContent;
        Assert.Contains("Condition 1 (Name) is empty", told);
        Assert.Contains("Group 3 is empty", told);
        Assert.Contains("Condition 4 (Date of joining) is empty", told);
    }

    [Fact]
    public async Task Every_move_of_a_line_leads_somewhere_and_back()
    {
        var site = await host.NewSite();
        var offered = await site.Db(async db => (await MemberCondition.On(db)).ToList());
        var form = ChosenForm.Of(
            Chosen.Parse(
                """{"all":[{"members.name":{"text":"a"}},{"any":[{"members.name":{"text":"b"}},{"members.name":{"text":"c"}}]}]}"""
            ),
            offered
        );
        var start = form.Read(new(), null!).ToJson();
        var seen = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var place = form.Root.Lines.SelectMany(l => l.IsGroup ? l.Lines : [l]).Single(l => form.Fields(l)["name"] == "a").Place;
            seen.Add(place);
            form.Do("down:" + place, []);
        }
        Assert.Equal(["0", "0-0", "0-1"], seen);
        foreach (var place in new[] { "0-2", "0-1", "0-0" }) form.Do("up:" + place, []);
        Assert.Equal(start, form.Read(new(), null!).ToJson());
        // Acts on places that there are not, or that make no sense, change nothing.
        foreach (var act in new[] { "remove:", "unwrap:0", "up:9", "down:x", "wrap:", "add:0", "nonsense", "up", ":::" }) form.Do(act, []);
        Assert.Equal(start, form.Read(new(), null!).ToJson());
        Assert.Equal(form.ToFields(), ChosenForm.Sent(form.ToFields().Select(f => KeyValuePair.Create(
            f.Key, new Microsoft.Extensions.Primitives.StringValues(f.Value))), offered).ToFields());
    }

    [Fact]
    public async Task A_search_is_saved_as_a_segment_and_found_by_it_live_or_frozen()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await admin.Submit("/staff/members", new() { ["c0-key"] = "members.role", ["c0-role"] = "staff", ["q"] = "a" }, Form);
        Assert.Equal(["Admin", "Mailer", "Moderator", "Webmaster"], Found(page).Order());
        var save = await admin.Get(page.Document.QuerySelector("a[href^='/staff/segments/new']")!.GetAttribute("href")!);
        await admin.Submit(save, new() { ["Name"] = "Team" }, Form);
        var frozen = await admin.Submit(save, new() { ["Name"] = "Team then", ["Frozen"] = "true" }, Form);
        var (live, list) = await site.Db(async db => (
            await db.Segments.SingleAsync(s => s.Name == "Team"), await db.Segments.SingleAsync(s => s.Name == "Team then")));
        await TestSite.Until(() => site.Db(db => db.Segments.AnyAsync(s => s.Id == list.Id && s.Count == 4)), "the list is written down");
        await site.Db(db => db.Members.Where(m => m.Name == "Mailer").ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, (string?)null)));
        Assert.Equal(["Admin", "Moderator", "Webmaster"], Found(await admin.Get($"/staff/members?segment={live.Id}")).Order());
        Assert.Equal(["Admin", "Mailer", "Moderator", "Webmaster"], Found(await admin.Get($"/staff/members?segment={list.Id}")).Order());
        var all = await admin.Get("/staff/segments");
        Assert.Equal(["3", "4"], all.Document.QuerySelectorAll("tbody td:nth-of-type(2)").Select(c => c.TextContent.Trim()));
    }

    [Fact]
    public async Task A_segment_of_a_segment_is_live_and_no_segment_is_a_part_of_itself()
    {
        var site = await host.NewSite();
        var (admin, tags) = (await site.SignIn("admin"), await site.SignIn("mod"));
        await tags.Submit("/staff/tags", new() { ["Name"] = "VIP" });
        var tag = await site.Db(db => db.Tags.Select(t => t.Id).SingleAsync());
        var a = await Segment(site, admin, "A", new() { ["c0-key"] = "members.tags", ["c0-tag"] = $"{tag}" });
        var b = await Segment(site, admin, "B", new()
        {
            ["c0-key"] = "members.state",
            ["c0-state"] = "Active",
            ["c1-key"] = "members.segment",
            ["c1-not"] = "1",
            ["c1-segment"] = $"{a}",
        });
        async Task<int> Count() =>
            await site.Db(async db => await (await Chosen.By(SegmentCondition.With(b)).Apply(db.Members, db)).CountAsync());
        Assert.Equal(7, await Count());
        var anna = await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync());
        await tags.Submit($"/staff/members/{anna}", new() { ["tags"] = $"{tag}" }, $"form[action$='/{anna}/tags']");
        Assert.Equal(6, await Count());
        // A = not B would be a circle; so would A = A, and A by way of a third.
        var c = await Segment(site, admin, "C", new() { ["c0-key"] = "members.segment", ["c0-segment"] = $"{b}" });
        foreach (var inner in new[] { a, b, c })
        {
            var refused = await admin.Submit(
                $"/staff/segments/{a}",
                new() { ["c0-key"] = "members.segment", ["c0-not"] = "1", ["c0-segment"] = $"{inner}" },
                Form
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
            Assert.Contains("cannot be a part of itself", refused.Document.QuerySelector(".error-summary")!.TextContent);
        }
        // Written into the database, a circle selects nobody, and breaks what names it alone.
        await site.Db(db => db.Segments.Where(s => s.Id == a)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.ChosenJson, "{\"members.segment\":{\"segment\":" + b + "}}")));
        Assert.Equal(0, await Count());
        Assert.Contains("Broken", (await admin.Get("/staff/segments")).Text);
    }

    [Fact]
    public async Task A_broken_segment_says_which_condition_reaches_nobody_and_touches_no_other()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        foreach (var name in new[] { "one", "two", "three" }) await admin.Submit("/staff/tags", new() { ["Name"] = name });
        var tags = await site.Db(db => db.Tags.ToDictionaryAsync(t => t.Name, t => t.Id));
        var ids = new List<long>();
        foreach (var (name, tag) in tags)
            ids.Add(
                await Segment(
                    site,
                    admin,
                    "not " + name,
                    new()
                    {
                        ["c0-key"] = "members.tags",
                        ["c0-not"] = "1",
                        ["c0-tag"] = $"{tag}",
                    }
                )
            );
        // A name is not what a condition refers to.
        await admin.Submit($"/staff/tags/{tags["one"]}", new() { ["Name"] = "first" });
        Assert.Contains("not two", (await admin.Get($"/staff/tags/{tags["two"]}")).Document.QuerySelector(".uses")!.TextContent);
        await admin.Submit($"/staff/tags/{tags["two"]}", [], "form[action$='/delete']");
        var list = await admin.Get("/staff/segments");
        var cells = list.Document.QuerySelectorAll("tbody tr").ToDictionary(
            r => r.QuerySelector("th")!.TextContent.Trim(), r => r.QuerySelector("td:nth-of-type(2)")!.TextContent.Trim());
        Assert.Equal(("9", "Broken", "9"), (cells["not one"], cells["not two"], cells["not three"]));
        var broken = await admin.Get($"/staff/segments/{ids[1]}");
        Assert.Contains("a deleted tag", broken.Document.QuerySelector(".notice.danger")!.TextContent);
        var mailing = new Community.Mailing.Mailing { KindId = 1, Audience = new(Chosen.By(SegmentCondition.With(ids[1]))) };
        Assert.Empty(await site.Db(async db => await (await Audience.Receivers(mailing, db)).ToListAsync()));
        Assert.True(await site.Db(db => mailing.Audience.RefersToDeleted(db)));
        var saved = await admin.Submit(broken, new() { ["Name"] = "again" }, Form);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, saved.Status);
        Assert.NotNull(saved.Document.QuerySelector("#c0-tag-error"));
    }

    [Fact]
    public async Task Before_a_group_is_deleted_the_segments_that_name_it_are_shown()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var group = await site.Db(db => db.Groups.Where(g => g.Key == "open").Select(g => g.Id).SingleAsync());
        await Segment(site, admin, "Of the open", new() { ["c0-key"] = "members.groups", ["c0-group"] = $"{group}" });
        Assert.Contains("Of the open", (await admin.Get("/staff/groups/open/edit")).Document.QuerySelector("details .notice")!.TextContent);
        Assert.Null((await admin.Get("/staff/groups/circle/edit")).Document.QuerySelector("details .notice"));
    }

    [Fact]
    public async Task A_segment_in_use_is_named_and_not_deleted()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var a = await Segment(site, admin, "A", new() { ["c0-key"] = "members.state", ["c0-state"] = "Active" });
        await admin.Write("x", "x", also: new()
        {
            ["Form.c0-key"] = "members.segment",
            ["Form.c0-segment"] = $"{a}",
            ["Form.Then"] = "save",
        });
        var page = await admin.Get($"/staff/segments/{a}");
        Assert.Contains("the mailing “x”", page.Document.QuerySelector(".uses")!.TextContent);
        Assert.Null(page.Document.QuerySelector("form[action$='/delete']"));
        var reader = await site.Reader("admin");
        await Assert.ThrowsAsync<Refused>(() =>
            site.With<SaveSegment, bool>(async s =>
            {
                await s.Delete(reader, a, default);
                return true;
            })
        );
        Assert.Equal(1, await site.Db(db => db.Segments.CountAsync()));
    }

    [Fact]
    public async Task Who_may_not_see_addresses_finds_nobody_by_them_not_even_by_a_colleagues_segment()
    {
        var site = await host.NewSite();
        var (admin, mod) = (await site.SignIn("admin"), await site.SignIn("mod"));
        Assert.Equal(["Ben"], Found(await admin.Get("/staff/members?address=ben%40")));
        var a = await Segment(site, admin, "Bens", new() { ["c0-key"] = "members.address", ["c0-address"] = "ben@" });
        // A moderator's form offers no such condition, and a crafted address of one is not read.
        var page = await mod.Get("/staff/members");
        Assert.Null(page.Document.QuerySelector("option[value='members.address']"));
        Assert.Equal(9, Found(await mod.Get("/staff/members?address=ben%40")).Count);
        var closed = await mod.Get($"/staff/members?segment={a}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, closed.Status);
        Assert.Empty(Found(closed));
        Assert.DoesNotContain("Bens", (await mod.Submit(page, new() { ["c-add"] = "members.segment", ["c-do"] = "add:" }, Form)).Text);
    }

    [Fact]
    public async Task Columns_are_kept_for_each_of_the_staff_and_addresses_stay_masked()
    {
        var site = await host.NewSite();
        var mod = await site.SignIn("mod");
        var page = await mod.Get("/staff/members");
        await mod.Send(new(HttpMethod.Post, "/staff/members/columns")
        {
            Content = new FormUrlEncodedContent([
            new("__RequestVerificationToken", page.Document.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!),
            new("column", "groups"), new("column", "email"), new("column", "nonsense"),
        ])
        });
        page = await mod.Get("/staff/members?q=carla");
        Assert.Equal(
            ["Display name", "E-mail address", "Groups"],
            page.Document.QuerySelectorAll("thead th").Select(h => h.TextContent.Trim())
        );
        Assert.Contains("Circle", page.Document.QuerySelector("tbody tr")!.TextContent);
        Assert.DoesNotContain("carla@example.com", page.Html);
        Assert.Equal("name groups", await site.Db(db => db.Audit.OrderByDescending(a => a.Id).Select(a => a.Fields).FirstAsync()));
        Assert.Contains("Joined", (await (await site.SignIn("admin")).Get("/staff/members")).Document.QuerySelector("thead")!.TextContent);
    }

    [Fact]
    public async Task Notes_are_for_staff_with_the_right_and_leave_with_the_member()
    {
        var site = await host.NewSite();
        var (mod, mailer) = (await site.SignIn("mod"), await site.SignIn("mailer"));
        var ben = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync());
        await mod.Submit($"/staff/members/{ben}", new() { ["note"] = "Rang about the parcel" });
        Assert.Contains("Rang about the parcel", (await mod.Get($"/staff/members/{ben}")).Text);
        Assert.DoesNotContain("Rang about the parcel", (await mailer.Get($"/staff/members/{ben}")).Text);
        var export = new MemoryStream();
        await site.With<ExportMember, bool>(e => e.Write(ben, false, export, default));
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(export.ToArray()));
        using var json = new StreamReader(zip.GetEntry("data.json")!.Open());
        var told = await json.ReadToEndAsync();
        Assert.Contains("Rang about the parcel", told);
        await site.With<EraseMember, string?>(e => e.Erase(ben));
        Assert.Equal(0, await site.Db(db => db.MemberNotes.CountAsync()));
    }
}
