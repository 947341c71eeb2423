using Community.Boards;
using Community.Members;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Notifications;

/// <summary>Which mute beats which notice: the table of the help is what happens.</summary>
[OnBothDatabases]
public sealed class MuteTests(TestHost host)
{
    [Fact]
    public async Task The_table_of_the_help_is_what_happens()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        // Moderators, so that reports come to them as well; Mod hears of everything that Ben does.
        await site.Db(db => db.Set<Community.Members.Member>().Where(m => m.Email == "anna@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, Roles.Moderator)));
        var circle = await site.Db(db => db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync());
        var (annas, bens) = (await site.MemberId("anna"), await site.MemberId("ben"));
        await site.Db(async db =>
        {
            db.GroupMemberships.Add(new()
            {
                GroupId = circle,
                MemberId = annas,
                JoinedAt = host.Clock.Now,
                RequestedAt = host.Clock.Now,
                IsLeader = true,
            });
            return await db.SaveChangesAsync();
        });
        await site.Db(async db =>
        {
            db.NoticeSettings.Add(new() { MemberId = annas, TellsReactions = true });
            return await db.SaveChangesAsync();
        });
        var silent = new Dictionary<NoticeKind, List<bool>>();
        foreach (var muted in new[] { "nothing", "person", "topic", "board" })
        {
            var topic = await anna.Start("general", "About " + muted);
            await anna.Level("/boards/general", muted == "board" ? FollowLevel.Mute : FollowLevel.Watch);
            await anna.Level(topic, muted == "topic" ? FollowLevel.Mute : FollowLevel.Watch);
            if (muted == "board")
                await site.Db(db => db.TopicFollows.Where(f => f.MemberId == annas).ExecuteDeleteAsync());
            if (muted == "person") await anna.Submit("/members/" + await site.HandleOf("ben"), [], "form[action$='/mute']");
            await site.Noticed();
            await site.Db(db => db.Notices.ExecuteDeleteAsync());
            await site.Db(db => db.GroupMemberships.Where(g => g.MemberId == bens).ExecuteDeleteAsync());
            // Everything that Ben can do to be heard.
            await ben.Reply(topic, "An answer");
            var other = await mod.Start("general", "Of Mod " + muted);
            if (muted == "topic") await anna.Level(other, FollowLevel.Mute);
            await ben.Reply(other, "I call @Anna");
            await ben.Reply(other, $"**Anna** wrote ([#1]({topic}/posts/1)):\n\n> Words\n\nIndeed");
            await site.With<React, object?>(async react =>
                await react.To(await site.Reader("ben"), Conversation.Id(topic), 1, 1, true, default));
            await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "Bad" });
            await ben.Submit("/groups/circle", new() { ["message"] = "Please" });
            var started = await ben.Start("general", "By Ben " + muted);
            if (muted == "topic") await anna.Level(started, FollowLevel.Mute);
            await ben.Reply(topic, "Another, to oneself", to: 2);
            await site.Noticed();
            var made = await site.Db(db =>
            {
                var own = db.Posts.Where(p => p.AuthorId == bens);
                return db
                    .Notices.Where(n => n.MemberId == annas && n.ReadAt == null
                        && (n.PostId == null || n.Kind == NoticeKind.Reaction || own.Any(p => p.Id == n.PostId)))
                    .Select(n => n.Kind)
                    .ToListAsync();
            });
            foreach (var kind in MuteTable.Kinds)
                if (muted == "nothing") Assert.True(made.Contains(kind), $"Without a mute, {kind} is told: {string.Join(", ", made)}");
                else (silent.TryGetValue(kind, out var row) ? row : silent[kind] = []).Add(!made.Contains(kind));
            if (muted == "person") await anna.Submit("/members/" + await site.HandleOf("ben"), [], "form[action$='/unmute']");
        }
        foreach (var kind in MuteTable.Kinds)
            Assert.True(MuteTable.Of(kind).SequenceEqual(silent[kind]), $"{kind}: {string.Join(", ", silent[kind])}");
        // The help says the same, in both languages.
        foreach (var (language, word) in new[] { ("en", "silent"), ("ja", "届きません") })
        {
            var page = await anna.Get($"/language/{language}?back=/notifications/settings");
            var rows = page.Document.QuerySelectorAll("table tbody tr").Select(r =>
                r.QuerySelectorAll("td").Select(c => c.TextContent.Trim() == word).ToList()).ToList();
            Assert.Equal(MuteTable.Kinds.Select(MuteTable.Of).Select(r => string.Join(' ', r)),
                rows.Select(r => string.Join(' ', r)));
        }
    }

    [Fact]
    public async Task A_level_of_the_topic_beats_that_of_its_board_unless_it_came_by_itself()
    {
        FollowLevel Of(FollowLevel? topic, bool byItself, FollowLevel? board) => new FollowLevels(topic, byItself, board).InTopic;
        Assert.Equal(FollowLevel.Watch, Of(FollowLevel.Watch, false, FollowLevel.Mute));
        Assert.Equal(FollowLevel.Mute, Of(FollowLevel.Watch, true, FollowLevel.Mute));
        Assert.Equal(FollowLevel.Normal, Of(FollowLevel.Normal, false, FollowLevel.Mute));
        Assert.Equal(FollowLevel.Normal, Of(null, false, FollowLevel.Watch));
        Assert.Equal(FollowLevel.Mute, Of(FollowLevel.Mute, false, FollowLevel.Watch));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Who_is_mentioned_is_told_once_ever_for_a_post()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await ben.Start("general", "Without a name");
        async Task<int> Edit(string text)
        {
            await ben.Submit(topic + "/posts/1/edit", new() { ["title"] = "Without a name", ["text"] = text });
            await site.Noticed();
            var annas = await site.MemberId("anna");
            return await site.Db(db => db.Notices.CountAsync(n => n.MemberId == annas && n.Kind == NoticeKind.Mention));
        }
        Assert.Equal(0, await Edit("Nobody"));
        Assert.Equal(1, await Edit("Hello @Anna"));
        Assert.Equal(1, await Edit("Hello, @Anna"));
        Assert.Equal(1, await Edit("Hello"));
        Assert.Equal(1, await Edit("Hello again @Anna"));
        Assert.Equal(["Ben mentioned you"], await anna.News());
    }
}
