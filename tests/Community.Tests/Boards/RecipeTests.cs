using System.Text.Json.Nodes;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>The sample sites' boards and conversations.</summary>
public sealed class RecipeTests(TestHost host)
{
    [Theory]
    [InlineData("momiji")]
    [InlineData("northwind")]
    public async Task The_sample_conversations_are_numbered_by_time_and_counted(string name)
    {
        var recipe = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "recipes", name + ".json")))!;
        var site = await host.NewSite(r =>
        {
            foreach (var part in new[] { "groups", "boards", "mailKinds", "attributes", "members", "topics" })
                r[part] = recipe[part]!.DeepClone();
        });
        var posts = await site.Db(db => db.Posts.AsNoTracking().Include(p => p.Topic).OrderBy(p => p.Id).ToListAsync());
        Assert.InRange(posts.Count, 150, 2000);
        Assert.Equal(posts.OrderBy(p => p.At).ThenBy(p => p.Id).Select(p => p.Id), posts.Select(p => p.Id));
        Assert.True(posts.Max(p => p.Depth) >= 4);
        foreach (var topic in posts.GroupBy(p => p.TopicId))
        {
            Assert.Equal(Enumerable.Range(1, topic.Count()), topic.Select(p => p.Number));
            var row = topic.First().Topic;
            Assert.Equal(
                (topic.Count(), topic.Count() - 1, topic.Last().At),
                (row.Total, row.Replies, row.LastPostAt)
            );
        }
        foreach (var board in await site.Db(db => db.Boards.ToListAsync()))
        {
            var own = posts.Where(p => p.BoardId == board.Id).ToList();
            Assert.Equal(
                (own.Count, own.Select(p => p.TopicId).Distinct().Count(), own.LastOrDefault()?.Id),
                (board.PostCount, board.TopicCount, board.LastPostId)
            );
        }
    }
}
