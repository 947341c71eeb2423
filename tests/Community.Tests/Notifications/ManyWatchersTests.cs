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

    static ManyWatchersTests() => SiteQueries.Listen();

    [Fact]
    public async Task Many_posts_of_one_batch_are_told_by_as_many_queries_as_few()
    {
        var site = await host.NewSite();
        await site.Fill("general", 40, _ => 1);
        var (anna, ben) = (await site.MemberId("anna"), await site.MemberId("ben"));
        var events = await site.Db(async db =>
        {
            await db.Posts.ExecuteUpdateAsync(s => s.SetProperty(p => p.ToMemberId, p => p.Number > 1 ? ben : null));
            return (await db.Posts.OrderByDescending(p => p.Id).Take(40).ToListAsync()).ConvertAll(p => new PublishedEvent(
                p.Id, Guid.Empty, p.At, anna, new PostPublished(p.BoardId, p.TopicId, p.Id, p.Number, p.ParentNumber, anna)));
        });
        Task Tell(int count) =>
            site.With<IServiceProvider, int>(async services =>
            {
                var db = services.GetRequiredService<SiteDb>();
                await using var change = await db.Change();
                await ActivatorUtilities.CreateInstance<TellOfPosts>(services).Handle(events[..count], default);
                await change.Commit();
                return 0;
            });
        await Tell(40);
        Assert.Equal(40, await site.Db(db => db.Notices.CountAsync(n => n.MemberId == ben && n.Kind == NoticeKind.Reply)));
        Assert.Equal(await SiteQueries.Of(site, () => Tell(2)), await SiteQueries.Of(site, () => Tell(40)));
        Assert.Equal(40, await site.Db(db => db.Notices.CountAsync()));
    }

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
