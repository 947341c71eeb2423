using System.Net;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>All posts of a member hidden in one act, and that act undone.</summary>
[OnBothDatabases]
public sealed class ClearingTests(TestHost host)
{
    /// <summary>40 topics and 160 answers of a spammer; in 15 of the topics others have answered; 6 of the posts are gone.</summary>
    async Task<(TestSite Site, long Spammer)> Spammed()
    {
        var site = await host.NewSite();
        var (ben, anna) = (await site.Reader("ben"), await site.Reader("anna"));
        await site.Db(async db =>
        {
            var board = await db.Boards.Include(b => b.Groups).FirstAsync(b => b.Key == "general");
            var all = new List<(Topic Topic, List<Post> Posts)>();
            for (var i = 0; i < 40; i++) all.Add(Written(board, ben, $"Pills {i}", i < 15 ? [anna, ben] : [ben, ben]));
            all.Add(Written(board, anna, "Anna's own", [.. Enumerable.Repeat(ben, 95), anna]));
            db.Topics.AddRange(all.Select(a => a.Topic));
            await db.SaveChangesAsync();
            foreach (var (topic, posts) in all)
                foreach (var post in posts) post.TopicId = topic.Id;
            db.Posts.AddRange(all.SelectMany(a => a.Posts));
            foreach (var (topic, posts) in all)
                foreach (var post in posts)
                    db.Publish(() => new PostPublished(board.Id, topic.Id, post.Id, post.Number, null, post.AuthorId));
            return await db.SaveChangesAsync();
        });
        // Decided before: by a moderator, and by the author.
        var mod = await site.Reader("mod");
        var last = await site.Db(db => db.Topics.Where(t => t.Title == "Anna's own").Select(t => t.Id).SingleAsync());
        foreach (var number in new[] { 2, 3, 4 }) await site.With((Moderate m) => m.HidePost(mod, last, number, "Before", default));
        foreach (var number in new[] { 5, 6, 7 }) await site.With((ChangePost c) => c.Delete(ben, last, number, default));
        await site.EventsRead();
        return (site, ben.Id!.Value);
    }

    (Topic, List<Post>) Written(Board board, Reader opener, string title, IReadOnlyList<Reader> answers)
    {
        var topic = board.StartTopic(opener, title, "Buy these", null, host.Clock.Now);
        topic.Board = board;
        var posts = new List<Post> { topic.Posts[0] };
        foreach (var author in answers) posts.Add(topic.Reply(author, posts[^1], null, "Words of " + author.Name, null, host.Clock.Now));
        topic.Posts = [];
        return (topic, posts);
    }

    static Task Until(TestSite site, ClearingState state) =>
        TestSite.Until(() => site.Db(db => db.Clearings.AnyAsync(c => c.State == state)), $"the clearing is {state}");

    static async Task Agrees(TestSite site)
    {
        await site.EventsRead();
        Assert.Equal([], await site.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask()));
    }

    /// <summary>All that a reader could see of the posts, and all that a moderator has decided.</summary>
    static Task<List<string>> State(TestSite site) => site.Db(async db => (await db.Posts.OrderBy(p => p.Id)
        .Select(p => new
        {
            p.Id,
            p.Topic.Title,
            Topic = p.Topic.HiddenAt,
            p.HiddenAt,
            p.HiddenReason,
            p.DeletedAt,
            p.Withheld,
            p.Topic.Replies,
        })
        .ToListAsync()).ConvertAll(p => $"{p}"));

    [Fact]
    public async Task All_of_a_spammer_is_hidden_in_one_act_that_is_shown_before_and_one_undo_brings_back_exactly_that()
    {
        var (site, spammer) = await Spammed();
        var (mod, anna) = (await site.SignIn("mod"), await site.SignIn("anna"));
        var before = await State(site);
        var page = await mod.Get($"/staff/boards/members/{spammer}/clear");
        // 40 openings, 65 answers there, 95 - 6 in another's topic; 25 topics go, 15 stay with 15 answers of others.
        Assert.Equal(["194", "0", "25", "15", "15"], page.Document.QuerySelectorAll(".figures dd").Select(d => d.TextContent));
        Assert.Equal(3, page.Document.QuerySelectorAll(".latest-list li").Length);
        Assert.Equal(before, await State(site));
        var refused = await mod.Submit(page, new() { ["suspend"] = "yes" }, "form:has([name=suspend])");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        var begun = await mod.Submit(page, new() { ["reason"] = "Spam", ["suspend"] = "yes" }, "form:has([name=suspend])");
        Assert.Equal("clearings/", begun.Url.Segments[^2]);
        await Until(site, ClearingState.Done);
        // Sent again, it is the same act.
        await mod.Submit(page, new() { ["reason"] = "Spam" }, "form:has([name=suspend])");
        var act = await site.Db(db => db.Clearings.AsNoTracking().SingleAsync());
        Assert.Equal((194, 194, 25), (act.Expected, act.Hidden, act.Topics));
        Assert.Equal(0, await site.Db(db => db.Posts.Where(p => p.AuthorId == spammer).Present().CountAsync()));
        Assert.Equal(17, await site.Db(db => db.Posts.Where(p => p.AuthorId != spammer).Present()
            .CountAsync(p => p.Topic.HiddenAt == null)));
        Assert.NotNull(await site.Db(db => db.Members.Where(m => m.Id == spammer).Select(m => m.SuspendedAt).SingleAsync()));
        foreach (var url in new[] { "/boards/general", "/boards/general?view=tree", "/boards/general?view=posts", "/" })
        {
            var shown = (await anna.Get(url)).Html;
            Assert.DoesNotContain("Pills", shown);
            Assert.DoesNotContain("Words of Ben", shown);
        }
        var kept = await site.Db(db => db.Posts.Where(p => p.AuthorId != spammer && p.Topic.AuthorId == spammer)
            .Select(p => $"/boards/general/{p.TopicId}").FirstAsync());
        Assert.Contains("Words of Anna", (await anna.Get(kept)).Text);
        await Agrees(site);

        // Decided since: one is shown again, one was shown again and hidden by somebody else.
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        var (one, other) = await site.Db(async db => (
            await db.Posts.Where(p => p.Topic.Title == "Anna's own" && p.Number == 10).Select(p => new { p.Id, p.TopicId }).SingleAsync(),
            await db.Posts.Where(p => p.Topic.Title == "Anna's own" && p.Number == 11).Select(p => new { p.Id, p.TopicId }).SingleAsync()));
        var reader = await site.Reader("mod");
        await site.With((Moderate m) => m.RestorePost(reader, one.TopicId, 10, default));
        await site.With((Moderate m) => m.RestorePost(reader, other.TopicId, 11, default));
        await site.With((Moderate m) => m.HidePost(reader, other.TopicId, 11, "Since", default));
        await mod.Submit(act.Url, [], "form[action$='/undo']");
        await Until(site, ClearingState.Undone);
        act = await site.Db(db => db.Clearings.AsNoTracking().SingleAsync());
        Assert.Equal((192, 2), (act.Undone, act.Left));
        Assert.Null(await site.Db(db => db.Members.Where(m => m.Id == spammer).Select(m => m.SuspendedAt).SingleAsync()));
        Assert.Equal("Since", await site.Db(db => db.Posts.Where(p => p.Id == other.Id).Select(p => p.HiddenReason).SingleAsync()));
        await site.With((Moderate m) => m.RestorePost(reader, other.TopicId, 11, default));
        Assert.Equal(before, await State(site));
        Assert.Null((await mod.Get(act.Url)).Document.QuerySelector("form[action$='/undo']"));
        await Agrees(site);
        var log = (await mod.Get("/staff/boards/moderation")).Text;
        Assert.Contains("hid all posts of a member: Ben", log);
        Assert.Contains("undid that all posts of a member are hidden: Ben", log);
    }

    [Fact]
    public async Task What_waits_is_refused_and_waits_again_and_reports_are_open_again()
    {
        var site = await host.NewSite();
        var (ben, anna, mod) = (await site.SignIn("ben"), await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await ben.Start("general", "Reported");
        await anna.Submit(topic + "/posts/1/report", new() { ["reason"] = "Spam" });
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, Hold.Everything)));
        var waits = await ben.Start("general", "Waits", "Not yet seen");
        await ben.Reply(topic, "Waits, too");
        var spammer = await site.Reader("ben");
        var page = await mod.Get($"/staff/boards/members/{spammer.Id}/clear");
        Assert.Equal(["3", "2"], page.Document.QuerySelectorAll(".figures dd").Take(2).Select(d => d.TextContent));
        await mod.Submit(page, new() { ["reason"] = "Enough" }, "form:has([name=reason])");
        await Until(site, ClearingState.Done);
        Assert.Equal(0, await site.Db(db => db.QueueEntries.CountAsync(q => q.Outcome == null)));
        Assert.Equal(0, await site.Db(db => db.Reports.CountAsync(r => r.ClosedAt == null)));
        Assert.Contains("Enough", (await ben.Get(waits)).Text);
        await mod.Submit((await site.Db(db => db.Clearings.AsNoTracking().SingleAsync())).Url, [], "form[action$='/undo']");
        await Until(site, ClearingState.Undone);
        Assert.Equal(2, await site.Db(db => db.QueueEntries.CountAsync(q => q.Outcome == null)));
        Assert.Equal(1, await site.Db(db => db.Reports.CountAsync(r => r.ClosedAt == null)));
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(waits)).Status);
        foreach (var _ in "ab") await mod.Submit("/staff/queue", new() { ["act"] = "approve" }, "article form");
        Assert.Contains("Not yet seen", (await anna.Get(waits)).Text);
        await Agrees(site);
    }

    [Fact]
    public async Task Who_moderates_one_board_clears_that_board_alone_and_staff_and_oneself_are_left_alone()
    {
        var site = await host.NewSite();
        var (ben, carla) = (await site.SignIn("ben"), await site.SignIn("carla"));
        var (general, inner) = (await ben.Start("general", "Spam here"), await carla.Start("inner", "Carla's words"));
        var id = (await site.Reader("carla")).Id!.Value;
        await carla.Reply(general, "Carla's answer");
        await site.Db(async db =>
        {
            var board = await db.Boards.SingleAsync(b => b.Key == "general");
            db.Add(new MemberPermission
            {
                MemberId = await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync(),
                Permission = BoardsPermissions.Moderate,
                ThingId = board.Id,
            });
            return await db.SaveChangesAsync();
        });
        var anna = await site.SignIn("anna");
        var page = await anna.Get($"/staff/boards/members/{id}/clear");
        Assert.Equal("1", page.Document.QuerySelector(".figures dd")!.TextContent);
        Assert.DoesNotContain("Carla's words", (await anna.Get($"/staff/boards/members/{id}")).Text);
        // She may suspend nobody, whatever her browser sends.
        await anna.Submit(page, new() { ["reason"] = "Spam", ["suspend"] = "yes" }, "form:has([name=reason])");
        Assert.Equal(0, await site.Db(db => db.Clearings.CountAsync()));
        await anna.Submit(page, new() { ["reason"] = "Spam" }, "form:has([name=reason])");
        await Until(site, ClearingState.Done);
        Assert.Equal(["Carla's words"], await site.Db(db => db.Posts
            .Where(p => p.AuthorId == id).Present().Select(p => p.Topic.Title).ToListAsync()));
        Assert.Equal(HttpStatusCode.OK, (await carla.Get(inner)).Status);
        // Nobody whose words are not on her board, and nobody who is staff.
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get($"/staff/boards/members/{(await site.Reader("new")).Id}")).Status);
        var (mod, admin) = (await site.Reader("mod"), await site.Reader("admin"));
        foreach (var (who, why) in new[] { (admin, "boards.clearing.staff"), (mod, "boards.clearing.self") })
            Assert.Equal(why, (await Assert.ThrowsAsync<Refused>(() => site.With((ClearPosts c) =>
                c.Begin(mod, Guid.NewGuid(), who.Id!.Value, "x", false, default)))).Message);
    }

    [Fact]
    public async Task Stopped_and_begun_anew_at_any_step_it_hides_nothing_twice_and_goes_on_without_the_right_for_nobody()
    {
        var (site, spammer) = await Spammed();
        var mod = await site.Reader("mod");
        // No worker of the host takes it: the steps are made here, as if the program died between them.
        var id = await site.Db(async db =>
        {
            var clearing = new Clearing
            {
                FormKey = Guid.NewGuid(),
                MemberId = spammer,
                StartedBy = mod.Id,
                At = db.Now,
                Expected = 194,
                LastId = long.MaxValue,
            };
            db.Clearings.Add(clearing);
            await db.SaveChangesAsync();
            return clearing.Id;
        });
        Task<bool> Step() => site.With((IServiceProvider s) =>
            ActivatorUtilities.CreateInstance<ClearingWork>(s).Next(new RunClearing(id), false, default));
        Task<Clearing> Now() => site.Db(db => db.Clearings.AsNoTracking().SingleAsync());
        await Step();
        Assert.Equal((ClearingWork.Step, ClearingState.Running), ((await Now()).Hidden, (await Now()).State));
        // The moderator loses the role: it stops, and another goes on.
        await site.Db(db => db.Members.Where(m => m.Id == mod.Id).ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, (string?)null)));
        await Step();
        Assert.Equal((ClearingWork.Step, ClearingState.Stopped), ((await Now()).Hidden, (await Now()).State));
        var admin = await site.SignIn("admin");
        Assert.Contains("does not moderate any more", (await admin.Get(Clearing.UrlOf(id))).Text);
        await site.Db(db => db.Members.Where(m => m.Id == mod.Id).ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, Roles.Moderator)));
        await admin.Submit(Clearing.UrlOf(id), [], "form[action$='/resume']");
        await Until(site, ClearingState.Done);
        Assert.Equal(194, (await Now()).Hidden);
        Assert.Equal(194, await site.Db(db => db.ClearedPosts.CountAsync()));
        Assert.Equal(194 + 3, await site.Db(db => db.Events.CountAsync(e => e.Type == "boards.post-hidden")));
        await Agrees(site);
    }
}
