using System.Text.RegularExpressions;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Helpers for tests of the boards: writing through the forms, and reading from the database.</summary>
static partial class Conversation
{
    /// <summary>Starts a topic through the form and returns its address without the words of its title, as its posts have it.</summary>
    public static async Task<string> Start(this Visitor member, string board, string title, string text = "Words")
    {
        var page = await member.Submit($"/boards/{board}/new", new() { ["title"] = title, ["text"] = text });
        Assert.True(
            page.Url.AbsolutePath.StartsWith($"/boards/{board}/") && page.Status == System.Net.HttpStatusCode.OK,
            $"{page.Status} {page.Url} {page.Text}"
        );
        return WithoutWords(page.Url.AbsolutePath);
    }

    /// <summary>The address of a topic, from that of its page.</summary>
    public static string WithoutWords(string page) => Words().Replace(page, "$1");

    [GeneratedRegex(@"^(/boards/[^/]+/\d+)-[^/?#]*")]
    private static partial Regex Words();

    /// <summary>Replies through the form and returns the page that it leads to.</summary>
    public static Task<Page> Reply(this Visitor member, string topic, string text, int to = 1, string title = "") =>
        member.Submit($"{topic}/reply?to={to}", new() { ["title"] = title, ["text"] = text });

    public static long Id(string topic) => long.Parse(topic.Split('/')[3].Split('-')[0]);

    public static IReadOnlyList<int> Numbers(this Page page) =>
        [.. page.Document.QuerySelectorAll("article.post").Select(a => int.Parse(a.Id![1..]))];

    public static IReadOnlyList<int> Unread(this Page page) =>
        [.. page.Document.QuerySelectorAll("article.post.unread").Select(a => int.Parse(a.Id![1..]))];

    /// <summary>A member as a request sees them, with the role from the database unless <paramref name="roles"/> are given.</summary>
    public static Task<Reader> Reader(this TestSite site, string key, params string[] roles) => site.Db(async db =>
    {
        var member = await db.Members.Include(m => m.Groups).FirstAsync(m => m.Email == key + "@example.com");
        var may = site.Host.Services.GetRequiredService<May>();
        string[] held = [Roles.Member, .. roles.Length > 0 ? roles : member.Role is { } role ? [role] : []];
        return new Reader(member.Id, member.Name, member.Handle, member.Groups.Select(g => g.GroupId).ToHashSet(), may.Of(held));
    });

    /// <summary>
    /// A topic with many replies, written straight to the database; <paramref name="parent"/> maps each number to the one it replies to.
    /// </summary>
    public static async Task<string> Fill(this TestSite site, string board, int replies, Func<int, int> parent)
    {
        var anna = await site.Reader("anna");
        var id = await site.Db(async db =>
        {
            var row = await db.Boards.Include(b => b.Groups).FirstAsync(b => b.Key == board);
            var topic = row.StartTopic(anna, "A long topic", "Opening", null, site.Host.Clock.Now);
            topic.Board = row;
            var posts = new List<Post> { topic.Posts[0] };
            for (var number = 2; number <= replies + 1; number++)
                posts.Add(topic.Reply(anna, posts[parent(number) - 1], null, $"Reply {number}", null, site.Host.Clock.Now));
            topic.Posts = [];
            db.Topics.Add(topic);
            await db.SaveChangesAsync();
            db.ChangeTracker.AutoDetectChangesEnabled = false;
            foreach (var post in posts) post.TopicId = topic.Id;
            db.Posts.AddRange(posts);
            await db.SaveChangesAsync();
            return topic.Id;
        });
        return Topic.PageOf(board, id, "A long topic");
    }
}
