using System.Diagnostics;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>
/// Random histories against a naive model, a set of (member, post) pairs: after each step every page must mark for a member what the model
/// says. The seed is printed; COMMUNITY_TEST_SEED replays a history.
/// </summary>
[OnBothDatabases]
public sealed class UnreadHistoryTests(TestHost host)
{
    const int Steps = 120;
    static readonly TimeSpan longest = TimeSpan.FromSeconds(10);
    static readonly string[] boards = ["general", "lounge", "inner"], people = ["anna", "ben", "carla", "mod"];

    sealed class ModelPost(int number, string author)
    {
        public int Number => number;
        public string Author => author;
        public bool Hidden, Deleted;
        public bool Removed => Hidden || Deleted;
    }

    sealed class ModelTopic(long id, string board)
    {
        public long Id => id;
        public string Board = board;
        public bool Hidden;
        public readonly List<ModelPost> Posts = [];
        public string Url => $"/boards/{Board}/{Id}";
    }

    /// <summary>An open page of a board, and the posts that were in the board when it was rendered.</summary>
    sealed record OpenPage(string Member, Page Page, IReadOnlyList<(long, int)> Posts);

    sealed class Model
    {
        public readonly List<ModelTopic> Topics = [];
        public readonly HashSet<(string, long, int)> Read = [];
        public readonly HashSet<string> Circle = ["carla"];

        public bool Sees(string member, string board) => board != "inner" || member == "mod" || Circle.Contains(member);
        public bool IsUnread(string member, ModelTopic topic, ModelPost post) =>
            !topic.Hidden && !post.Removed && Sees(member, topic.Board) && post.Author != member
            && !Read.Contains((member, topic.Id, post.Number));
        public List<int> Unread(string member, ModelTopic topic) =>
            [.. topic.Posts.Where(p => IsUnread(member, topic, p)).Select(p => p.Number)];
    }

    [Fact]
    public async Task Every_page_marks_what_a_naive_model_says_after_each_step_of_a_random_history()
    {
        var seed = Seeds.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"COMMUNITY_TEST_SEED={seed}");
        var random = new Random(seed);
        var site = await host.NewSite();
        var (model, steps) = (new Model(), new List<string>());
        var (browsers, readers) = (new Dictionary<string, Visitor>(), new Dictionary<string, Reader>());
        foreach (var key in people)
        {
            browsers[key] = await site.SignIn(key);
            readers[key] = await site.Reader(key, key == "mod" ? [Roles.Moderator] : []);
        }
        var open = new List<OpenPage>();
        // A topic with a second page.
        var filled = new ModelTopic(Conversation.Id(await site.Fill("general", 44, n => 1 + random.Next(n - 1))), "general");
        filled.Posts.AddRange(Enumerable.Range(1, 45).Select(n => new ModelPost(n, "anna")));
        foreach (var post in filled.Posts) model.Read.Add(("anna", filled.Id, post.Number));
        await site.With<MarkRead, int>(async mark =>
        {
            await mark.Posts(readers["anna"].Id!.Value, filled.Id, filled.Posts.Select(p => p.Number), default);
            return 0;
        });
        model.Topics.Add(filled);

        var time = Stopwatch.StartNew();
        for (var step = 0; step < Steps && time.Elapsed < longest; step++)
        {
            var member = Any(people);
            try
            {
                steps.Add($"{step}: {await Act(member)}");
                await Compare(member);
                await Compare(Any(people));
            }
            catch (Exception error)
            {
                Assert.Fail($"COMMUNITY_TEST_SEED={seed}\n{string.Join('\n', steps)}\n{error.Message}\n{error.StackTrace}");
            }
        }

        T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

        ModelTopic AnyTopic(string member) =>
            Any([.. model.Topics.Where(t => model.Sees(member, t.Board) && !t.Hidden).DefaultIfEmpty(model.Topics[0])]);

        async Task<string> Act(string member)
        {
            var topic = AnyTopic(member);
            var post = Any(topic.Posts);
            switch (random.Next(20))
            {
                case 0 when model.Topics.Count < 12:
                    var board = Any([.. boards.Where(b => b != "inner" || model.Circle.Contains(member))]);
                    var started = await site.With<PublishPost, Published?>(async p =>
                        await p.StartTopic(await Now(member), board, "Topic " + model.Topics.Count, "Words", Guid.NewGuid(), default));
                    model.Topics.Add(new(started!.TopicId, board) { Posts = { new(1, member) } });
                    return $"{member} starts {started.TopicId} in {board}";
                case < 5
                    when !topic.Hidden && (topic.Board != "inner" || model.Circle.Contains(member)) && topic.Posts.Exists(p => !p.Removed):
                    var to = Any(topic.Posts);
                    var reply = await site.With<PublishPost, Published?>(async p =>
                        await p.Reply(await Now(member), topic.Id, to.Number, null, "Words", Guid.NewGuid(), default));
                    topic.Posts.Add(new(reply!.Number, member));
                    return $"{member} writes {topic.Id}#{reply.Number}";
                case < 9 when model.Sees(member, topic.Board) && !topic.Hidden:
                    return $"{member} reads {topic.Id}: {string.Join(' ', await Read(member, topic))}";
                case 9 when !post.Deleted:
                    await site.With<Moderate, bool>(m => m.HidePost(readers["mod"], topic.Id, post.Number, "", default));
                    if (!post.Removed) post.Hidden = true;
                    return $"hide {topic.Id}#{post.Number}";
                case 10 or 11:
                    var hidden = model.Topics.SelectMany(t => t.Posts.Where(p => p.Hidden && !p.Deleted).Select(p => (t, p))).ToList();
                    if (hidden.Count == 0) return "nothing to restore";
                    var (of, back) = Any(hidden);
                    await site.With<Moderate, bool>(m => m.RestorePost(readers["mod"], of.Id, back.Number, default));
                    back.Hidden = false;
                    return $"restore {of.Id}#{back.Number}";
                case 12:
                    if (post.Removed || topic.Hidden || !model.Sees(post.Author, topic.Board)) return "nothing to delete";
                    await site.With<ChangePost, bool>(async c => await c.Delete(await Now(post.Author), topic.Id, post.Number, default));
                    post.Deleted = true;
                    if (post.Number == 1 && topic.Posts.TrueForAll(p => p.Removed)) topic.Hidden = true;
                    return $"{post.Author} deletes {topic.Id}#{post.Number}";
                case 13 or 14:
                    var target = Any(boards);
                    var from = topic.Board;
                    await site.With<Moderate, bool>(m => m.Move(readers["mod"], topic.Id, target, default));
                    topic.Board = target;
                    return $"move {topic.Id} from {from} to {target}";
                case 15:
                    var any = Any(model.Topics);
                    await site.With<Moderate, bool>(m =>
                        any.Hidden ? m.RestoreTopic(readers["mod"], any.Id, default) : m.HideTopic(readers["mod"], any.Id, "", default));
                    any.Hidden = !any.Hidden;
                    return $"{(any.Hidden ? "hide" : "restore")} topic {any.Id}";
                case 16:
                    var place = Any([.. boards.Where(b => model.Sees(member, b))]);
                    var page = await browsers[member].Get($"/boards/{place}?view=topics");
                    var stood = model.Topics.Where(t => t.Board == place).SelectMany(t => t.Posts.Select(p => (t.Id, p.Number)));
                    open.Add(new(member, page, [.. stood]));
                    return $"{member} leaves a page of {place} open (page {open.Count})";
                case 17 or 18 when open.Count > 0:
                    var old = Any(open);
                    if (old.Page.Document.QuerySelector("form[action$='/read']") is null) return "no button";
                    var answer = await browsers[old.Member].Post(old.Page, [], "form[action$='/read']");
                    // In a board that the member may no longer read, nothing is marked.
                    if (answer.Status is System.Net.HttpStatusCode.NotFound)
                        return $"{old.Member} may mark page {open.IndexOf(old) + 1} no more";
                    foreach (var (id, number) in old.Posts) model.Read.Add((old.Member, id, number));
                    return $"{old.Member} marks page {open.IndexOf(old) + 1}";
                case 19:
                    var joins = !model.Circle.Contains("ben");
                    await site.Db(async db =>
                    {
                        var circle = await db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync();
                        var ben = readers["ben"].Id!.Value;
                        await db.Set<GroupMembership>().Where(m => m.GroupId == circle && m.MemberId == ben).ExecuteDeleteAsync();
                        if (joins) db.Add(new GroupMembership
                        {
                            GroupId = circle,
                            MemberId = ben,
                            RequestedAt = host.Clock.Now,
                            JoinedAt = host.Clock.Now,
                        });
                        return await db.SaveChangesAsync();
                    });
                    if (joins) model.Circle.Add("ben");
                    else model.Circle.Remove("ben");
                    return joins ? "ben joins the circle" : "ben leaves the circle";
                default:
                    return "nothing";
            }
        }

        Task<Reader> Now(string member) => site.Reader(member, member == "mod" ? [Roles.Moderator] : []);

        // Reads one page of the topic in either view, and waits until that has been stored.
        async Task<IReadOnlyList<int>> Read(string member, ModelTopic topic)
        {
            var url =
                $"{topic.Url}?view={Any(["tree", "chronological"])}" + (topic.Posts.Count > 30 && random.Next(2) > 0 ? "&after=25" : "");
            var unread = model.Unread(member, topic);
            var shown = (await browsers[member].Get(url)).Numbers().Where(unread.Contains).ToList();
            foreach (var number in shown) model.Read.Add((member, topic.Id, number));
            var id = readers[member].Id!.Value;
            for (var end = DateTime.UtcNow + TestSite.Patience; shown.Count > 0; await Task.Delay(2))
            {
                var row = await site.Db(db =>
                    db.TopicReads.AsNoTracking().FirstOrDefaultAsync(r => r.MemberId == id && r.TopicId == topic.Id)
                );
                if (row is not null && shown.TrueForAll(row.Set.Contains))
                    break;
                Assert.True(DateTime.UtcNow < end, "what was read is not kept");
            }
            return shown;
        }

        async Task Compare(string member)
        {
            var browser = browsers[member];
            var seen = model.Topics.Where(t => model.Sees(member, t.Board)).ToList();
            var marked = seen.ToDictionary(t => t.Id, t => model.Unread(member, t));
            var list = await browser.Get("/boards");
            foreach (var board in boards.Where(b => model.Sees(member, b)))
            {
                var topics = seen.Where(t => t.Board == board).ToList();
                Same($"/boards: {board}", topics.Exists(t => marked[t.Id].Count > 0),
                    list.Document.QuerySelector($".board-list li.unread a[href='/boards/{board}']") is not null);
                var page = await browser.Get($"/boards/{board}?view=topics");
                foreach (var topic in topics.Where(t => !t.Hidden))
                    Same($"{board}: {topic.Id}", marked[topic.Id].Count, Count(page, topic));
                foreach (var (view, links) in new[] { ("tree", ".title-tree .tree a"), ("posts", ".latest-list .entry-title a") })
                    foreach (var link in (await browser.Get($"/boards/{board}?view={view}")).Document.QuerySelectorAll(links))
                    {
                        var parts = link.GetAttribute("href")!.Split('/');
                        Same($"{view} of {board}: {parts[3]}#{parts[5]}", marked[long.Parse(parts[3])].Contains(int.Parse(parts[5])),
                            link.Closest("li")!.ClassList.Contains("unread"));
                    }
            }
            var home = await browser.Get("/");
            foreach (var topic in seen.Where(t => home.Document.QuerySelector($".topic-title > a[href='{t.Url}']") is not null))
                Same($"front page: {topic.Id}", marked[topic.Id].Count, Count(home, topic));
            foreach (var link in home.Document.QuerySelectorAll("section[aria-labelledby=answers] .entry-title a"))
            {
                var parts = link.GetAttribute("href")!.Split('/');
                Same($"answers: {parts[3]}#{parts[5]}", marked[long.Parse(parts[3])].Contains(int.Parse(parts[5])),
                    link.Closest("li")!.ClassList.Contains("unread"));
            }
            var all = await browser.Get("/unread");
            foreach (var topic in seen) Same($"/unread: {topic.Id}", marked[topic.Id].Count, Count(all, topic));
            foreach (var topic in seen.Where(t => !t.Hidden).OrderBy(_ => random.Next()).Take(2))
            {
                var page = await browser.Send(new(HttpMethod.Get, topic.Url) { Headers = { { "Sec-Purpose", "prefetch" } } });
                Same(
                    $"topic {topic.Id}",
                    string.Join(' ', page.Numbers().Where(marked[topic.Id].Contains)),
                    string.Join(' ', page.Unread())
                );
            }

            void Same<T>(string what, T expected, T found) =>
                Assert.True(Equals(expected, found), $"{member}, {what}: expected {expected}, found {found}");
        }

        static int Count(Page page, ModelTopic topic) =>
            page.Document.QuerySelector($".topic-title a[href^='{topic.Url}/posts/'] .unread-mark") is { } mark
                ? int.Parse(mark.TextContent.Split(' ')[0]) : 0;
    }
}
