using System.Runtime.CompilerServices;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A post on its way into an archive; its files are read when they are written.</summary>
public sealed record ArchivedPost(SourcePost Post, IReadOnlyList<ArchivedFile> Files);

/// <summary>A file of a post.</summary>
/// <param name="Mark">See <see cref="ArchiveNames.MarkOf"/>.</param>
/// <param name="Name">As its owner called it.</param>
/// <param name="MediaType">By its content.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its size.</param>
public sealed record ArchivedFile(string Mark, string Name, string MediaType, string Path, long Bytes);

/// <summary>
/// Reads a board post by post: topics by the time at which they were begun, posts by their numbers, some hundred at a time by index. What
/// waits in the queue or was refused there is no part of the board, and is left out.
/// </summary>
/// <param name="db">The site's database.</param>
/// <param name="files">Its files.</param>
/// <param name="names">Whether who reacted, and who voted in polls that show it, comes along.</param>
sealed class ReadBoard(SiteDb db, Kernel.Files files, bool names)
{
    const int Posts = 300, Topics = 200;
    Dictionary<long, string> emoji = [];

    sealed record TopicRow(
        long Id,
        string Title,
        DateTime StartedAt,
        int NextNumber,
        DateTime? PinnedAt,
        DateTime? LockedAt,
        DateTime? ArchivedAt,
        DateTime? HiddenAt,
        string? HiddenReason
    );

    sealed record Row(
        long Id, long TopicId, int Number, int? ParentNumber, string? Title, string Text, DateTime At, DateTime? EditedAt,
        DateTime? HiddenAt, string? HiddenReason, DateTime? DeletedAt, string? Author, string? Handle, string? Guest,
        string? Reactions);

    /// <param name="board">The board.</param>
    /// <param name="reader">Who reads, a moderator of the board: files of posts that they may not see are left out.</param>
    /// <param name="ct">Cancels it.</param>
    public async IAsyncEnumerable<ArchivedPost> Read(long board, Reader reader, [EnumeratorCancellation] CancellationToken ct)
    {
        emoji = await SiteReactions.Emoji(db, ct);
        for (var (at, id) = (DateTime.MinValue, 0L); ;)
        {
            var topics = await db.Topics.AsNoTracking()
                .Where(t => t.BoardId == board && (t.StartedAt > at || (t.StartedAt == at && t.Id > id)))
                .OrderBy(t => t.StartedAt).ThenBy(t => t.Id).Take(Topics)
                .Select(t => new
                {
                    Row = new TopicRow(
                        t.Id, t.Title, t.StartedAt, t.NextNumber, t.PinnedAt, t.LockedAt, t.ArchivedAt, t.HiddenAt, t.HiddenReason),
                    IsShown = t.MergedInto == null && t.Withheld == Withheld.No,
                })
                .ToListAsync(ct);
            if (topics.Count == 0) yield break;
            (at, id) = (topics[^1].Row.StartedAt, topics[^1].Row.Id);
            var some = new List<TopicRow>();
            foreach (var topic in topics.Where(t => t.IsShown).Select(t => t.Row))
            {
                if (some.Count > 0 && some.Sum(t => t.NextNumber) + topic.NextNumber > Posts)
                {
                    await foreach (var post in Together(some, reader, ct)) yield return post;
                    some.Clear();
                }
                some.Add(topic);
            }
            await foreach (var post in Together(some, reader, ct)) yield return post;
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>Topics that are short, or one.</summary>
    async IAsyncEnumerable<ArchivedPost> Together(List<TopicRow> topics, Reader reader, [EnumeratorCancellation] CancellationToken ct)
    {
        var ids = topics.ConvertAll(t => t.Id);
        for (var after = 0; topics.Count > 0;)
        {
            var posts = db.Posts.AsNoTracking().Where(p => ids.Contains(p.TopicId) && p.Withheld == Withheld.No);
            if (ids.Count == 1) posts = posts.Where(p => p.Number > after).OrderBy(p => p.Number).Take(Posts);
            var rows = await posts
                .Select(p => new Row(
                    p.Id, p.TopicId, p.Number, p.ParentNumber, p.Title, p.Text, p.At, p.EditedAt, p.HiddenAt, p.HiddenReason, p.DeletedAt,
                    p.Author!.Name, p.Author.Handle, p.GuestName, p.Reactions))
                .ToListAsync(ct);
            var ofTopic = rows.ToLookup(r => r.TopicId);
            await foreach (var post in Archived(
                [.. topics.SelectMany(t => ofTopic[t.Id].OrderBy(r => r.Number).Select(r => (t, r)))], reader, ct))
                yield return post;
            if (ids.Count > 1 || rows.Count < Posts) yield break;
            after = rows.Max(r => r.Number);
        }
    }

    async IAsyncEnumerable<ArchivedPost> Archived(
        List<(TopicRow Topic, Row Post)> rows, Reader reader, [EnumeratorCancellation] CancellationToken ct)
    {
        var ids = rows.ConvertAll(r => r.Post.Id);
        var keys = await Keys(rows, ct);
        var guests = (await (
            from known in db.ImportedPosts
            join guest in db.Guests on known.GuestId equals (long?)guest.Id
            where ids.Contains(known.PostId!.Value)
            select new { known.PostId, guest.Id, guest.Address }
        ).ToListAsync(ct)).ToDictionary(g => g.PostId!.Value, g => ArchiveNames.OfGuest(db.Site, g.Id, g.Address));
        var versions = (await db.PostVersions.AsNoTracking().Where(v => ids.Contains(v.PostId)).OrderBy(v => v.Id).ToListAsync(ct))
            .ToLookup(v => v.PostId);
        var files = await Files(rows.SelectMany(r => versions[r.Post.Id].Select(v => v.Text).Prepend(r.Post.Text)), reader, ct);
        var polls = await Polls([.. rows.Where(r => r.Post.ParentNumber is null).Select(r => r.Topic.Id)], ct);
        var reacted = await Reacted([.. rows.Where(r => r.Post.Reactions is not null).Select(r => r.Post.Id)], ct);
        foreach (var (topic, post) in rows)
        {
            var archived = Archived(topic, post, [.. versions[post.Id]], keys, guests, files);
            if (reacted.Contains(post.Id)) archived = archived with { Post = archived.Post with { Reacted = [.. reacted[post.Id]] } };
            yield return post.ParentNumber is null && polls.TryGetValue(topic.Id, out var poll)
                ? archived with { Post = archived.Post with { Poll = poll } } : archived;
        }
    }

    /// <summary>Who reacted to these posts, in the order in which they did.</summary>
    async Task<ILookup<long, SourceReacted>> Reacted(List<long> posts, CancellationToken ct)
    {
        if (!names || posts.Count == 0) return Array.Empty<SourceReacted>().ToLookup(_ => 0L);
        return (await (
            from reaction in db.PostReactions
            join member in db.Members on reaction.MemberId equals member.Id
            where posts.Contains(reaction.PostId)
            orderby reaction.At, member.Id, reaction.ReactionId
            select new { reaction.PostId, reaction.ReactionId, reaction.At, member.Handle }
        ).ToListAsync(ct)).Where(r => emoji.ContainsKey(r.ReactionId))
            .ToLookup(r => r.PostId, r => new SourceReacted(ArchiveNames.OfMember(r.Handle), emoji[r.ReactionId], r.At));
    }

    /// <summary>Who chose what in these polls, of those that show it.</summary>
    async Task<ILookup<long, SourceVote>> Votes(List<long> polls, CancellationToken ct)
    {
        if (!names || polls.Count == 0) return Array.Empty<SourceVote>().ToLookup(_ => 0L);
        return (await (
            from ballot in db.PollBallots
            join member in db.Members on ballot.MemberId equals (long?)member.Id
            where polls.Contains(ballot.PollId) && ballot.Choices > 0
            orderby ballot.At, member.Id
            select new { ballot.PollId, ballot.Choices, ballot.At, member.Handle }
        ).ToListAsync(ct)).ToLookup(v => v.PollId, v => new SourceVote(ArchiveNames.OfMember(v.Handle), v.Choices, v.At));
    }

    /// <summary>The polls of these topics, with how many chose what.</summary>
    async Task<Dictionary<long, SourcePoll>> Polls(List<long> topics, CancellationToken ct)
    {
        var polls = await db.Polls.AsNoTracking().Where(p => topics.Contains(p.TopicId)).ToListAsync(ct);
        if (polls.Count == 0) return [];
        var ids = polls.ConvertAll(p => p.Id);
        var ballots = (await db.PollBallots.Where(b => ids.Contains(b.PollId) && b.Choices > 0)
            .GroupBy(b => new { b.PollId, b.Choices }).Select(g => new { g.Key.PollId, g.Key.Choices, Count = g.Count() }).ToListAsync(ct))
            .ToLookup(b => b.PollId);
        // Of a secret poll nobody's name goes out, whoever asks.
        var votes = await Votes([.. polls.Where(p => p.IsNamed).Select(p => p.Id)], ct);
        return polls.ToDictionary(
            p => p.TopicId,
            p => new SourcePoll(p.Question, p.Lines, ballots[p.Id].ToDictionary(b => b.Choices, b => b.Count))
            {
                MaxChoices = p.MaxChoices,
                Results = p.Results,
                MayChange = p.MayChange,
                IsNamed = p.IsNamed,
                MadeAt = p.MadeAt,
                EndsAt = p.EndsAt,
                ClosedAt = p.ClosedAt,
                Votes = [.. votes[p.Id]],
            });
    }

    ArchivedPost Archived(
        TopicRow topic, Row post, List<PostVersion> versions, Dictionary<(long Topic, int Number), string> keys,
        Dictionary<long, string> guests, Dictionary<string, ArchivedFile> files)
    {
        // What its author has deleted is gone: the place alone is kept.
        if (post.DeletedAt is not null) versions.Clear();
        var opens = post.ParentNumber is null;
        var own = versions.Select(v => v.Text).Prepend(post.Text).SelectMany(Attachment.KeysIn).Distinct()
            .Where(files.ContainsKey).ToDictionary(k => k, k => files[k].Mark);
        var source = new SourcePost
        {
            Key = keys[(topic.Id, post.Number)],
            Thread = keys.GetValueOrDefault((topic.Id, 1)) ?? $"topic-{topic.Id}@{db.Site.CanonicalHost}",
            Answers = post.ParentNumber is { } parent && keys.TryGetValue((topic.Id, parent), out var above) ? [above] : [],
            Number = post.Number,
            Subject = opens ? topic.Title : "Re: " + topic.Title,
            KnowsTitle = true,
            Title = post.Title,
            AuthorName = post.Author ?? post.Guest ?? "",
            Address = post.Handle is { } handle ? ArchiveNames.OfMember(handle)
                : post.Guest is null ? ArchiveNames.Nobody
                : guests.GetValueOrDefault(post.Id) ?? ArchiveNames.Nobody,
            At = post.At,
            EditedAt = post.EditedAt,
            Text = ArchiveNames.Marked(post.Text, own),
            Versions = [.. versions.Select(v => new SourceVersion(v.Title, ArchiveNames.Marked(v.Text, own), v.WrittenAt, v.ReplacedAt))],
            Reactions = ReactionCounts.Read(post.Reactions).Where(r => emoji.ContainsKey(r.Reaction))
                .ToDictionary(r => emoji[r.Reaction], r => r.Count),
            State = new()
            {
                HiddenAt = post.HiddenAt,
                HiddenReason = post.HiddenReason,
                DeletedAt = post.DeletedAt,
                PinnedAt = opens ? topic.PinnedAt : null,
                LockedAt = opens ? topic.LockedAt : null,
                ArchivedAt = opens ? topic.ArchivedAt : null,
                TopicHiddenAt = opens ? topic.HiddenAt : null,
                TopicHiddenReason = opens ? topic.HiddenReason : null,
            },
        };
        return new(source, [.. own.Keys.Select(k => files[k]).DistinctBy(f => f.Mark)]);
    }

    /// <summary>The keys of these posts, of what they answer, and of what opens their topics.</summary>
    async Task<Dictionary<(long Topic, int Number), string>> Keys(List<(TopicRow Topic, Row Post)> rows, CancellationToken ct)
    {
        var ids = rows.ToDictionary(r => r.Post.Id, r => (r.Post.TopicId, r.Post.Number));
        var here = ids.Values.ToHashSet();
        var elsewhere = rows.SelectMany(r => new[] { (r.Post.TopicId, Number: r.Post.ParentNumber ?? 1), (r.Post.TopicId, Number: 1) })
            .Where(p => !here.Contains(p)).ToLookup(p => p.TopicId, p => p.Number);
        foreach (var topic in elsewhere)
        {
            var numbers = topic.Distinct().ToList();
            foreach (
                var above in await db
                    .Posts.Where(p => p.TopicId == topic.Key && numbers.Contains(p.Number) && p.Withheld == Withheld.No)
                    .Select(p => new
                    {
                        p.Id,
                        p.TopicId,
                        p.Number,
                    })
                    .ToListAsync(ct)
            )
                ids[above.Id] = (above.TopicId, above.Number);
        }
        var asked = ids.Keys.ToList();
        var given = await db.ImportedPosts.Where(p => asked.Contains(p.PostId!.Value) && p.Key != "")
            .Select(p => new { p.PostId, p.Key }).ToListAsync(ct);
        var keys = given.ToDictionary(g => g.PostId!.Value, g => g.Key);
        return ids.ToDictionary(i => i.Value, i => keys.GetValueOrDefault(i.Key) ?? ArchiveNames.OfPost(db.Site, i.Key));
    }

    async Task<Dictionary<string, ArchivedFile>> Files(IEnumerable<string> texts, Reader reader, CancellationToken ct)
    {
        var keys = texts.SelectMany(Attachment.KeysIn).Distinct().ToList();
        if (keys.Count == 0) return [];
        var rows = await db.Attachments.AsNoTracking().VisibleTo(db, reader).Where(a => keys.Contains(a.Key)).ToListAsync(ct);
        return rows.Select(a => (a.Key, Path: files.PathOf(a.Hash), Row: a)).Where(a => File.Exists(a.Path))
            .ToDictionary(a => a.Key, a => new ArchivedFile(
                ArchiveNames.MarkOf(a.Row.Hash, a.Row.Name), a.Row.Name, a.Row.MediaType, a.Path, new FileInfo(a.Path).Length));
    }
}
