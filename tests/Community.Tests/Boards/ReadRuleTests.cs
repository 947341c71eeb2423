using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>There is one rule for who reads a board: the entity and every query give the same answer.</summary>
public sealed class ReadRuleTests(TestHost host)
{
    [Fact]
    public async Task Entities_and_queries_agree_on_boards_and_readers_of_any_kind()
    {
        var site = await host.NewSite();
        var random = new Random(20261126);
        var (anna, admin) = (await site.Reader("anna"), await site.Reader("admin"));
        var groups = await site.Db(db => db.Groups.Select(g => g.Id).ToListAsync());
        await site.Db(async db =>
        {
            for (var i = 0; i < 30; i++)
            {
                var board = new Board
                {
                    Key = "b" + i,
                    Name = "Board " + i,
                    Read = Any(Enum.GetValues<BoardReaders>()),
                    Groups =
                    [
                        .. groups
                            .Where(_ => random.Next(2) == 0)
                            .Select(g => new BoardGroup { GroupId = g, Reads = random.Next(2) == 0 }),
                    ],
                };
                db.Boards.Add(board);
                await db.SaveChangesAsync();
                foreach (var hidden in new[] { false, true })
                {
                    var topic = board.StartTopic(admin, $"{board.Name} {hidden}", "Words", null, site.Host.Clock.Now);
                    if (hidden) topic.Hide(anna.Id, "", site.Host.Clock.Now);
                    db.Topics.Add(topic);
                }
            }
            return await db.SaveChangesAsync();
        });
        List<Reader> readers = [Reader.Visitor, await site.Reader("mod"), admin, anna with { Groups = new HashSet<long>() }];
        var some = await site.Db(db => db.Boards.Select(b => b.Id).ToListAsync());
        for (var i = 0; i < 4; i++)
            readers.Add(anna with
            {
                Single = some.Where(_ => random.Next(4) == 0).Select(b => new PermissionOn(BoardsPermissions.Moderate, b)).ToHashSet(),
            });
        for (var i = 0; i < 8; i++) readers.Add(anna with { Groups = groups.Where(_ => random.Next(2) == 0).ToHashSet() });
        await site.Db(async db =>
        {
            var boards = await db.Boards.AsNoTracking().Include(b => b.Groups).ToListAsync();
            var topics = await db.Topics.AsNoTracking().Include(t => t.Board.Groups).ToListAsync();
            foreach (var reader in readers)
            {
                Assert.Equal(
                    boards.Where(b => b.MayModerate(reader)).Select(b => b.Id).Order(),
                    await db.Boards.ModeratedBy(reader, b => b.Id).Select(b => b.Id).OrderBy(id => id).ToListAsync()
                );
                Assert.Equal(
                    boards.Where(b => b.MayRead(reader)).Select(b => b.Id).Order(),
                    await db.Boards.VisibleTo(reader).Select(b => b.Id).OrderBy(id => id).ToListAsync()
                );
                var mine = topics.Where(t => t.MayRead(reader)).Select(t => t.Id).Order().ToList();
                Assert.Equal(mine, await db.Topics.VisibleTo(reader).Select(t => t.Id).OrderBy(id => id).ToListAsync());
                Assert.Equal(mine, await db.Posts.VisibleTo(reader).Select(p => p.TopicId).Distinct().OrderBy(id => id).ToListAsync());
            }
            // A board reaches beyond another if there is any possible reader of the one who cannot read the other.
            var everybody = Subsets(groups).Select(g => anna with { Groups = g }).Append(Reader.Visitor).ToList();
            foreach (var (one, other) in boards.SelectMany(one => boards.Select(other => (one, other))))
                Assert.Equal(everybody.Any(r => one.MayRead(r) && !other.MayRead(r)), one.ReachesBeyond(other));
            return 0;
        });

        T Any<T>(T[] of) => of[random.Next(of.Length)];

        static IEnumerable<HashSet<long>> Subsets(List<long> of) =>
            Enumerable.Range(0, 1 << of.Count).Select(bits => of.Where((_, i) => (bits >> i & 1) == 1).ToHashSet());
    }

    [Fact]
    public async Task What_a_visitor_sees_is_asked_without_looking_at_groups()
    {
        var site = await host.NewSite();
        var anna = await site.Reader("anna");
        await site.Db(db =>
        {
            Assert.DoesNotContain("board_groups", db.Topics.VisibleTo(Reader.Visitor).ToQueryString());
            Assert.Contains("board_groups", db.Topics.VisibleTo(anna).ToQueryString());
            return Task.FromResult(0);
        });
        var mod = await site.Reader("mod");
        await site.Db(db =>
        {
            Assert.DoesNotContain("WHERE", db.Posts.VisibleTo(mod).ToQueryString());
            return Task.FromResult(0);
        });
    }
}
