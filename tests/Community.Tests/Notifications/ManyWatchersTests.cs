using System.Diagnostics;
using Community.Boards;
using Community.Members;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Notifications;

/// <summary>A topic with many watchers is posted to as one with none; they are told in steps, each of them once.</summary>
[OnBothDatabases]
public sealed class ManyWatchersTests(TestHost host)
{
    const int Watchers = 2_300;

    [Fact]
    public async Task Watchers_are_told_in_steps_once_and_a_step_that_runs_again_tells_nobody_twice()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Watched by many");
        var members = await site.Watched(Conversation.Id(topic), Watchers);
        await site.EventsRead();
        await anna.Reply(topic, "News");
        await site.Noticed();
        Task<int> Count() => site.Db(db => db.Notices.CountAsync(n => n.Kind == NoticeKind.NewPost));
        Assert.Equal(Watchers, await Count());
        Assert.Equal(Watchers, await site.Db(db => db.NoticeMails.CountAsync(m => m.DueAt != null)));
        var post = await site.Db(db => db.Posts.MaxAsync(p => p.Id));
        await site.With<IServiceProvider, int>(async services =>
        {
            await ActivatorUtilities.CreateInstance<TellWatchersStep>(services)
                .Handle(new TellWatchers(Conversation.Id(topic), post, post, false, 0), default);
            return 0;
        });
        await anna.Reply(topic, "More news, while nobody has been there");
        await site.Noticed();
        Assert.Equal(Watchers, await Count());
    }
}

static class ManyWatchers
{
    /// <summary>New members who watch the topic.</summary>
    public static Task<List<long>> Watched(this TestSite site, long topic, int count) => site.Db(async db =>
    {
        await using var change = await db.Change();
        var ids = await db.TakeIds<Member>(count);
        var now = site.Host.Clock.Now;
        var members = ids.ConvertAll(id =>
        {
            var member = Member.Create("Watcher " + id, EmailAddress.Parse($"w{id}@example.com"), now);
            (member.Id, member.ConfirmedAt) = (id, now);
            return member;
        });
        await db.InsertAll(members);
        await db.InsertAll(ids.ConvertAll(id => new TopicFollow { MemberId = id, TopicId = topic, Level = FollowLevel.Watch, At = now }));
        await change.Commit();
        return ids;
    });
}
