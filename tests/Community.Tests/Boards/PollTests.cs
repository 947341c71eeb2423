using System.Net;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Polls in topics: asking, voting, who sees what, and the numbers.</summary>
[OnBothDatabases]
public sealed class PollTests(TestHost host)
{
    static PollTests() => SiteQueries.Listen();

    static Dictionary<string, string> Fields(
        string options = "Red\nGreen\nBlue", string choices = "1", string results = "Always", bool change = false, bool named = false,
        string question = "Which colour?", string ends = "")
    {
        var fields = new Dictionary<string, string>
        {
            ["question"] = question,
            ["options"] = options,
            ["choices"] = choices,
            ["results"] = results,
            ["ends"] = ends,
            ["time"] = "",
        };
        if (change) fields["change"] = "true";
        if (named) fields["named"] = "true";
        return fields;
    }

    static async Task<string> Ask(Visitor author, string title, Dictionary<string, string> fields)
    {
        var topic = await author.Start("general", title);
        var page = await author.Submit(topic + "/poll", fields, "form.wide");
        Assert.True(page.Status == HttpStatusCode.OK && page.Document.QuerySelector("#poll") is not null, page.Text);
        return topic;
    }

    static Task<string?> Give(TestSite site, string who, string topic, params int[] options) =>
        site.With<Vote, string?>(async vote => await vote.In(await site.Reader(who), Conversation.Id(topic), options, default));

    static Task<string> Refusal(TestSite site, string who, string topic, params int[] options) =>
        site.With<Vote, string>(async vote => (await Assert.ThrowsAsync<Refused>(async () =>
            await vote.In(await site.Reader(who), Conversation.Id(topic), options, default))).Message);

    static Task<Poll> Of(TestSite site, string topic)
    {
        var id = Conversation.Id(topic);
        return site.Db(db => db.Polls.AsNoTracking().SingleAsync(p => p.TopicId == id));
    }

    static string Numbers(Page page) =>
        string.Join(' ', page.Document.QuerySelectorAll(".poll-results td:nth-child(2)").Select(c => c.TextContent.Trim()));

    [Fact]
    public async Task A_poll_is_made_voted_in_and_read_without_script()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await Ask(anna, "Colours", Fields());
        var page = await ben.Get(topic);
        Assert.Equal(["Red", "Green", "Blue"], page.Document.QuerySelectorAll("#poll .choice").Select(c => c.TextContent.Trim()));
        Assert.Equal("radio", page.Document.QuerySelector("#poll input[name=option]")!.GetAttribute("type"));
        page.Document.QuerySelectorAll("#poll input[name=option]")[1].SetAttribute("checked", "checked");
        var done = await ben.Submit(page, [], "#poll form[action$='/vote']");
        Assert.Equal("0 1 0", Numbers(done));
        Assert.Contains("Your vote counts", done.Document.QuerySelector("#poll .notice.ok")!.TextContent);
        Assert.Contains("your vote", done.Document.QuerySelectorAll(".poll-results tbody th")[1].TextContent);
        Assert.Null(done.Document.QuerySelector("#poll form[action$='/vote']"));
        // Bars are for the eye alone: the table says the same.
        Assert.All(done.Document.QuerySelectorAll("#poll meter"), m => Assert.Equal("true", m.GetAttribute("aria-hidden")));
        Assert.NotNull(done.Document.QuerySelector(".poll-results caption"));
        Assert.Equal("boards.poll.refused.once", await Refusal(site, "ben", topic, 0));
        // The same again is no error, as when a form is sent twice.
        Assert.NotNull(await Give(site, "ben", topic, 1));
        // A visitor sees the numbers, also once they have changed, and is asked to sign in.
        var visitor = site.Visitor();
        Assert.Equal("0 1 0", Numbers(await visitor.Get(topic)));
        await Give(site, "carla", topic, 2);
        var seen = await visitor.Get(topic);
        Assert.Equal("0 1 1", Numbers(seen));
        Assert.NotNull(seen.Document.QuerySelector("#poll a[href^='/sign-in']"));
        Assert.Null(seen.Document.QuerySelector("#poll form"));
        // Nobody sees who chose what: there is no such page.
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get(topic + "/poll/votes")).Status);
        foreach (var wrong in new int[][] { [3], [-1], [0, 1], [63], [64] })
            Assert.Equal("boards.poll.refused.many", await Refusal(site, "mod", topic, wrong));
        Assert.Equal("boards.poll.refused.none", await Refusal(site, "mod", topic));
        // Ben may not ask in Anna's topic.
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get(topic + "/poll")).Status);
        // It costs the page no query.
        var plain = await anna.Start("general", "Without");
        foreach (var url in new[] { topic, plain }) for (var i = 0; i < 2; i++) await ben.Get(url);
        Assert.Equal(await SiteQueries.Of(site, () => ben.Get(plain)), await SiteQueries.Of(site, () => ben.Get(topic)));
    }

    [Fact]
    public async Task Votes_at_once_are_each_counted_once_and_may_be_changed_where_the_poll_says_so()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await Ask(anna, "Days", Fields(choices: "2", change: true, named: true));
        var people = new[] { "anna", "ben", "carla", "mod", "web" };
        await Task.WhenAll(people.SelectMany(p => new[] { Give(site, p, topic, 0, 1), Give(site, p, topic, 0, 1) }));
        var poll = await Of(site, topic);
        Assert.Equal(("5 5 0", 5), (poll.Counts, poll.Voters));
        await Give(site, "ben", topic, 2);
        await Give(site, "carla", topic);
        poll = await Of(site, topic);
        Assert.Equal(("3 3 1", 4), (poll.Counts, poll.Voters));
        Assert.Equal("boards.poll.refused.many", await Refusal(site, "ben", topic, 0, 1, 2));
        var who = await anna.Get(topic + "/poll/votes");
        Assert.Contains("Ben", who.Document.QuerySelector(".latest-list")!.TextContent);
        Assert.DoesNotContain("Carla", who.Document.QuerySelector(".latest-list")!.TextContent);
        // By the button, the whole vote is taken back.
        var back = await anna.Submit(await anna.Get(topic), new() { ["back"] = "true" }, "#poll form[action$='/vote']");
        Assert.Equal("2 2 1", Numbers(back));
        // A member who is erased leaves the vote without the name.
        var ben = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(ben)));
        Assert.Equal("2 2 1", (await Of(site, topic)).Counts);
        Assert.DoesNotContain("Ben", (await anna.Get(topic + "/poll/votes")).Document.QuerySelector(".latest-list")!.TextContent);
        // Two members who become one have one ballot: the numbers are made anew from what is left.
        var (mod, web) = await site.Db(async db => (
            await db.Members.Where(m => m.Email == "mod@example.com").Select(m => m.Id).SingleAsync(),
            await db.Members.Where(m => m.Email == "web@example.com").Select(m => m.Id).SingleAsync()));
        Assert.Equal("2 2 1", Numbers(await site.Visitor().Get(topic)));
        await site.Db(db => db.PollBallots.Where(b => b.MemberId == web).ExecuteDeleteAsync());
        await site.With<IServiceProvider, int>(async services =>
        {
            var merged = new PublishedEvent(1, Guid.NewGuid(), host.Clock.Now, null, new MembersMerged(mod, web));
            await ActivatorUtilities.CreateInstance<RecountPolls>(services).Handle([merged], default);
            return 0;
        });
        Assert.Equal(("1 1 1", 2), ((await Of(site, topic)).Counts, (await Of(site, topic)).Voters));
        Assert.Equal("1 1 1", Numbers(await site.Visitor().Get(topic)));
    }

    [Fact]
    public async Task Numbers_are_shown_when_the_poll_says_and_it_ends_by_its_time_or_by_hand()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var voting = await Ask(anna, "After voting", Fields(results: "AfterVoting"));
        await Give(site, "carla", voting, 0);
        Assert.Equal("", Numbers(await ben.Get(voting)));
        await Give(site, "ben", voting, 1);
        Assert.Equal("1 1 0", Numbers(await ben.Get(voting)));
        var end = await Ask(anna, "After the end", Fields(results: "AfterEnd", named: true));
        await Give(site, "ben", end, 2);
        // Not even its author sees them before, nor the names.
        foreach (var who in new[] { anna, ben, mod })
        {
            Assert.Equal("", Numbers(await who.Get(end)));
            Assert.Equal(HttpStatusCode.NotFound, (await who.Get(end + "/poll/votes")).Status);
        }
        var closed = await mod.Submit(await mod.Get(end), [], "#poll form[action$='/close']");
        Assert.Equal("0 0 1", Numbers(closed));
        Assert.Equal("0 0 1", Numbers(await site.Visitor().Get(end)));
        Assert.Equal("boards.poll.refused.over", await Refusal(site, "carla", end, 0));
        Assert.Equal(1, await site.Db(db => db.ModerationLog.CountAsync(m => m.Act == ModerationAct.ClosePoll)));
        // What a moderator ended, its author does not open again.
        var author = await site.Reader("anna");
        Assert.Equal("boards.poll.refused.closed", await site.With<SavePoll, string>(async save =>
            (await Assert.ThrowsAsync<Refused>(() => save.Close(author, Conversation.Id(end), false, default))).Message));
        // By its time, whether a job has run or not; the job tells it once.
        var id = Conversation.Id(voting);
        var past = host.Clock.Now.AddMinutes(-1);
        await site.Db(db => db.Polls.Where(p => p.TopicId == id).ExecuteUpdateAsync(s => s.SetProperty(p => p.EndsAt, past)));
        Assert.Equal("boards.poll.refused.over", await Refusal(site, "mod", voting, 0));
        Assert.Equal("1 1 0", Numbers(await mod.Get(voting)));
        for (var i = 0; i < 2; i++)
            await site.With<IServiceProvider, int>(async services =>
            {
                var poll = (await Of(site, voting)).Id;
                await ActivatorUtilities.CreateInstance<EndPoll>(services).Handle(new PollEnd(poll), default);
                return 0;
            });
        var moderator = await site.Reader("mod");
        Assert.Equal("boards.poll.refused.over", await site.With<SavePoll, string>(async save =>
            (await Assert.ThrowsAsync<Refused>(() => save.Close(moderator, id, false, default))).Message));
        Assert.Equal(2, await site.Db(db => db.Events.CountAsync(e => e.Type == "boards.poll-ended")));
        Assert.Equal("1 1 0", Numbers(await site.Visitor().Get(voting)));
    }

    [Fact]
    public async Task After_the_first_vote_the_question_stays_as_it_was_and_wrong_fields_are_said()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Colours");
        foreach (var (fields, field) in new[]
        {
            (Fields(question: ""), "question"), (Fields(question: new string('x', 121)), "question"),
            (Fields(options: "Only one"), "options"),
            (Fields(options: "Red\nＲＥＤ"), "options"), (Fields(options: string.Join('\n', Enumerable.Range(0, 21))), "options"),
            (Fields(options: "Red\n" + new string('x', 101)), "options"), (Fields(options: "Red\na\u202eb"), "options"),
            (Fields(choices: "4"), "choices"), (Fields(choices: "0"), "choices"), (Fields(choices: "x"), "choices"),
            (Fields(ends: "2001-01-01"), "ends"), (Fields(ends: "yesterday"), "ends"),
        })
        {
            var page = await anna.Submit(topic + "/poll", fields, "form.wide");
            Assert.True(page.Status is HttpStatusCode.UnprocessableEntity && page.Document.GetElementById(field + "-error") is not null,
                $"{field}: {page.Status} {page.Text}");
        }
        Assert.Equal(0, await site.Db(db => db.Polls.CountAsync()));
        await anna.Submit(topic + "/poll", Fields(), "form.wide");
        await anna.Submit(topic + "/poll", Fields(question: "Which one?"), "form.wide");
        await Give(site, "ben", topic, 0);
        foreach (var other in new[]
        {
            Fields(), Fields(question: "Which one?", options: "Red\nGreen"), Fields(question: "Which one?", named: true),
        })
        {
            var page = await anna.Submit(topic + "/poll", other, "form.wide");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.Contains("Somebody has voted already", page.Text);
        }
        // Its end can be moved.
        var later = host.Clock.Now.AddDays(30).ToString("yyyy-MM-dd");
        await anna.Submit(topic + "/poll", Fields(question: "Which one?", ends: later), "form.wide");
        Assert.NotNull((await Of(site, topic)).EndsAt);
        var form = await anna.Get(topic + "/poll");
        Assert.Equal([later, "23:59"], new[] { "ends", "time" }.Select(f => form.Document.GetElementById(f)!.GetAttribute("value")));
        // Its author does not take it away any more, a moderator may; a post deleted for good takes it along.
        Assert.Null((await anna.Get(topic)).Document.QuerySelector("#poll form[action$='/delete']"));
        await mod.Submit(await mod.Get(topic), [], "#poll form[action$='/delete']");
        Assert.Equal((0, 0), await site.Db(async db => (await db.Polls.CountAsync(), await db.PollBallots.CountAsync())));
        await anna.Submit(topic + "/poll", Fields(), "form.wide");
        var admin = await site.Reader("admin");
        Assert.True(await site.With<DeleteForGood, bool>(d => d.Post(admin, Conversation.Id(topic), 1, "Asked by letter", default)));
        Assert.Equal(0, await site.Db(db => db.Polls.CountAsync()));
    }

    [Fact]
    public async Task A_poll_is_only_where_its_topic_is_read_and_goes_along_when_topics_are_merged()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var first = await anna.Start("general", "First");
        var second = await Ask(anna, "Second", Fields());
        await Give(site, "ben", second, 0);
        var reader = await site.Reader("mod");
        Assert.NotNull(await site.With<MergeTopics, Place?>(m => m.Of(reader, Conversation.Id(first), Conversation.Id(second), default)));
        Assert.Equal("1 0 0", Numbers(await mod.Get(first)));
        await mod.Submit(first + "/move", new() { ["board"] = "inner" });
        Assert.Null(await Give(site, "mailer", first, 1));
        Assert.Null(await Give(site, "anna", second, 1));
        Assert.True(await site.With<Moderate, bool>(m => m.Move(reader, Conversation.Id(first), "general", default)));
        await site.Db(db => db.Boards.Where(b => b.Key == "general")
            .ExecuteUpdateAsync(s => s.SetProperty(b => b.ArchivedAt, host.Clock.Now)));
        Assert.Equal("boards.refused.archived", await Refusal(site, "carla", first, 0));
    }
}
