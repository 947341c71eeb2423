using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Reactions and polls of a board as a file: numbers, and names where they are asked for, there and back.</summary>
[OnBothDatabases]
public sealed class ArchivedNumbersTests(TestHost host)
{
    static Task React(TestSite site, string who, string topic, int number, long reaction) =>
        site.With<React, bool>(async react =>
        {
            await react.To(await site.Reader(who), Conversation.Id(topic), number, reaction, true, default);
            return true;
        });

    static string Line(string id, string more) =>
        $"{{\"id\":\"{id}\",\"at\":\"2009-01-05\",\"subject\":\"T{id}\",\"text\":\"x\",{more}}}\n";

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
    public async Task With_names_reactions_and_open_votes_go_back_to_their_members_and_no_file_tells_of_a_secret_poll()
    {
        var site = await host.NewSite();
        var (anna, admin) = (await site.SignIn("anna"), await site.SignIn("admin"));
        var (open, secret) = (await anna.Start("general", "Open", "Which tea?"), await anna.Start("general", "Secret", "And cake?"));
        foreach (var who in new[] { "ben", "carla" }) await React(site, who, open, 1, 1);
        await React(site, "ben", open, 1, 4);
        foreach (var (topic, isNamed) in new[] { (open, true), (secret, false) })
        {
            await site.Db(async db =>
            {
                db.Polls.Add(new Poll
                {
                    TopicId = Conversation.Id(topic),
                    Question = "Q",
                    Options = "a\nb\nc",
                    IsNamed = isNamed,
                    MadeAt = host.Clock.Now,
                });
                return await db.SaveChangesAsync();
            });
            foreach (var (who, option) in new[] { ("ben", 0), ("carla", 1), ("mod", 1) })
                await site.With<Vote, string?>(async vote =>
                    await vote.In(await site.Reader(who), Conversation.Id(topic), [option], default));
        }
        var (ben, carla, mod) = ((await site.Reader("ben")).Handle, (await site.Reader("carla")).Handle, (await site.Reader("mod")).Handle);
        var file = await ArchiveTests.Export(site, admin, "general", "JsonWithNames");
        var lines = file.Split('\n');
        Assert.Contains(mod, lines[0]);
        foreach (var name in new[] { ben, carla, mod }) Assert.DoesNotContain(name, lines[1]);
        Assert.Equal(1, await site.Db(db => db.Audit.CountAsync(a => a.Action == "boards.exported-names")));
        // Carla leaves: what she gave is a number from now on. The board is made anew of the file.
        var carlaId = await site.Db(db => db.Members.Where(m => m.Email == "carla@example.com").Select(m => m.Id).SingleAsync());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(carlaId)));
        var done = await BoardImports.Import(site, admin, Encoding.UTF8.GetBytes(Anew(file)), "lounge", members: true);
        Assert.Equal((2, 0), (done.Good, done.Bad));
        var post = await site.Db(db => db.Posts.AsNoTracking().SingleAsync(p => p.Topic.Title == "Open" && p.ImportId == done.Id));
        Assert.Equal(("1:2 4:1", "1:1"), (post.Reactions, post.ImportedReactions));
        var benId = await site.Db(db => db.Members.Where(m => m.Handle == ben).Select(m => m.Id).SingleAsync());
        Assert.Equal([1, 4], await site.Db(db => db.PostReactions.Where(r => r.PostId == post.Id && r.MemberId == benId)
            .OrderBy(r => r.ReactionId).Select(r => r.ReactionId).ToListAsync()));
        Assert.Equal(2, await site.Db(db => db.PostReactions.CountAsync(r => r.PostId == post.Id)));
        foreach (var title in new[] { "Open", "Secret" })
        {
            var poll = await site.Db(db => db.Polls.AsNoTracking()
                .SingleAsync(p => p.Topic.Title == title && p.Topic.BoardId == post.BoardId));
            Assert.Equal(("1 2 0", 3), (poll.Counts, poll.Voters));
            Assert.Equal(title == "Open" ? 2 : 0,
                await site.Db(db => db.PollBallots.CountAsync(b => b.PollId == poll.Id && b.MemberId != null)));
        }
        // He sees that the reaction is his, and takes it back.
        await site.With<React, bool>(async react =>
        {
            await react.To(await site.Reader("ben"), post.TopicId, 1, 4, false, default);
            return true;
        });
        Assert.Equal("1:2", await site.Db(db => db.Posts.Where(p => p.Id == post.Id).Select(p => p.Reactions).SingleAsync()));
        Assert.Empty(await Problems(site));

        // The same posts under other names, as a site has them that was set up anew.
        static string Anew(string file) => file.Replace("\"post-", "\"kept-", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_names_nobody_in_a_secret_poll_and_no_more_than_it_counts()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var (anna, ben) = ((await site.Reader("anna")).Handle, (await site.Reader("ben")).Handle);
        const string Poll = "\"question\":\"Q\",\"options\":[\"a\",\"b\"],\"ballots\":{\"1\":1},";
        string By(string handle, string rest) =>
            "{\"by\":\"member." + handle + "@author.invalid\",\"at\":\"2020-01-01T00:00:00Z\"," + rest + "}";
        await BoardImports.Import(site, admin, Line("1",
            "\"address\":\"member." + anna + "@author.invalid\",\"reactions\":{\"👍\":1,\"💡\":1},\"reacted\":["
            // Her own post; twice the same; one that is not counted; no emoji at all; nobody.
            + string.Join(",", By(anna, "\"emoji\":\"👍\""), By(ben, "\"emoji\":\"👍\""), By(ben, "\"emoji\":\"👍\""),
                By(ben, "\"emoji\":\"🎉\""), By(ben, "\"emoji\":7"), "{}", "5")
            + "],\"poll\":{" + Poll + "\"votes\":[" + By(ben, "\"choices\":1") + "]}")
            + Line("2", "\"poll\":{\"named\":true," + Poll + "\"votes\":["
                + string.Join(",", By(ben, "\"choices\":2"), By(ben, "\"choices\":1"), By(anna, "\"choices\":1"),
                    By(anna, "\"choices\":-4"))
                + "]}"), members: true);
        var given = Assert.Single(await site.Db(db => db.PostReactions.AsNoTracking().ToListAsync()));
        Assert.Equal(1, given.ReactionId);
        Assert.Equal([("1:1 4:1", "4:1")], (await site.Db(db => db.Posts.Where(p => p.Reactions != null)
            .Select(p => new { p.Reactions, p.ImportedReactions }).ToListAsync())).Select(p => (p.Reactions!, p.ImportedReactions!)));
        var ballots = await site.Db(db => db.PollBallots.AsNoTracking().OrderBy(b => b.PollId).ToListAsync());
        Assert.Equal([(1, null), (1, given.MemberId)], ballots.Select(b => (b.Choices, b.MemberId)));
        Assert.Empty(await Problems(site));
    }

    [Fact]
    public async Task The_copy_of_a_member_s_data_says_what_was_chosen_and_where()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Secret", "Which?");
        await React(site, "ben", topic, 1, 4);
        var id = Conversation.Id(topic);
        await site.Db(async db =>
        {
            db.Polls.Add(new Poll
            {
                TopicId = id,
                Question = "Tea?",
                Options = "Green\nBlack\nNone",
                MaxChoices = 2,
                MadeAt = host.Clock.Now,
            });
            return await db.SaveChangesAsync();
        });
        await site.With<Vote, string?>(async vote => await vote.In(await site.Reader("ben"), id, [0, 2], default));
        var ben = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        using var memory = new MemoryStream();
        await site.With<ExportMember, bool>(e => e.Write(ben, masked: false, memory, default));
        using var zip = new ZipArchive(new MemoryStream(memory.ToArray()));
        using var data = JsonDocument.Parse(await new StreamReader(await zip.GetEntry("data.json")!.OpenAsync()).ReadToEndAsync());
        var boards = data.RootElement.GetProperty("boards");
        var (vote, reaction) = (boards.GetProperty("votes")[0], boards.GetProperty("reactions")[0]);
        Assert.Equal(("Tea?", "Green\nNone"), (vote.GetProperty("question").GetString(), vote.GetProperty("chosen").GetString()));
        Assert.Equal(($"/boards/general/{id}/posts/1", "💡"),
            (reaction.GetProperty("post").GetString(), reaction.GetProperty("reaction").GetString()));
    }

    [Fact]
    public async Task A_file_may_say_what_it_likes_about_polls_and_reactions()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
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
