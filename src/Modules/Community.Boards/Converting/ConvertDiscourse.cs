using System.Formats.Tar;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// Converts a backup of Discourse (tar.gz with <c>dump.sql.gz</c> and <c>uploads/</c>, or the dump alone) into the files of
/// <see cref="ConvertedBoards"/>. The backup is read three times from its beginning to its end: what posts name, the files, the posts.
/// Private messages, whispers and what the program has written itself are left out.
/// </summary>
/// <param name="path">The backup.</param>
/// <param name="uploads">A folder into which the files of the backup are unpacked.</param>
sealed partial class ConvertDiscourse(string path, string uploads)
{
    sealed record Topic(long? Category, string Title, bool IsPrivate, DateTime? DeletedAt, DateTime? PinnedAt, bool IsClosed, DateTime At)
    {
        /// <summary>In no list there; only who had the address came to it.</summary>
        public bool IsUnlisted { get; init; }
    }

    sealed record Category(string Name, bool IsPrivate, long Parent);

    readonly Dictionary<long, (string Name, string Email)> users = [];
    /// <summary>Those who wrote by mail and never had an account.</summary>
    readonly HashSet<long> staged = [];
    readonly Dictionary<long, Category> categories = [];
    readonly Dictionary<long, Topic> topics = [];
    /// <summary>The poll of a post, the first if it has several.</summary>
    readonly Dictionary<long, AskedPoll> polls = [];
    readonly Dictionary<long, List<(long Id, string Html, int Anonymous)>> options = [];
    readonly List<(long Poll, long User, long Option)> votes = [];

    sealed record AskedPoll(long Id, string Title, bool IsMultiple, int Max, bool IsClosed, string Results, bool IsNamed,
        DateTime? ClosesAt, DateTime? MadeAt);

    List<(long Id, string Html, int Anonymous)> OptionsOf(long poll) =>
        options.TryGetValue(poll, out var known) ? known : options[poll] = [];

    /// <summary>Of an upload by its SHA-1: what it is called, and where it lies in the backup.</summary>
    readonly Dictionary<string, (string Name, string Url)> stored = [];

    static readonly HashSet<string> named =
        ["users", "user_emails", "categories", "topics", "uploads", "polls", "poll_options", "poll_votes"];
    static readonly HashSet<string> posts = ["posts"];

    public async Task Run(ConvertedBoards to, CancellationToken ct)
    {
        foreach (var (table, cell) in Rows(named)) Name(table, cell);
        foreach (var id in categories.Keys.ToList())
            if (!categories[id].IsPrivate && IsBelowPrivate(id)) categories[id] = categories[id] with { IsPrivate = true };
        Unpack();
        var members = users.Where(u => u.Key > 0 && !staged.Contains(u.Key)).Select(u => u.Value).ToList();
        await to.WriteMembers(members.Where(m => m.Email.Length > 0).Select(m => (m.Email, m.Name)));
        to.Leave("members without an e-mail address", members.Count(m => m.Email.Length == 0));
        to.Leave("people who wrote by mail and never had an account", staged.Count);
        var started = new HashSet<long>();
        foreach (var (_, cell) in Rows(posts))
        {
            ct.ThrowIfCancellationRequested();
            var topic = Number(cell("topic_id"));
            if (Post(cell, to) is not { } post) continue;
            started.Add(topic);
            var category = topics[topic].Category ?? 0;
            // Nobody knows who may read a category that the dump does not have.
            var (title, isPrivate, _) = categories.GetValueOrDefault(category) ?? new("uncategorized", true, 0);
            await to.Write(category, title, post, isPrivate, ct);
        }
        to.Topics = started.Count;
        to.Leave("topics of private messages", topics.Values.Count(t => t.IsPrivate));
        to.Leave("deleted topics", topics.Values.Count(t => !t.IsPrivate && t.DeletedAt is not null));
        to.Leave("topics without a post", topics.Count(t => !t.Value.IsPrivate && t.Value.DeletedAt is null && !started.Contains(t.Key)));
    }

    /// <summary>Whether a category stands below one that not everybody reads.</summary>
    bool IsBelowPrivate(long id)
    {
        for (var depth = 0; depth < 10 && categories.TryGetValue(id, out var category); depth++, id = category.Parent)
            if (category.IsPrivate) return true;
        return false;
    }

    void Name(string table, Func<string, string?> cell)
    {
        var id = Number(cell("id"));
        switch (table)
        {
            case "users":
                var name = cell("name") is { Length: > 0 } full ? full : cell("username") ?? "";
                users[id] = (name, users.GetValueOrDefault(id).Email ?? "");
                if (cell("staged") == "t") staged.Add(id);
                break;
            case "user_emails" when cell("primary") == "t":
                var user = Number(cell("user_id"));
                users[user] = (users.GetValueOrDefault(user).Name ?? "", cell("email") ?? "");
                break;
            case "categories":
                categories[id] = new(cell("name") ?? "", cell("read_restricted") != "f", Number(cell("parent_category_id")));
                break;
            case "topics":
                topics[id] = new(
                    cell("category_id") is { } category ? Number(category) : null,
                    cell("title") ?? "",
                    // What is none of these may be a message.
                    cell("archetype") is not (null or "regular" or "banner"),
                    Moment(cell("deleted_at")),
                    Moment(cell("pinned_at")),
                    cell("closed") == "t" || cell("archived") == "t",
                    Moment(cell("created_at")) ?? DateTime.UnixEpoch
                )
                { IsUnlisted = cell("visible") == "f" };
                break;
            case "polls":
                polls.TryAdd(Number(cell("post_id")), new(
                    id, cell("title") ?? "", cell("type") == "1", (int)Number(cell("max")), cell("status") == "1", cell("results") ?? "0",
                    cell("visibility") == "1", Moment(cell("close_at")), Moment(cell("created_at"))));
                break;
            case "poll_options":
                OptionsOf(Number(cell("poll_id"))).Add((id, cell("html") ?? "", (int)Number(cell("anonymous_votes"))));
                break;
            case "poll_votes":
                votes.Add((Number(cell("poll_id")), Number(cell("user_id")), Number(cell("poll_option_id"))));
                break;
            case "uploads" when cell("sha1") is { Length: 40 } sha1:
                stored[sha1] = (cell("original_filename") ?? "file", cell("url") ?? "");
                break;
        }
    }

    ArchivedPost? Post(Func<string, string?> cell, ConvertedBoards to)
    {
        if (!topics.TryGetValue(Number(cell("topic_id")), out var topic)) return Left("posts whose topic is not there");
        if (topic.IsPrivate) return Left("private messages");
        if (topic.DeletedAt is not null) return Left("posts of deleted topics");
        // 1 is a post; 2 is one of a moderator, or what the program says that a moderator did.
        if (cell("post_type") is "4") return Left("whispers of staff");
        if (cell("post_type") is not (null or "1" or "2") || cell("action_code") is { Length: > 0 }) return Left("notes of the program");
        var (topicId, number) = (Number(cell("topic_id")), (int)Number(cell("post_number")));
        var at = Moment(cell("created_at"));
        var files = new List<ArchivedFile>();
        var poll = polls.GetValueOrDefault(Number(cell("id")));
        if (poll is not null && number > 1) to.Leave("polls that open no topic; their options stay as a list");
        var asked = poll is not null && number == 1 ? PollOf(poll, topic.Title) : null;
        var text = ToMarkdown(cell("raw") ?? "", asked is not null, (sha1, fallback) =>
        {
            if (!stored.TryGetValue(sha1, out var upload) || FileOf(sha1) is not { } file)
            {
                to.Leave("files that are not in the backup");
                return Markup.Literal(fallback);
            }
            var placed = ArchivedFiles.Of(file, upload.Name);
            files.Add(placed.File);
            return placed.Markdown;
        });
        if (text.Length == 0 && asked is not null) text = Markup.Literal(asked.Question);
        var (name, email) = users.GetValueOrDefault(Number(cell("user_id")));
        var opens = number == 1;
        return new(
            new()
            {
                Key = OldForums.DiscoursePost(topicId, number),
                Thread = OldForums.DiscourseTopic(topicId),
                Answers = opens
                    ? []
                    : [OldForums.DiscoursePost(topicId, (int)Number(cell("reply_to_post_number")) is > 0 and var to1 ? to1 : 1)],
                Subject = opens ? topic.Title : "",
                KnowsTitle = true,
                AuthorName = name ?? "",
                Address = email is { Length: > 0 } ? email : null,
                At = at,
                EditedAt =
                    Moment(cell("last_version_at")) is { } edited && at is { } written && edited - written > TimeSpan.FromSeconds(1)
                        ? edited
                        : null,
                Text = text,
                Poll = asked,
                State = new()
                {
                    DeletedAt = Moment(cell("deleted_at")) ?? (cell("user_deleted") == "t" ? at : null),
                    HiddenAt = cell("hidden") == "t" ? Moment(cell("hidden_at")) ?? at : null,
                    PinnedAt = opens ? topic.PinnedAt : null,
                    LockedAt = opens && topic.IsClosed ? topic.At : null,
                    TopicHiddenAt = opens && topic.IsUnlisted ? topic.At : null,
                },
            },
            [.. files.DistinctBy(f => f.Mark)]
        );

        ArchivedPost? Left(string why)
        {
            to.Leave(why);
            return null;
        }
    }

    SourcePoll? PollOf(AskedPoll poll, string topic)
    {
        var lines = OptionsOf(poll.Id).OrderBy(o => o.Id).ToList();
        var bits = lines.Select((o, i) => (o.Id, Bit: 1L << Math.Min(i, 62))).ToDictionary(o => o.Id, o => o.Bit);
        var ballots = new Dictionary<long, int>();
        // What each member chose, and nobody's name.
        foreach (var chosen in votes.Where(v => v.Poll == poll.Id && bits.ContainsKey(v.Option)).GroupBy(v => v.User))
            Add(chosen.Select(v => bits[v.Option]).Distinct().Sum(), 1);
        foreach (var line in lines.Where(l => l.Anonymous > 0)) Add(bits[line.Id], line.Anonymous);
        return new SourcePoll(poll.Title.Length > 0 ? poll.Title : topic, [.. lines.Select(l => Plain(l.Html))], ballots)
        {
            MaxChoices = poll.IsMultiple ? poll.Max > 0 ? poll.Max : lines.Count : 1,
            Results = poll.Results switch
            {
                "1" => PollResults.AfterVoting,
                "2" or "3" => PollResults.AfterEnd,
                _ => PollResults.Always,
            },
            MayChange = true,
            IsNamed = poll.IsNamed,
            MadeAt = poll.MadeAt,
            EndsAt = poll.ClosesAt,
            ClosedAt = poll.IsClosed ? poll.ClosesAt ?? poll.MadeAt : null,
        }.Fitted();

        void Add(long choices, int count) => ballots[choices] = ballots.GetValueOrDefault(choices) + count;
        static string Plain(string html) => System.Net.WebUtility.HtmlDecode(Element().Replace(html, "")).Trim();
    }

    /// <summary>Markdown as it is, but for quotations, and files by their short address. Code stays untouched.</summary>
    internal static string ToMarkdown(string raw, bool dropsPoll, Func<string, string, string> file)
    {
        var kept = new List<string>();
        var text = raw.Replace("\uE000", "").Replace("\uE001", "").ReplaceLineEndings("\n");
        text = Code().Replace(text, m =>
        {
            kept.Add(m.Value);
            return $"\uE000{kept.Count - 1}\uE001";
        });
        text = PollBlock().Replace(text, m => dropsPoll ? "\n\n" : $"\n\n{m.Groups[1].Value.Trim('\n')}\n\n");
        text = Upload().Replace(text, m => file(Sha1Of(m.Groups[2].Value), m.Groups[1].Value.Split('|')[0]));
        for (var depth = 0; depth < 10; depth++)
        {
            var once = Quote().Replace(text, m =>
            {
                var whose = m.Groups[1].Value.Trim('"').Split(',')[0].Trim();
                var lines = m.Groups[2].Value.Trim('\n').Split('\n').Select(l => l.Length == 0 ? ">" : "> " + l);
                return "\n" + (whose.Length > 0 ? $"> {Markup.Literal(whose)}:\n>\n" : "") + string.Join('\n', lines) + "\n\n";
            });
            if (once == text) break;
            text = once;
        }
        return Kept()
            .Replace(text, m => BbCode.Within(text, m.Index, kept[int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)]))
            .Trim('\n');
    }

    /// <summary>The short address is the SHA-1 to the base of 62.</summary>
    internal static string Sha1Of(string shortened)
    {
        const string Digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        var number = BigInteger.Zero;
        foreach (var c in shortened) number = number * 62 + Math.Max(0, Digits.IndexOf(c));
        return number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(40, '0');
    }

    string? FileOf(string sha1) => Path.Combine(uploads, sha1 + ".bin") is var file && File.Exists(file) ? file : null;

    /// <summary>Whether it is a tar file, and not the dump alone.</summary>
    readonly Lazy<bool> isBackup = new(() =>
    {
        using var file = DumpFile.Open(path);
        var head = new byte[512];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.AsSpan(257).StartsWith("ustar"u8);
    });

    /// <exception cref="FileRefused">The backup has no dump.</exception>
    IEnumerable<DumpRow> Rows(HashSet<string> tables)
    {
        using var file = DumpFile.Open(path);
        if (!isBackup.Value)
        {
            foreach (var row in PgDump.Read(file, tables)) yield return row;
            yield break;
        }
        using var backup = new TarReader(file);
        while (backup.GetNextEntry() is { } entry)
        {
            var name = Path.GetFileName(entry.Name);
            if (name is not ("dump.sql" or "dump.sql.gz") || entry.DataStream is not { } content) continue;
            using var dump = name.EndsWith(".gz", StringComparison.Ordinal) ? PackedFile.Gzip(content, entry.Length) : content;
            foreach (var row in PgDump.Read(dump, tables)) yield return row;
            yield break;
        }
        throw new FileRefused("boards.import.refused.no-sql");
    }

    /// <summary>Files lie below names of the backup, which may lead anywhere: only the name that the dump gives is used.</summary>
    void Unpack()
    {
        if (!isBackup.Value || stored.Count == 0) return;
        Directory.CreateDirectory(uploads);
        using var file = DumpFile.Open(path);
        using var backup = new TarReader(file);
        while (backup.GetNextEntry() is { } entry)
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && entry.DataStream is { } content
                && Path.GetFileName(entry.Name) is var name && Path.GetFileNameWithoutExtension(name) is { Length: 40 } sha1
                && stored.ContainsKey(sha1) && entry.Name.Contains("/original/", StringComparison.Ordinal))
            {
                using var to = File.Create(Path.Combine(uploads, sha1 + ".bin"));
                content.CopyTo(to);
            }
    }

    static long Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    static DateTime? Moment(string? text) => ArchiveNames.Read(text);

    [GeneratedRegex(@"^(`{3,}|~{3,})[^\n]*\n.*?^\1[`~]*[ ]*$|`[^`\n]+`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"!?\[([^\]\n]*)\]\(upload://([0-9A-Za-z]{20,30})(?:\.[A-Za-z0-9]+)?\)(?: \([0-9.,]+ [KMG]?B\))?")]
    private static partial Regex Upload();

    [GeneratedRegex(@"\n*\[poll(?:\s[^\]\n]*)?\](.*?)\[/poll\]\n*", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex PollBlock();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Element();

    [GeneratedRegex(
        @"\n?\[quote(?:=((?:""[^""]*"")|[^\]]*))?\]\n?((?:(?!\[quote[=\]]).)*?)\[/quote\]\n*",
        RegexOptions.Singleline | RegexOptions.IgnoreCase
    )]
    private static partial Regex Quote();

    [GeneratedRegex("\uE000(\\d+)\uE001")]
    private static partial Regex Kept();
}
