using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Replies, beside whoever holds the rows of members: on SQLite there is one writer.</summary>
[OnBothDatabases]
public sealed class PostingLockTests(TestHost host)
{
    [Theory]
    [InlineData("ben")]
    [InlineData("anna")]
    [InlineData("carla")]
    public async Task A_reply_waits_for_who_erases_its_author_whom_it_answers_or_mentions_without_holding_the_topic(string erased)
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (anna, ben, carla) = (await site.SignIn("anna"), await site.Reader("ben"), await site.Reader("carla"));
        var topic = Conversation.Id(await anna.Start("general", "Held"));
        var id = (await site.Reader(erased)).Id!.Value;
        var reply = Task.FromResult<Published?>(null);
        await site.Db(async db =>
        {
            await using var change = await db.Change<Member>(id);
            reply = site.With((PublishPost p) => p.Reply(ben, topic, 1, null, $"Now, @{carla.Name}", Guid.NewGuid(), default));
            await TestSite.Until(
                async () => await db.Database.SqlQuery<bool>(
                    $"""
                    SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS "Value"
                    """).SingleAsync(),
                "the reply waits for the member");
            // As erasing and merging do, with the member's lock. Whoever held the topic would wait for us, and we for them.
            await db.Topics.Where(t => t.Id == topic).ExecuteUpdateAsync(s => s.SetProperty(t => t.LastPostBy, (long?)null));
            await change.Commit();
            return 0;
        });
        Assert.Equal(2, (await reply)!.Number);
        var mentioned = await site.Db(db => db.PostMentions.Where(m => m.Post.TopicId == topic).Select(m => m.MemberId).ToListAsync());
        Assert.Equal([carla.Id!.Value], mentioned);
    }
}
