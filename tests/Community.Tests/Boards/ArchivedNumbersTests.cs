using System.Text;
using Community.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Reactions and polls of a board as a file: numbers without names, there and back.</summary>
[OnBothDatabases]
public sealed class ArchivedNumbersTests(TestHost host)
{
    static Task React(TestSite site, string who, string topic, int number, long reaction) =>
        site.With<React, bool>(async react =>
        {
            await react.To(await site.Reader(who), Conversation.Id(topic), number, reaction, true, default);
            return true;
        });

    static async Task<List<string>> Problems(TestSite site)
    {
        await site.EventsRead();
        return await site.With<CheckBoards, List<string>>(async check => await check.Problems(default).ToListAsync());
    }

    [Fact]
    public async Task Numbers_of_reactions_and_votes_come_back_octet_by_octet_and_no_name_goes_out()
    {
        var site = await host.NewSite();
        var (anna, admin) = (await site.SignIn("anna"), await site.SignIn("admin"));
        var topic = await anna.Start("general", "Tea", "Which tea?");
        await anna.Reply(topic, "And cake?");
        foreach (var who in new[] { "ben", "carla" }) await React(site, who, topic, 1, 1);
        await React(site, "ben", topic, 2, 4);
        // One that staff have made.
        await site.Db(async db =>
        {
            db.Reactions.AddRange(await site.With<SiteReactions, IReadOnlyList<Reaction>>(r => r.All().AsTask()));
            db.Reactions.Add(new Reaction { Id = 32, Emoji = "🍵", Names = Translations.Of(_ => "Tea"), Position = 9 });
            db.Touch("@reactions");
            return await db.SaveChangesAsync();
        });
        await React(site, "ben", topic, 1, 32);
        var id = Conversation.Id(topic);
        await site.Db(async db =>
        {
            db.Polls.Add(new Poll
            {
                TopicId = id,
                Question = "緑茶 or \"black\"?",
                Options = "緑茶\nBlack, with milk\nNone",
                MaxChoices = 2,
                IsNamed = true,
                MayChange = true,
                Results = PollResults.AfterVoting,
                MadeAt = host.Clock.Now,
                EndsAt = host.Clock.Now.AddDays(3),
            });
            return await db.SaveChangesAsync();
        });
        foreach (var (who, options) in new[] { ("ben", new[] { 0, 1 }), ("carla", [1]), ("mod", [0, 1]) })
            await site.With<Vote, string?>(async vote => await vote.In(await site.Reader(who), id, options, default));
        foreach (var form in new[] { "Json", "Mbox" })
        {
            var file = await ArchiveTests.Export(site, admin, "general", form);
            foreach (var who in new[] { "ben", "carla", "mod" })
                Assert.DoesNotContain((await site.Reader(who)).Handle, file);
            var other = await host.NewSite();
            var staff = await other.SignIn("admin");
            var done = await BoardImports.Import(other, staff, Encoding.UTF8.GetBytes(file));
            Assert.Equal((2, 0), (done.Good, done.Bad));
            Assert.Equal(file, await ArchiveTests.Export(other, staff, "general", form));
            var poll = await other.Db(db => db.Polls.AsNoTracking().SingleAsync());
            Assert.Equal(("2 3 0", 3, 2, true), (poll.Counts, poll.Voters, poll.MaxChoices, poll.IsNamed));
            Assert.Equal(3, await other.Db(db => db.PollBallots.CountAsync(b => b.MemberId == null)));
            // What the site did not have is shown, and offered to nobody.
            var tea = await other.Db(db => db.Reactions.AsNoTracking().SingleAsync(r => r.Emoji == "🍵"));
            Assert.NotNull(tea.RetiredAt);
            Assert.Equal([], await Problems(other));
            // Members go on, and a count from the rows keeps what was imported.
            var there = "/boards/general/" + poll.TopicId;
            await React(other, "anna", there, 1, 1);
            await other.With<Vote, string?>(async vote => await vote.In(await other.Reader("anna"), poll.TopicId, [2], default));
            var anna2 = (await other.Reader("anna")).Id!.Value;
            await other.With<IServiceProvider, bool>(async services =>
            {
                await ActivatorUtilities.CreateInstance<RecountReactions>(services).Handle(new RecountOf(anna2, 0), default);
                return true;
            });
            Assert.Contains("1:3", await other.Db(db => db.Posts.Where(p => p.Number == 1).Select(p => p.Reactions).SingleAsync()));
            Assert.Equal("2 3 1", await other.Db(db => db.Polls.Select(p => p.Counts).SingleAsync()));
            Assert.Equal([], await Problems(other));
            // Taken back, nothing of it stays but what a member did.
            Assert.Contains("3", (await other.Visitor().Get(there)).Document.QuerySelector("#p1 .reactions")!.TextContent);
        }
    }

    [Fact]
    public async Task A_file_may_say_what_it_likes_about_polls_and_reactions()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        string Line(string id, string more) => $"{{\"id\":\"{id}\",\"at\":\"2009-01-05\",\"subject\":\"T{id}\",\"text\":\"x\",{more}}}\n";
        var done = await BoardImports.Import(site, admin,
            Line("1", "\"poll\":{\"question\":\"?\",\"options\":[\"a\"]}")
            + Line("2", "\"poll\":7,\"reactions\":[1]")
            + Line("3", "\"reactions\":{\"👍\":-1,\"🙏\":\"x\",\"<b>\":3,\"💡\":2}")
            + Line("4", "\"poll\":{\"question\":\"Q\",\"options\":[\"a\",\"b\"],\"maxChoices\":99,"
                + "\"ballots\":{\"0\":5,\"3\":1,\"8\":1,\"x\":1,\"1\":2}}")
            + Line("5", "\"poll\":{\"question\":\"Q\",\"options\":[\"a\",\"b\"],\"ballots\":{\"1\":2000000000}}"));
        Assert.Equal((5, 0), (done.Good, done.Bad));
        var poll = await site.Db(db => db.Polls.AsNoTracking().SingleAsync());
        Assert.Equal(("3 1", 3, 2), (poll.Counts, poll.Voters, poll.MaxChoices));
        Assert.Equal(["4:2"], await site.Db(db => db.Posts.Where(p => p.Reactions != null).Select(p => p.Reactions!).ToListAsync()));
        Assert.Equal(2, await site.Db(db => db.BoardImportFaults.CountAsync(f => f.IsNote && f.Reason == "boards.import.note.poll")));
        Assert.Equal([], await Problems(site));
    }
}
