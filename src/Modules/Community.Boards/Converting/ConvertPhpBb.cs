using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// Converts a dump of phpBB 2 or 3 (MySQL, as text or gzip) into the files of <see cref="ConvertedBoards"/>. Read twice: first what posts
/// name, then the posts. Private messages are not read at all.
/// </summary>
/// <param name="path">The dump.</param>
/// <param name="files">The forum's folder <c>files</c> with the attachments; null if there is none.</param>
sealed partial class ConvertPhpBb(string path, string? files)
{
    sealed record Topic(long Forum, string Title, long First, bool IsLocked, bool IsPinned, bool IsMoved)
    {
        public SourcePoll? Poll { get; init; }
        public bool IsDeleted { get; init; }
    }

    sealed record Stored(long Id, string Physical, string Name, string Comment);

    readonly Dictionary<long, (string Name, string Email, bool IsMember)> users = [];
    readonly Dictionary<long, (string Name, bool IsClosed)> forums = [];
    readonly Dictionary<long, Topic> topics = [];
    readonly Dictionary<long, List<Stored>> attachments = [];
    readonly Dictionary<long, List<(long Id, string Text, int Total)>> options = [];
    /// <summary>What somebody chose in the poll of a topic; guests are told apart by network address, which goes no further.</summary>
    readonly Dictionary<(long Topic, string Who), HashSet<long>> votes = [];
    // Who reads a forum: what guests have by themselves, or by a role that includes reading.
    readonly List<(long Group, long Forum, long Option, long Role, bool May)> rights = [];
    readonly HashSet<long> readingRoles = [];
    readonly List<(long Role, long Option)> roles = [];
    long reading, guests;
    string prefix = "phpbb_";
    Encoding encoding = new UTF8Encoding(false);

    /// <summary>Whether it is phpBB 2: there texts have a table of their own, and are read when all else of a post is known.</summary>
    bool isTwo, isThree;
    readonly Dictionary<long, OldPost> oldPosts = [];
    /// <summary>The topic of a poll, and its options by the poll: the tables come in any order.</summary>
    readonly Dictionary<long, (long Topic, SourcePoll Poll)> oldPolls = [];

    sealed record OldPost(long Topic, long Author, string? GuestName, long At, long EditedAt)
    {
        public string? Cell(string name) => name switch
        {
            "topic_id" => Text(Topic),
            "poster_id" => Text(Author),
            "post_username" => GuestName,
            "post_time" => Text(At),
            "post_edit_time" => Text(EditedAt),
            _ => null,
        };

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    public async Task Run(ConvertedBoards to, CancellationToken ct)
    {
        encoding = DumpFile.EncodingOf(path);
        ReadNames(to);
        TakeOldPolls();
        await to.WriteMembers(users.Values.Where(u => u.IsMember && u.Email.Length > 0).Select(u => (u.Email, u.Name)));
        to.Leave("members without an e-mail address", users.Values.Count(u => u.IsMember && u.Email.Length == 0));
        var started = new HashSet<long>();
        using var dump = DumpFile.Open(path);
        foreach (var (_, stored) in MySqlDump.Read(dump, encoding, t => t == prefix + (isTwo ? "posts_text" : "posts")))
        {
            ct.ThrowIfCancellationRequested();
            var cell = stored;
            if (isTwo)
            {
                var old = oldPosts.GetValueOrDefault(Number(stored("post_id")));
                cell = name => old?.Cell(name) ?? stored(name);
            }
            var id = Number(cell("topic_id"));
            if (Post(cell, to) is not { } post) continue;
            started.Add(id);
            var forum = topics[id].Forum;
            await to.Write(forum, forums.GetValueOrDefault(forum).Name ?? "", post, IsPrivate(forum), ct);
        }
        to.Topics = started.Count;
        to.Leave("topics without a post", topics.Count(t => t.Value is { IsMoved: false, IsDeleted: false } && !started.Contains(t.Key)));
        to.Leave("attachments whose post is not there", attachments.Values.Sum(a => a.Count));
    }

    /// <summary>Whether guests may not read a forum. If the dump does not say who may, what has no password is open.</summary>
    bool IsPrivate(long forum)
    {
        if (forums.GetValueOrDefault(forum).IsClosed) return true;
        if (reading == 0 || guests == 0 || rights.Count == 0) return false;
        if (readingRoles.Count == 0) readingRoles.UnionWith(roles.Where(r => r.Option == reading).Select(r => r.Role));
        return !rights.Exists(r => r.Group == guests && r.Forum == forum
            && ((r.Option == reading && r.May) || (r.Role != 0 && readingRoles.Contains(r.Role))));
    }

    SourcePoll? PollOf(long topic, SourcePoll asked)
    {
        var lines = (options.GetValueOrDefault(topic) ?? []).OrderBy(o => o.Id).ToList();
        var bits = lines.Select((o, i) => (o.Id, Bit: 1L << Math.Min(i, 62))).ToDictionary(o => o.Id, o => o.Bit);
        var ballots = new Dictionary<long, int>();
        foreach (var chosen in votes.Where(v => v.Key.Topic == topic).Select(v => v.Value.Where(bits.ContainsKey).Sum(o => bits[o])))
            ballots[chosen] = ballots.GetValueOrDefault(chosen) + 1;
        // Of votes that were not kept singly, the numbers alone.
        if (ballots.Count == 0) foreach (var line in lines.Where(l => l.Total > 0)) ballots[bits[line.Id]] = line.Total;
        return (asked with { Options = [.. lines.Select(l => l.Text)], Ballots = ballots }).Fitted();
    }

    void ReadNames(ConvertedBoards to)
    {
        using var dump = DumpFile.Open(path);
        foreach (var (table, cell) in MySqlDump.Read(dump, encoding, IsNamed))
            switch (table[prefix.Length..])
            {
                case "users":
                    // Robots and the guest are of type 2. A member without a profile is a member all the same: only this table is asked.
                    var name = Decoded(cell("username"));
                    // The guest of phpBB 2 is -1.
                    var user = Number(cell("user_id"));
                    users[user] = (name, cell("user_email") ?? "", user > 0 && cell("user_type") != "2");
                    break;
                case "forums":
                    // Of phpBB 2: 0 is everybody, who sees it and who reads it.
                    var isClosed = cell("forum_password") is { Length: > 0 }
                        || cell("auth_view") is not (null or "0") || cell("auth_read") is not (null or "0");
                    forums[Number(cell("forum_id"))] = (Decoded(cell("forum_name")), isClosed);
                    break;
                case "topics":
                    topics[Number(cell("topic_id"))] = new(
                        Number(cell("forum_id")), Decoded(cell("topic_title")), Number(cell("topic_first_post_id")),
                        cell("topic_status") == "1", cell("topic_type") is "1" or "2" or "3", Number(cell("topic_moved_id")) != 0)
                    {
                        IsDeleted = cell("topic_visibility") == "2",
                        Poll = cell("poll_title") is { Length: > 0 } question && Moment(cell("poll_start")) is { } made
                            ? Asked(question, made, cell("poll_length")) with
                            {
                                MaxChoices = (int)Math.Max(1, Number(cell("poll_max_options"))),
                                MayChange = cell("poll_vote_change") == "1",
                            }
                            : null,
                    };
                    break;
                case "poll_options":
                    Add(Number(cell("topic_id")), cell("poll_option_id"), cell("poll_option_text"), cell("poll_option_total"));
                    break;
                case "vote_desc" when Moment(cell("vote_start")) is { } begun:
                    oldPolls[Number(cell("vote_id"))] =
                        (Number(cell("topic_id")), Asked(cell("vote_text") ?? "", begun, cell("vote_length")));
                    break;
                case "vote_results":
                    // By the poll for now, below nought: topics have their own.
                    Add(-Number(cell("vote_id")), cell("vote_option_id"), cell("vote_option_text"), cell("vote_result"));
                    break;
                case "posts":
                    oldPosts[Number(cell("post_id"))] = new(
                        Number(cell("topic_id")), Number(cell("poster_id")), cell("post_username"), Number(cell("post_time")),
                        Number(cell("post_edit_time")));
                    break;
                case "poll_votes":
                    var who = cell("vote_user_id") is "1" or null ? "ip " + cell("vote_user_ip") : cell("vote_user_id")!;
                    var vote = (Number(cell("topic_id")), who);
                    if (!votes.TryGetValue(vote, out var chosen)) votes[vote] = chosen = [];
                    chosen.Add(Number(cell("poll_option_id")));
                    break;
                case "acl_options" when cell("auth_option") == "f_read": reading = Number(cell("auth_option_id")); break;
                case "acl_roles_data" when cell("auth_setting") == "1":
                    roles.Add((Number(cell("role_id")), Number(cell("auth_option_id"))));
                    break;
                case "acl_groups":
                    rights.Add((Number(cell("group_id")), Number(cell("forum_id")), Number(cell("auth_option_id")),
                        Number(cell("auth_role_id")), cell("auth_setting") == "1"));
                    break;
                case "groups" when cell("group_name") == "GUESTS": guests = Number(cell("group_id")); break;
                case "attachments" when cell("in_message") == "1":
                    to.Leave("attachments of private messages");
                    break;
                case "attachments":
                    var post = Number(cell("post_msg_id"));
                    if (!attachments.TryGetValue(post, out var list)) attachments[post] = list = [];
                    list.Add(new(Number(cell("attach_id")), cell("physical_filename") ?? "", Decoded(cell("real_filename")),
                        Decoded(cell("attach_comment"))));
                    break;
            }
    }

    void TakeOldPolls()
    {
        foreach (var (id, (topic, poll)) in oldPolls)
            if (topics.TryGetValue(topic, out var asks) && options.Remove(-id, out var lines))
                (topics[topic], options[topic]) = (asks with { Poll = poll }, lines);
    }

    static SourcePoll Asked(string question, DateTime made, string? length) => new(Line(question), [], new Dictionary<long, int>())
    {
        MadeAt = made,
        EndsAt = Number(length) is > 0 and < 3_000_000_000 and var seconds ? made.AddSeconds(seconds) : null,
    };

    void Add(long poll, string? id, string? text, string? total)
    {
        if (!options.TryGetValue(poll, out var lines)) options[poll] = lines = [];
        lines.Add((Number(id), Line(text), (int)Number(total)));
    }

    bool IsNamed(string table)
    {
        // Alphabetically the first of phpBB's tables says which prefix the others have. Who came from 2 to 3 may have kept its tables.
        if (table.EndsWith("acl_groups", StringComparison.Ordinal)) (prefix, isTwo, isThree) = (table[..^"acl_groups".Length], false, true);
        if (!isThree && table.EndsWith("auth_access", StringComparison.Ordinal))
            (prefix, isTwo) = (table[..^"auth_access".Length], true);
        return table.StartsWith(prefix, StringComparison.Ordinal) && table[prefix.Length..] switch
        {
            "posts" or "vote_desc" or "vote_results" => isTwo,
            "users" or "forums" or "topics" or "attachments" or "poll_options" or "poll_votes" => true,
            "acl_options" or "acl_roles_data" or "acl_groups" or "groups" => true,
            _ => false,
        };
    }

    ArchivedPost? Post(Func<string, string?> cell, ConvertedBoards to)
    {
        var (id, topicId) = (Number(cell("post_id")), Number(cell("topic_id")));
        attachments.Remove(id, out var stored);
        if (!topics.TryGetValue(topicId, out var topic))
        {
            to.Leave("posts whose topic is not there");
            return null;
        }
        // 3.1 has post_visibility: 0 waits, 1 is shown, 2 is deleted, 3 waits again. 3.0 has post_approved.
        var visibility = cell("post_visibility") ?? (cell("post_approved") == "0" ? "0" : "1");
        if (visibility is "0" or "3")
        {
            to.Leave("posts that wait for approval");
            return null;
        }
        if (topic.IsDeleted)
        {
            to.Leave("posts of deleted topics");
            return null;
        }
        var at = Moment(cell("post_time"));
        var placed = Placed(stored, to);
        var used = new HashSet<int>();
        var text = BbCode.ToMarkdown(BbCode.Typed(cell("post_text") ?? "", cell("bbcode_uid") ?? ""), number =>
        {
            if (number >= placed.Count) return null;
            used.Add(number);
            return placed[number].Markdown;
        });
        // What is not placed in the text stands at its end, with its comment.
        foreach (var (i, one) in placed.Index())
            if (!used.Contains(i)) text += (text.Length > 0 ? "\n\n" : "") + one.Markdown;
        var author = Author(cell);
        return new(new()
        {
            Key = OldForums.PhpBbPost(id),
            Thread = OldForums.PhpBbTopic(topicId),
            Subject = id == topic.First ? topic.Title : "",
            KnowsTitle = true,
            AuthorName = author.Name,
            Address = author.Email.Length > 0 ? author.Email : null,
            At = at,
            EditedAt = Number(cell("post_edit_time")) > 0 ? Moment(cell("post_edit_time")) : null,
            Text = text,
            Poll = id == topic.First && topic.Poll is { } asked ? PollOf(topicId, asked) : null,
            State = new()
            {
                DeletedAt = visibility == "2" ? Moment(cell("post_delete_time")) ?? at : null,
                LockedAt = id == topic.First && topic.IsLocked ? at : null,
                PinnedAt = id == topic.First && topic.IsPinned ? at : null,
            },
        }, [.. placed.Select(p => p.File).OfType<ArchivedFile>().DistinctBy(f => f.Mark)]);
    }

    /// <summary>A member; a deleted member or guest, whose name stands in the post; or nobody.</summary>
    (string Name, string Email) Author(Func<string, string?> cell) =>
        users.TryGetValue(Number(cell("poster_id")), out var user) && user.IsMember ? (user.Name, user.Email)
        : (Decoded(cell("post_username")), "");

    /// <summary>In the order in which phpBB counts them: the newest first.</summary>
    List<(string Markdown, ArchivedFile? File)> Placed(List<Stored>? stored, ConvertedBoards to)
    {
        var placed = new List<(string, ArchivedFile?)>();
        foreach (var one in (stored ?? []).OrderByDescending(s => s.Id))
        {
            var comment = one.Comment.Length > 0 ? "\n\n" + MailText.ToMarkdown(one.Comment) : "";
            var file = files is not null && Path.GetFileName(one.Physical) == one.Physical && one.Physical.Length > 0
                ? Path.Combine(files, one.Physical) : null;
            if (file is null || !File.Exists(file))
            {
                to.Leave("attachments whose file is not there");
                placed.Add((Markup.Literal(one.Name) + comment, null));
                continue;
            }
            placed.Add(ArchivedFiles.Of(file, one.Name, comment));
        }
        return placed;
    }

    /// <summary>A line without tags, of a question or an option.</summary>
    static string Line(string? text) => Tag().Replace(BbCode.Typed(text ?? "", ""), "").ReplaceLineEndings(" ").Trim();

    [GeneratedRegex(@"\[/?[a-z*]+(?:=[^\]]*)?(?::[a-z0-9]+)*\]", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Tag();

    static string Decoded(string? text) => WebUtility.HtmlDecode(text ?? "").Trim();

    static long Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    static DateTime? Moment(string? seconds) =>
        Number(seconds) is > 0 and < 253_402_300_799 and var at ? DateTimeOffset.FromUnixTimeSeconds(at).UtcDateTime : null;
}

/// <summary>Files on a disk on their way into an archive.</summary>
static class ArchivedFiles
{
    /// <summary>What refers to the file in a text, and the file.</summary>
    public static (string Markdown, ArchivedFile File) Of(string path, string name, string comment = "")
    {
        using var content = File.OpenRead(path);
        var mark = ArchiveNames.MarkOf(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)), name);
        var isPicture = Path.GetExtension(name).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png" or ".gif" or ".webp";
        var words = Markup.Literal(isPicture ? Path.GetFileNameWithoutExtension(name) : name);
        return ($"{(isPicture ? "!" : "")}[{words}](/files/{mark}){comment}", new(mark, name, "", path, content.Length));
    }
}
