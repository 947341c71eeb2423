using System.Diagnostics;
using System.Text.Json.Nodes;
using Community.Boards;
using Community.Members;
using Community.Sites;
using Community.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Benchmarks;

/// <summary>A site with many members, topics and posts, the same each time.</summary>
static class Data
{
    public const string Host = "bench.localhost",
        Password = "tea and mountains",
        Reader = "reader@bench.example",
        Mailer = "mailer@bench.example";
    /// <summary>As many as write at once in any row: what one member does at once waits for itself.</summary>
    public const int Writers = 64,
        WriterTopics = 50;

    /// <summary>Replies of the topics in the board <c>deep</c>.</summary>
    public static readonly int[] Depths = [25, 1_000, 10_000, 100_000];
    const int Batch = 20_000, MaxLevels = 200;
    /// <summary>The titles that topics are made with.</summary>
    static string TitleOf(long topic) => $"{topic} 鉄瓶の赤錆について教えてください";

    /// <summary>The address of a topic's page.</summary>
    public static string PageOf(string board, long topic) => Topic.PageOf(board, topic, TitleOf(topic));

    public static string Writer(int n) => $"writer{n}@bench.example";

    /// <summary>Makes the data unless they are there.</summary>
    /// <param name="folder">Of the installation.</param>
    /// <param name="database">Empty for SQLite.</param>
    /// <param name="members">Who all agreed to the mail kind <c>news</c>.</param>
    /// <param name="topics">In the board <c>many</c>.</param>
    /// <param name="posts">In the board <c>many</c>.</param>
    /// <param name="deep">With the topics of <see cref="Depths"/>.</param>
    /// <param name="iterations">Of the password's hash; 0 for the product's own.</param>
    /// <param name="boards">So many in all; those beside <c>many</c>, <c>deep</c> and <c>write</c> have half of the posts.</param>
    public static async Task Make(
        string folder, string database, int members, int topics, int posts, bool deep, int iterations = 0, int boards = 3)
    {
        var clock = Stopwatch.StartNew();
        using var host = Open(folder, database, iterations);
        var services = host.Services;
        await services.GetRequiredService<Databases>().PrepareCatalogue(default);
        await services.GetRequiredService<Installation>().Prepare(default);
        if (await services.GetRequiredService<SiteDirectory>().FindByKey("bench", default) is not null) return;
        Console.WriteLine($"Making {members:N0} members and {posts:N0} posts in {topics:N0} topics …");
        var site = await services.GetRequiredService<CreateSite>().From(Operators.OfMachine, Recipe.Parse(Text(boards)));
        await services.GetRequiredService<SiteScopes>().Run(site, s => new Maker(s, topics, posts, deep).Fill(members));
        Console.WriteLine($"  {clock.Elapsed.TotalSeconds:0} s");
    }

    public static IHost Open(string folder, string database, int iterations = 0) =>
        CommunityHost.ForCommand(
            new()
            {
                ["Community:Data"] = folder,
                ["Community:Database"] = database,
                ["Community:Themes"] = Path.Combine(Places.Root, "themes"),
                ["Community:Recipes"] = Path.Combine(Places.Root, "recipes"),
                ["Community:ConsoleHost"] = "console.localhost",
                ["Community:SamplePassword"] = Password,
                ["Community:Relay"] = "smtp://127.0.0.1:9",
                ["Community:PasswordIterations"] = (
                    iterations > 0 ? iterations : new Community.Members.MembersOptions().PasswordIterations
                ).ToString(),
            }
        );

    public static async Task<T> In<T>(string folder, string database, Func<SiteDb, Task<T>> look)
    {
        using var host = Open(folder, database);
        var site = await host.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default);
        return await host.Services.GetRequiredService<SiteScopes>().Run(site!, s => look(s.GetRequiredService<SiteDb>()));
    }

    static IEnumerable<string> BoardKeys(int count) =>
        ["many", "deep", "write", .. Enumerable.Range(1, Math.Max(0, count - 3)).Select(n => "more" + n)];

    static string Text(int boards)
    {
        var recipe = (JsonObject)
            JsonNode.Parse(
                File.ReadAllText(Path.Combine(Places.Root, "recipes", "blank-ja.json")),
                null,
                new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true }
            )!;
        recipe["key"] = "bench";
        recipe["hosts"] = new JsonArray(Host);
        recipe["theme"] = "washi";
        recipe["boards"] = new JsonArray([
            .. BoardKeys(boards).Select(key =>
                (JsonNode)
                    new JsonObject
                    {
                        ["key"] = key,
                        ["name"] = key,
                        ["description"] = "器のはなし、淹れかた、直しのこと",
                        ["kind"] = "interactive",
                        ["read"] = "everyone",
                        ["write"] = "members",
                        ["readGroups"] = new JsonArray(),
                        ["writeGroups"] = new JsonArray(),
                        ["view"] = "tree",
                    }
            ),
        ]);
        recipe["members"] = new JsonArray([
            .. Enumerable.Range(1, Writers).Select(n => Person($"writer{n}", null)),
            Person("reader", null),
            Person("mailer", "mailer"),
            Person("admin", "administrator"),
        ]);
        // Writers of a load write more in an hour than new members may.
        recipe["settings"] = new JsonObject { ["trust"] = new JsonObject { ["isOn"] = false } };
        return recipe.ToJsonString();
    }

    static JsonNode Person(string key, string? role) =>
        new JsonObject
        {
            ["key"] = key,
            ["name"] = "茶の間 " + key,
            ["email"] = key + "@bench.example",
            ["bio"] = null,
            ["groups"] = new JsonArray(),
            ["role"] = role,
            ["joinedDaysAgo"] = 400,
            ["consents"] = new JsonArray(),
            ["state"] = "active",
        };

    /// <summary>Texts as people write them: those of the sample sites.</summary>
    static List<(string Text, string Html, string Snippet)> Words() =>
        [
            .. new[] { "momiji", "northwind" }
                .SelectMany(name =>
                    JsonNode.Parse(File.ReadAllText(Path.Combine(Places.Root, "recipes", name + ".json")))!["topics"]!.AsArray()
                )
                .SelectMany(t => t!["replies"]!.AsArray())
                .Select(r => r!["text"]!.GetValue<string>())
                .Select(t => (t, Markup.ToHtml(t), Markup.ToLine(t, PostText.SnippetLength))),
        ];

    sealed class Maker(IServiceProvider services, int topicCount, int postCount, bool deep)
    {
        readonly SiteDb db = services.GetRequiredService<SiteDb>();
        readonly Random random = new(2003);
        readonly List<(string Text, string Html, string Snippet)> words = Words();
        readonly DateTime start = DateTime.UtcNow.AddDays(-365);
        readonly List<object> waiting = [];
        long topicId, postId;
        List<long> authors = [];

        public async Task Fill(int members)
        {
            await Members(members);
            authors = await db.Members.Where(m => m.ConfirmedAt != null).OrderBy(m => m.Id).Select(m => m.Id).Take(5000).ToListAsync();
            var boards = await db.Boards.ToDictionaryAsync(b => b.Key);
            var more = boards.Values.Where(b => b.Key.StartsWith("more", StringComparison.Ordinal)).ToList();
            var part = more.Count == 0 ? 0 : more.Count * 2;
            await Topics(boards["many"].Id, part == 0 ? topicCount : topicCount / 2, part == 0 ? postCount : postCount / 2);
            foreach (var board in more) await Topics(board.Id, Math.Max(1, topicCount / part), postCount / part);
            await Topics(boards["write"].Id, WriterTopics, WriterTopics * 2);
            if (deep) foreach (var replies in Depths) await Topics(boards["deep"].Id, 1, replies + 1);
            await Save();
            foreach (var board in boards.Values)
            {
                var (topics, posts, last) = (
                    await db.Topics.CountAsync(t => t.BoardId == board.Id),
                    await db.Posts.CountAsync(p => p.BoardId == board.Id),
                    await db.Posts.Where(p => p.BoardId == board.Id).MaxAsync(p => (long?)p.Id)
                );
                await db
                    .Boards.Where(b => b.Id == board.Id)
                    .ExecuteUpdateAsync(s =>
                        s.SetProperty(b => b.TopicCount, topics).SetProperty(b => b.PostCount, posts).SetProperty(b => b.LastPostId, last)
                    );
            }
            await Marks();
            await db.Database.ExecuteSqlRawAsync("ANALYZE");
            if (db.IsSqlite)
                return;
            await db.Database.ExecuteSqlRawAsync(
                "SELECT setval(pg_get_serial_sequence('topics', 'id'), (SELECT max(id) FROM topics)), setval(pg_get_serial_sequence('posts', 'id'), (SELECT max(id) FROM posts))"
            );
        }

        async Task Members(int count)
        {
            var kind = await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync();
            for (var i = 1; i <= count; i++)
            {
                var member = Member.Create(
                    i % 2 == 0 ? $"会員 {i}" : $"Member {i}",
                    EmailAddress.Parse($"m{i}@bench.example"),
                    start.AddMinutes(i)
                );
                (member.ConfirmedAt, member.AddressHash) = (member.JoinedAt, $"hash{i}");
                member.Consents.Add(new ConsentState { KindId = kind, Granted = true, Since = member.JoinedAt });
                await Keep(member);
            }
            await Save();
        }

        /// <summary>Topics that grow side by side, as they do in life: posts of one topic lie far from each other.</summary>
        async Task Topics(long board, int count, int posts)
        {
            var topics = Enumerable
                .Range(0, count)
                .Select(i => new Growing(
                    new Topic
                    {
                        Id = ++topicId,
                        BoardId = board,
                        Title = TitleOf(topicId),
                        AuthorId = Author(),
                        StartedAt = start,
                    },
                    posts > 10_000 && count == 1
                ))
                .ToList();
            for (var i = 0; i < posts; i++)
            {
                var topic = topics[i % count];
                var (text, html, snippet) = words[random.Next(words.Count)];
                var at = start.AddSeconds(postId * 20);
                var post = topic.Next(random);
                (post.Id, post.TopicId, post.BoardId, post.AuthorId, post.At) = (++postId, topic.Topic.Id, board, Author(), at);
                (post.Text, post.Html, post.HtmlVersion, post.Snippet, post.Counted) = (text, html, Markup.Version, snippet, true);
                (topic.Topic.LastPostAt, topic.Topic.LastPostBy, topic.Topic.NextNumber, topic.Topic.Replies) = (
                    at,
                    post.AuthorId,
                    post.Number + 1,
                    post.Number - 1
                );
                topic.Waiting.Add(post);
            }
            var bulk = new BulkRows(db);
            await bulk.Insert(topics.ConvertAll(t => t.Topic));
            foreach (var some in topics.SelectMany(t => t.Waiting).OrderBy(p => p.Id).Chunk(Batch)) await bulk.Insert(some);
        }

        /// <summary>A reader who has read here and there, in every topic of the deep board: the most that can be kept of it.</summary>
        async Task Marks()
        {
            var reader = await db.Members.Where(m => m.Email == Reader).Select(m => m.Id).FirstAsync();
            foreach (var topic in await db.Topics.Where(t => t.Board.Key == "deep").ToListAsync())
            {
                var set = new ReadSet();
                for (var n = 1; n < topic.NextNumber; n++) if (random.Next(3) > 0) set.Add(n);
                db.TopicReads.Add(new TopicRead { MemberId = reader, TopicId = topic.Id, Set = set });
            }
            await db.SaveChangesAsync();
        }

        long Author() => authors[random.Next(authors.Count)];

        async Task Keep(object row)
        {
            waiting.Add(row);
            if (waiting.Count >= Batch) await Save();
        }

        async Task Save()
        {
            if (waiting.Count == 0) return;
            db.AddRange(waiting);
            await db.SaveChangesAsync();
            db.ChangeTracker.Clear();
            waiting.Clear();
        }
    }

    /// <summary>A topic and the places in its tree.</summary>
    sealed class Growing(Topic topic, bool chains)
    {
        readonly List<(string Path, int Depth)> places = [];
        public Topic Topic => topic;
        public List<Post> Waiting { get; } = [];

        public Post Next(Random random)
        {
            if (places.Count == 0)
            {
                places.Add(("", 0));
                return new Post { Number = 1, Path = "" };
            }
            var number = places.Count + 1;
            // Chains as deep as they may be, in a topic that is to have them; else mostly answers to one of the last.
            var parent = chains && number % 300 < MaxLevels + 1 ? places.Count : Math.Max(1, places.Count - random.Next(12));
            var (path, depth) = TreePath.Of(places[parent - 1].Path, places[parent - 1].Depth, parent, number);
            places.Add((path, depth));
            return new Post { Number = number, ParentNumber = parent, Path = path, Depth = depth };
        }
    }
}
