using System.Net;
using Community.Boards;
using Community.Kernel;
using Community.Members;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>A member may be moderator of single boards: there they do what moderators do, and nowhere else.</summary>
[OnBothDatabases]
public sealed class BoardModeratorTests(TestHost host)
{
    /// <summary>Every button and form of moderation, by what follows a topic's address.</summary>
    static readonly string[] acts = ["pin", "unpin", "lock", "unlock", "hide", "restore", "posts/1/hide", "posts/1/restore", "move"];

    static async Task<TestSite> Appointed(TestHost host, params string[] boards)
    {
        var site = await host.NewSite();
        foreach (var board in boards) await Appoint(site, "ben", board);
        return site;
    }

    static async Task Appoint(TestSite site, string who, string board, bool on = true)
    {
        var (admin, member) = (await site.Reader("admin"), (await site.Reader(who)).Id!.Value);
        var id = await site.Db(db => db.Boards.Where(b => b.Key == board).Select(b => b.Id).SingleAsync());
        Assert.True(await site.With<BoardModerators, bool>(m => m.Appoint(admin, id, member, on, default)));
    }

    /// <summary>Sends a form to an address, with a token that is good.</summary>
    static async Task<Page> Send(Visitor who, string url, Dictionary<string, string> fields)
    {
        var token = (await who.Get("/account")).Document.QuerySelector("input[name='__RequestVerificationToken']")!;
        fields["__RequestVerificationToken"] = token.GetAttribute("value")!;
        return await who.Send(new(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(fields) });
    }

    static Dictionary<string, string> Fields(string act) => act switch
    {
        "move" => new() { ["_handler"] = "move", ["board"] = "general" },
        "hide" or "posts/1/hide" => new() { ["_handler"] = "hide", ["reason"] = "Why" },
        _ => [],
    };

    [Fact]
    public async Task Who_moderates_one_board_needs_the_second_step_that_moderators_need()
    {
        var site = await Appointed(host, "general");
        var (admin, ben, anna) = (await site.SignIn("admin"), await site.SignIn("ben"), await site.SignIn("anna"));
        Assert.Equal("/boards/general", (await ben.Get("/boards/general")).Url.AbsolutePath);
        await admin.Submit("/staff/settings/sign-in", new() { ["moderatorsNeedSecondFactor"] = "true" }, "form.form");
        foreach (var path in new[] { "/staff", "/boards/general", "/account" })
            Assert.Equal("/account/security", (await ben.Get(path)).Url.AbsolutePath);
        Assert.Contains("needs a second step", (await ben.Get("/boards/general")).Text);
        Assert.Equal("/boards/general", (await anna.Get("/boards/general")).Url.AbsolutePath);
        // What they have they cannot take off while they moderate.
        var id = (await site.Reader("ben")).Id!.Value;
        var row = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Id == id));
        Assert.True(await site.With<RequiredFactors, bool>(async r => await r.Of(row)));
        await Appoint(site, "ben", "general", on: false);
        Assert.Equal("/boards/general", (await ben.Get("/boards/general")).Url.AbsolutePath);
        Assert.False(await site.With<RequiredFactors, bool>(async r => await r.Of(row)));
    }

    [Fact]
    public async Task Every_act_works_on_the_own_board_and_on_no_other()
    {
        var site = await Appointed(host, "general", "lounge");
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var (own, other) = (await anna.Start("general", "Own"), await (await site.SignIn("carla")).Start("inner", "Other"));
        var readable = await (await site.SignIn("admin")).Start("news", "Readable");
        foreach (var foreign in new[] { other, readable })
        {
            foreach (var act in acts)
            {
                var answer = await Send(ben, $"{foreign}/{act}", Fields(act));
                // A page that is not found has no such form.
                Assert.True(
                    answer.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Conflict,
                    $"{act}: {answer.Status}"
                );
            }
            foreach (var form in new[] { "hide", "posts/1/hide", "move" })
                Assert.Equal(HttpStatusCode.NotFound, (await ben.Get($"{foreign}/{form}")).Status);
        }
        Assert.Equal(0, await site.Db(db => db.ModerationLog.CountAsync()));
        Assert.DoesNotContain("/pin", (await ben.Get(readable)).Html);
        Assert.Contains("/pin", (await ben.Get(own)).Html);
        foreach (var act in acts)
        {
            var fields = Fields(act);
            if (act == "move") fields["board"] = "lounge";
            var answer = await Send(ben, $"{own}/{act}", fields);
            Assert.True(answer.Status is HttpStatusCode.Redirect or HttpStatusCode.SeeOther, $"{act}: {answer.Status}");
        }
        Assert.Equal(
            ["HidePost", "HideTopic", "Lock", "Move", "Pin", "RestorePost", "RestoreTopic", "Unlock", "Unpin"],
            (await site.Db(db => db.ModerationLog.Select(m => m.Act).ToListAsync())).Select(a => a.ToString()).Order()
        );
    }

    [Fact]
    public async Task A_topic_moves_only_between_boards_that_they_moderate()
    {
        var site = await Appointed(host, "general");
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Stays");
        var form = await ben.Get(topic + "/move");
        Assert.Equal([""], form.Document.QuerySelectorAll("#board option").Select(o => o.GetAttribute("value")!));
        var refused = await Send(ben, topic + "/move", new() { ["_handler"] = "move", ["board"] = "lounge" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("a topic moves only between boards that you moderate", refused.Text);
        await Appoint(site, "ben", "lounge");
        var moved = await ben.Submit(topic + "/move", new() { ["board"] = "lounge" });
        Assert.True(moved.Url.AbsolutePath.StartsWith("/boards/lounge/"), moved.Text);
    }

    [Fact]
    public async Task They_see_what_is_hidden_and_earlier_versions_on_their_board_alone()
    {
        var site = await Appointed(host, "general");
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        foreach (var (board, sees) in new[] { ("general", true), ("lounge", false) })
        {
            var topic = await anna.Start(board, "Seen " + board, "zqbefore");
            await anna.Submit(topic + "/posts/1/edit", new() { ["title"] = "Seen " + board, ["text"] = "zqafter" });
            Assert.Equal(sees, (await ben.Get(topic + "/posts/1/history")).Html.Contains("zqbefore"));
            await mod.Submit(topic + "/posts/1/hide", new() { ["reason"] = "" });
            Assert.Equal(sees, (await ben.Get(topic)).Html.Contains("zqafter"));
            await mod.Submit(topic + "/hide", new() { ["reason"] = "" });
            Assert.Equal(sees ? HttpStatusCode.OK : HttpStatusCode.NotFound, (await ben.Get(topic)).Status);
            Assert.Equal(sees, (await ben.Get("/boards/" + board)).Text.Contains("Seen " + board));
        }
        // A board for a group that they are not in: they read it, as its moderator.
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get("/boards/inner")).Status);
        await Appoint(site, "ben", "inner");
        Assert.Equal(HttpStatusCode.OK, (await ben.Get("/boards/inner")).Status);
    }

    [Fact]
    public async Task Reports_and_the_log_are_those_of_their_board()
    {
        var site = await Appointed(host, "general");
        var (anna, ben, carla, mod) = (
            await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("carla"), await site.SignIn("mod")
        );
        var (own, other) = (await anna.Start("general", "Ours"), await anna.Start("lounge", "Theirs"));
        foreach (var topic in new[] { own, other }) await carla.Submit(topic + "/posts/1/report", new() { ["reason"] = "zqwhy" });
        var reports = await ben.Get("/staff/reports");
        Assert.Contains("Ours", reports.Text);
        Assert.DoesNotContain("Theirs", reports.Text);
        Assert.Equal("1", reports.Document.QuerySelector(".side-nav a[href='/staff/reports'] .count")!.LastChild!.TextContent.Trim());
        Assert.Contains("One reported post is waiting", (await ben.Get("/staff")).Text);
        Assert.NotNull((await ben.Get("/")).Document.QuerySelector(".account-menu a[href='/staff'] .count"));
        // Nothing else of the staff's.
        Assert.Equal(
            ["/staff", "/staff/boards/moderation", "/staff/queue", "/staff/reports"],
            reports.Document.QuerySelectorAll(".side-nav a").Select(a => a.GetAttribute("href")!).Order()
        );
        var theirs = await site.Db(db => db.Reports.Where(r => r.Post.Topic.Title == "Theirs").Select(r => r.Id).SingleAsync());
        foreach (var act in new[] { "dismiss", "reopen" })
            Assert.Equal(HttpStatusCode.Forbidden, (await Send(ben, $"/staff/reports/{theirs}/{act}", [])).Status);
        await mod.Submit(other + "/posts/1/hide", new() { ["reason"] = "zqelsewhere" });
        await mod.Submit(own + "/posts/1/hide", new() { ["reason"] = "zqhere" });
        var susan = await site.Db(db => db.Members.Where(m => m.Name == "Susan").Select(m => m.Id).SingleAsync());
        await site.Db(async db =>
        {
            db.Suspensions.Add(new() { MemberId = susan, At = db.Now, Reason = "zqsuspended" });
            return await db.SaveChangesAsync();
        });
        var log = await ben.Get("/staff/boards/moderation");
        Assert.Contains("zqhere", log.Text);
        Assert.DoesNotContain("zqelsewhere", log.Text);
        Assert.DoesNotContain("zqsuspended", log.Text);
        Assert.DoesNotContain("Susan", log.Text);
        Assert.Contains("zqsuspended", (await mod.Get("/staff/boards/moderation")).Text);
        Assert.Equal(
            ["Ours"],
            (await ben.Get("/staff/reports?state=handled")).Document.QuerySelectorAll("article h2 a")
                .Select(a => a.TextContent.Split(' ')[0])
        );
    }

    [Fact]
    public async Task A_topic_takes_no_name_of_a_board_that_they_may_not_read_into_their_log()
    {
        var site = await Appointed(host, "lounge");
        await site.Db(db => db.Boards.Where(b => b.Key == "inner").ExecuteUpdateAsync(s => s.SetProperty(b => b.Name, "Takeover → plans")));
        var (mod, ben) = (await site.SignIn("mod"), await site.SignIn("ben"));
        var carla = await site.SignIn("carla");
        var secret = await carla.Start("inner", "Redundancies");
        await carla.Submit(secret + "/reply", new() { ["Text"] = "About the party" });
        await mod.Submit(secret + "/posts/2/split", new() { ["title"] = "The party" });
        var made = await site.Db(db => db.Topics.Where(t => t.Title == "The party").Select(t => t.Id).SingleAsync());
        var wider = await mod.Submit(Topic.UrlOf("inner", made) + "/move", new() { ["board"] = "lounge" });
        await mod.Submit(wider, new() { ["board"] = "lounge", ["sure"] = "1" });
        var open = await (await site.SignIn("anna")).Start("general", "Open");
        await mod.Submit(open + "/move", new() { ["board"] = "lounge" });
        var (lounge, general) = await site.Db(async db => (
            await db.Boards.Where(b => b.Key == "lounge").Select(b => b.Name).SingleAsync(),
            await db.Boards.Where(b => b.Key == "general").Select(b => b.Name).SingleAsync()));

        var all = await mod.Get("/staff/boards/moderation");
        Assert.Contains($"Takeover → plans → {lounge}", all.Text);
        Assert.Contains("Redundancies → The party", all.Text);
        var own = await ben.Get("/staff/boards/moderation");
        Assert.Contains($"… → {lounge}", own.Text);
        Assert.Contains("… → The party", own.Text);
        Assert.Contains($"{general} → {lounge}", own.Text);
        Assert.DoesNotContain("Takeover", own.Html);
        Assert.DoesNotContain("plans", own.Html);
        Assert.DoesNotContain("Redundancies", own.Html);
    }

    [Fact]
    public async Task The_log_names_a_merged_topic_for_as_long_as_they_may_read_what_opened_it()
    {
        var site = await Appointed(host, "lounge");
        var (mod, ben, moderator) = (await site.SignIn("mod"), await site.SignIn("ben"), await site.Reader("mod", Roles.Moderator));
        var stays = Conversation.Id(await (await site.SignIn("anna")).Start("lounge", "Canteen"));
        var goes = Conversation.Id(await (await site.SignIn("carla")).Start("inner", "Redundancies"));
        // Its own lines go where its opening post goes.
        Assert.True(await site.With<Moderate, bool>(m => m.Pin(moderator, goes, true, default)));
        var place = (await site.With((MergeTopics m) => m.Of(moderator, stays, goes, default)))!;
        var both = await ben.Get("/staff/boards/moderation");
        Assert.Contains("Redundancies → Canteen", both.Text);
        Assert.Contains("pinned", both.Document.QuerySelector("ol.log")!.TextContent);
        var split = (await site.With((SplitTopic s) => s.Branch(moderator, stays, place.Number, "Redundancies", default)))!;
        Assert.True(await site.With<Moderate, bool>(m => m.Move(moderator, split.TopicId, "inner", default)));
        var own = await ben.Get("/staff/boards/moderation");
        Assert.Contains("… → Canteen", own.Text);
        Assert.DoesNotContain("Redundancies", own.Html);
        Assert.DoesNotContain("pinned", own.Document.QuerySelector("ol.log")!.TextContent);
        Assert.Contains("Redundancies → Canteen", (await mod.Get("/staff/boards/moderation")).Text);
    }

    [Fact]
    public async Task They_are_appointed_on_the_page_of_the_board_and_of_the_member_on_record()
    {
        var site = await host.NewSite();
        var (admin, ben) = (await site.SignIn("admin"), await site.SignIn("ben"));
        var topic = await (await site.SignIn("anna")).Start("general", "Here");
        var (board, member) = await site.Db(async db => (
            await db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync(),
            await db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync()
        ));
        Assert.Equal(HttpStatusCode.Forbidden, (await ben.Get("/staff")).Status);
        var found = await admin.Submit($"/staff/boards/{board}", new() { ["q"] = "Ben" }, "form[role='search']");
        Assert.DoesNotContain("Ben", found.Url.Query);
        var appointed = await admin.Submit(found, [], "form:has(input[name='appoint'])");
        Assert.Contains("They moderate this board now.", appointed.Document.QuerySelector("#moderators")!.TextContent);
        Assert.Contains("Ben", appointed.Document.QuerySelector("#moderators .member-list")!.TextContent);
        Assert.Contains("/pin", (await ben.Get(topic)).Html);
        Assert.Contains("made Ben moderator of a board", (await admin.Get("/staff/audit")).Text.Replace($" #{member}", ""));
        // On the member's page it is ticked; without the tick it ends, at once.
        var page = await admin.Get($"/staff/members/{member}");
        Assert.NotNull(page.Document.QuerySelector($"input[name='boards'][value='{board}'][checked]"));
        Assert.Equal(HttpStatusCode.Redirect, (await Send(admin, $"/staff/members/{member}/boards", [])).Status);
        Assert.DoesNotContain("/pin", (await ben.Get(topic)).Html);
        Assert.Equal(HttpStatusCode.Forbidden, (await ben.Get("/staff")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(ben, topic + "/pin", [])).Status);
        // Who manages boards and does not moderate gives nobody what they have not.
        var manager = await site.Reader("anna");
        await site.Db(async db =>
        {
            db.StaffRoles.Add(new() { Key = "own-keeper", Permissions = $"{BoardsPermissions.Manage} staff" });
            (await db.Members.SingleAsync(m => m.Id == manager.Id)).Role = "own-keeper";
            return await db.SaveChangesAsync();
        });
        await Assert.ThrowsAsync<Denied>(
            () => site.With<BoardModerators, bool>(m => m.Appoint(manager, board, manager.Id!.Value, true, default))
        );
    }

    [Fact]
    public async Task A_suspended_moderator_moderates_no_more_and_a_deleted_board_leaves_none()
    {
        var site = await Appointed(host, "general", "news");
        var (admin, ben) = (await site.Reader("admin"), await site.Reader("ben"));
        var topic = Conversation.Id(await (await site.SignIn("anna")).Start("general", "Here"));
        Assert.True(await site.With<Moderate, bool>(m => m.Pin(ben, topic, true, default)));
        await site.With<MemberRoles, bool>(r => r.Suspend(admin, ben.Id!.Value, "Why"));
        await Assert.ThrowsAsync<Denied>(() => site.With<Moderate, bool>(m => m.Pin(ben, topic, false, default)));
        var news = await site.Db(db => db.Boards.Where(b => b.Key == "news").Select(b => b.Id).SingleAsync());
        await site.With<EndBoard, int>(async e => { await e.Delete(admin, news, default); return 0; });
        Assert.Equal(1, await site.Db(db => db.MemberPermissions.CountAsync()));
    }

    [Fact]
    public async Task Of_two_members_made_one_neither_moderates_more_than_both_did()
    {
        var site = await Appointed(host, "general", "lounge");
        await Appoint(site, "carla", "lounge");
        await Appoint(site, "carla", "news");
        var (admin, ben, carla) = (
            await site.Reader("admin"), (await site.Reader("ben")).Id!.Value, (await site.Reader("carla")).Id!.Value
        );
        Task<List<string>> Held(long member) => site.Db(db =>
            BoardModerators.Of(db).Where(p => p.MemberId == member)
                .Join(db.Boards, p => p.ThingId, b => b.Id, (_, b) => b.Key).OrderBy(k => k).ToListAsync());
        var merge = await site.With<MergeMembers, long>(m => m.Merge(admin, ben, carla, new HashSet<string>(), default));
        Assert.Equal(["lounge"], await Held(ben));
        Assert.True(await site.With<MergeMembers, bool>(m => m.Undo(admin, merge, default)));
        Assert.Equal(["general", "lounge"], await Held(ben));
        Assert.Equal(["lounge", "news"], await Held(carla));
    }

    [Fact]
    public async Task Staff_who_may_not_moderate_do_not_take_over_a_moderators_account()
    {
        var site = await Appointed(host, "general");
        var (anna, ben) = (await site.Reader("anna"), await site.Reader("ben"));
        await site.Db(async db =>
        {
            var suspend = string.Join(' ', MembersPermissions.Search, MembersPermissions.Suspend, "staff");
            db.StaffRoles.Add(new() { Key = "own-desk", Permissions = suspend });
            (await db.Members.SingleAsync(m => m.Id == anna.Id)).Role = "own-desk";
            return await db.SaveChangesAsync();
        });
        await Assert.ThrowsAsync<Denied>(() => site.With<MemberRoles, bool>(r => r.SignOut(anna, ben.Id!.Value, null)));
        var carla = (await site.Reader("carla")).Id!.Value;
        Assert.True(await site.With<MemberRoles, bool>(r => r.SignOut(anna, carla, null)));
    }
}
