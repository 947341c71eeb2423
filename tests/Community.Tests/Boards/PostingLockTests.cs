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

    [Fact]
    public async Task Who_acts_is_the_same_by_a_query_and_among_other_statements()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite is sent one statement at a time.");
        var site = await host.NewSite();
        string[] keys = ["anna", "ben", "mod", "carla", "admin"];
        var ids = new List<long>();
        foreach (var key in keys) ids.Add((await site.Reader(key)).Id!.Value);
        await site.Db(async db =>
        {
            var group = new Group { Key = "tents", Name = "Tents", CreatedAt = db.Now };
            db.Groups.Add(group);
            await db.SaveChangesAsync();
            db.GroupMemberships.Add(new() { GroupId = group.Id, MemberId = ids[0], JoinedAt = db.Now });
            db.MemberPermissions.Add(new() { MemberId = ids[0], Permission = "boards.moderate", ThingId = 7 });
            db.MemberPermissions.Add(new() { MemberId = ids[0], Permission = "boards.moderate", ThingId = 3 });
            await db.SaveChangesAsync();
            await db.Members.Where(m => m.Id == ids[1]).ExecuteUpdateAsync(s => s.SetProperty(m => m.SilencedAt, db.Now));
            return await db.Members.Where(m => m.Id == ids[3]).ExecuteUpdateAsync(s => s.SetProperty(m => m.SuspendedAt, db.Now));
        });
        foreach (var id in ids.Append(0))
        {
            var (one, other) = (await site.With((PresentReader p) => p(Reader.Visitor with { Id = id })), await InBatch(site, id));
            Assert.Equal((one.Id, one.Name, one.Handle, one.Hindrance), (other.Id, other.Name, other.Handle, other.Hindrance));
            Assert.Equal(one.Groups.Order(), other.Groups.Order());
            Assert.Equal(one.Permissions.Order(), other.Permissions.Order());
            Assert.Equal(one.Single.OrderBy(s => s.Thing), other.Single.OrderBy(s => s.Thing));
        }
        var (anna, ben) = (await InBatch(site, ids[0]), await InBatch(site, ids[1]));
        Assert.NotEmpty(anna.Groups);
        Assert.Equal(2, anna.Single.Count);
        Assert.NotNull(ben.Hindrance);
        Assert.False((await InBatch(site, ids[3])).IsMember);
    }

    static Task<Reader> InBatch(TestSite site, long id) => site.Db(async db =>
    {
        await db.Database.OpenConnectionAsync();
        await using var batch = db.Database.GetDbConnection().CreateBatch();
        var query = await site.With((PresentReaderInBatch q) => Task.FromResult(q));
        query.Ask(batch, id);
        await using var results = await batch.ExecuteReaderAsync();
        return await query.Read(results, id, default);
    });
}
