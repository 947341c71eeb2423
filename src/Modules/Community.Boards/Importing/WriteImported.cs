using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Writes posts of an import: topics, posts, guests, files, in the order in which they are given.</summary>
public sealed class WriteImported(SiteDb db, AttachFiles attach, SiteReactions reactions)
{
    /// <summary>A post that is to be written.</summary>
    /// <param name="Number">Its number in the file.</param>
    /// <param name="Post">What the file has.</param>
    /// <param name="At">When it was written.</param>
    /// <param name="Answers">The number in the file of the post that it answers; null if that is none of the file.</param>
    /// <param name="BoardPost">The post of the board that it answers; null if none.</param>
    public sealed record Entry(int Number, SourcePost Post, DateTime At, int? Answers, long? BoardPost)
    {
        internal List<(SourceFile File, Attachment Row)> Attachments { get; } = [];
        internal List<BoardImportFault> Notes { get; } = [];
    }

    sealed record Above(long PostId, long TopicId, int Number, string Path, int Depth, long? AuthorId);

    /// <summary>Keeps the files of these posts, before the change that writes the posts: a picture takes its time.</summary>
    public async Task Files(IReadOnlyList<Entry> entries, CancellationToken ct)
    {
        foreach (var entry in entries)
            foreach (var file in entry.Post.Files)
                try
                {
                    var content = new MemoryStream(file.Content, writable: false);
                    entry.Attachments.Add((file, await attach.OfImport(content, file.Name, entry.At, file.Mark is not null, ct)));
                }
                catch (FileRefused refused) { entry.Notes.Add(NoteOf(entry, refused, file)); }
    }

    static BoardImportFault NoteOf(Entry entry, FileRefused refused, SourceFile file) => new()
    {
        Number = entry.Number,
        Key = entry.Post.Key,
        Reason = refused.Text == "files.refused.site" ? "boards.import.note.no-room" : "boards.import.note.file",
        What = BoardImportFault.WhatOf(file.Name),
        IsNote = true,
    };

    /// <summary>Writes them, in the open change.</summary>
    /// <param name="import">The import, tracked.</param>
    /// <param name="board">Its board.</param>
    /// <param name="entries">The posts; parents before answers, and those of earlier batches are there.</param>
    /// <param name="noTitle">The title of a topic that has none.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task Batch(BoardImport import, Board board, IReadOnlyList<Entry> entries, string noTitle, CancellationToken ct)
    {
        if (entries.Count == 0) return;
        var members = await Members(import, entries, ct);
        var above = await Parents(import.Id, entries, ct);
        // Before the topics, as everywhere. Whoever is erased in this instant is none, as after it.
        var present = (await Locks.Members(db, [.. members.Values, .. above.Values.Select(a => a.AuthorId)], ct)).ToHashSet();
        foreach (var (address, _) in members.Where(m => !present.Contains(m.Value)).ToList()) members.Remove(address);
        foreach (var (place, post) in above.Where(a => a.Value.AuthorId is { } author && !present.Contains(author)).ToList())
            above[place] = post with { AuthorId = null };
        var guests = await Guests(entries.Where(e => !IsMember(e)), ct);
        var ids = await db.TakeIds<Post>(entries.Count, ct);
        var numbers = entries.Select(e => (int?)e.Number).ToHashSet();
        var opening = entries.Where(e => ParentOf(e) is null && !numbers.Contains(e.Answers)).ToList();
        var topicIds = opening.Count > 0 ? await db.TakeIds<Topic>(opening.Count, ct) : [];
        var there = above.Values.Select(a => a.TopicId).ToHashSet();
        var topics = (await db.LockedWhere<Topic>(t => there.Contains(t.Id), ct)).ToDictionary(t => t.Id);
        var (fresh, posts, notes) = (new List<Topic>(opening.Count), new List<Post>(entries.Count), new List<BoardImportFault>());
        var versions = new List<PostVersion>();
        var emoji = await reactions.IdsOf([.. entries.SelectMany(e => e.Post.Reactions.Keys).Distinct()], ct);
        var reacted = new List<PostReaction>();
        var polls = new List<(Poll Poll, List<PollBallot> Ballots)>();
        var written = new Dictionary<int, Above>();
        var taken = 0;
        foreach (var (i, entry) in entries.Index())
        {
            var author = MemberOf(entry.Post.Address);
            var guest = author is null ? guests[MarkOf(entry.Post)] : null;
            var state = entry.Post.State;
            var parent = entry.Answers is { } answers && written.TryGetValue(answers, out var here) ? here : ParentOf(entry);
            Topic topic;
            if (parent is null)
            {
                topic = new Topic
                {
                    Id = topicIds[taken++],
                    BoardId = board.Id,
                    Title = entry.Post.TopicTitle ?? noTitle,
                    AuthorId = author,
                    GuestName = guest?.Name,
                    StartedAt = entry.At,
                    PinnedAt = state.PinnedAt,
                    LockedAt = state.LockedAt,
                    ArchivedAt = state.ArchivedAt,
                    HiddenAt = state.TopicHiddenAt,
                    HiddenReason = state.TopicHiddenReason,
                };
                fresh.Add(topic);
                topics.Add(topic.Id, topic);
                if (entry.Post.Poll is { } poll) polls.Add(poll.Of(topic.Id, author, entry.At, MemberOf));
            }
            else topic = topics[parent.TopicId];
            var post = topic.Import(
                parent is null ? null : (parent.Number, parent.Path, parent.Depth, parent.AuthorId),
                new Post
                {
                    Id = ids[i],
                    BoardId = board.Id,
                    Path = "",
                    AuthorId = author,
                    GuestName = guest?.Name,
                    ImportId = import.Id,
                    At = entry.At,
                    EditedAt = entry.Post.EditedAt,
                    HiddenAt = state.HiddenAt,
                    HiddenReason = state.HiddenReason,
                    DeletedAt = state.DeletedAt,
                },
                parent is null && !entry.Post.KnowsTitle ? null : TitleOf(entry.Post, topic),
                TextOf(entry),
                entry.Post.Number);
            var own = Reactions(entry.Post, post.Id, author, emoji, MemberOf);
            reacted.AddRange(own);
            post.Reactions = ReactionCounts.Write(
                entry.Post.Reactions.Where(r => emoji.ContainsKey(r.Key)).Select(r => (emoji[r.Key], r.Value)));
            post.ImportedReactions = ReactionCounts.Write(
                own.GroupBy(r => r.ReactionId).Select(g => (g.Key, -g.Count())), post.Reactions);
            posts.Add(post);
            versions.AddRange(entry.Post.Versions.Select(v => new PostVersion
            {
                PostId = post.Id,
                Title = v.Title,
                Text = Placed(v.Text, entry),
                WrittenAt = v.WrittenAt,
                ReplacedAt = v.ReplacedAt,
            }));
            written.Add(entry.Number, new(post.Id, topic.Id, post.Number, post.Path, post.Depth, author));
            foreach (var (_, attachment) in entry.Attachments) (attachment.PostId, attachment.OwnerId) = (post.Id, author);
            foreach (var note in entry.Notes) note.ImportId = import.Id;
            notes.AddRange(entry.Notes);
        }
        foreach (var topic in fresh) topic.Posts.Clear();
        foreach (var topic in topics.Values) topic.Posts.Clear();
        await db.SaveChangesAsync(ct);
        await db.InsertAll(fresh, ct);
        await db.InsertAll(posts, ct);
        await Place(
            import.Id,
            [.. entries.Select((e, i) => (e.Number, posts[i].Id, posts[i].AuthorId is null ? guests[MarkOf(e.Post)]?.Id : null))],
            ct
        );
        await Polls(polls, ct);
        var files = entries.SelectMany(e => e.Attachments).Select(a => a.Row).ToList();
        db.PostVersions.AddRange(versions);
        db.PostReactions.AddRange(reacted);
        db.Attachments.AddRange(files);
        db.BoardImportFaults.AddRange(notes);
        await attach.UseOfImport(files, ct);
        import.Posts += posts.Count;
        import.Files += files.Count;
        db.Publish(new PostsImported(board.Id, import.Id, ids.Min(), ids.Max()));
        db.Touch(board.Key);

        bool IsMember(Entry entry) => MemberOf(entry.Post.Address) is not null;
        long? MemberOf(string? address) =>
            address is not null && members.TryGetValue(address.ToUpperInvariant(), out var member) ? member : null;
        Above? ParentOf(Entry entry) => above.GetValueOrDefault((entry.Answers, entry.BoardPost));
    }

    /// <summary>The reactions of those who are members: one of a kind each, and no more than the file counts.</summary>
    static List<PostReaction> Reactions(
        SourcePost source, long post, long? author, Dictionary<string, long> emoji, Func<string, long?> memberOf)
    {
        if (source.Reacted.Count == 0) return [];
        var (rows, given, left) = (new List<PostReaction>(), new HashSet<(long, long)>(), source.Reactions.ToDictionary());
        foreach (var one in source.Reacted)
        {
            if (left.GetValueOrDefault(one.Emoji) == 0 || !emoji.TryGetValue(one.Emoji, out var reaction)
                || memberOf(one.Address) is not { } member || member == author || !given.Add((member, reaction))) continue;
            left[one.Emoji]--;
            rows.Add(new() { PostId = post, MemberId = member, ReactionId = reaction, At = one.At });
        }
        return rows;
    }

    /// <summary>Says of rows of the file which posts they have become, in one statement for all.</summary>
    Task Place(long import, IReadOnlyList<(int Number, long Post, long? Guest)> rows, CancellationToken ct)
    {
        if (db.IsSqlite)
        {
            var json = JsonSerializer.Serialize(rows.Select(r => new[] { r.Number, r.Post, r.Guest }));
            return db.Database.ExecuteSqlAsync(
                $"""
                UPDATE imported_posts SET post_id = v.value ->> 1, guest_id = v.value ->> 2
                FROM json_each({json}) AS v WHERE import_id = {import} AND number = v.value ->> 0
                """,
                ct
            );
        }
        var (numbers, posts, guests) = (
            rows.Select(r => r.Number).ToArray(),
            rows.Select(r => r.Post).ToArray(),
            rows.Select(r => r.Guest).ToArray()
        );
        return db.Database.ExecuteSqlAsync(
            $"""
            UPDATE imported_posts SET post_id = v.post, guest_id = v.guest
            FROM unnest({numbers}, {posts}, {guests}) AS v (number, post, guest)
            WHERE import_id = {import} AND imported_posts.number = v.number
            """,
            ct
        );
    }

    async Task Polls(List<(Poll Poll, List<PollBallot> Ballots)> polls, CancellationToken ct)
    {
        if (polls.Count == 0) return;
        foreach (var (poll, ballots) in polls)
        {
            db.Polls.Add(poll);
            db.PollBallots.AddRange(ballots);
        }
        await db.SaveChangesAsync(ct);
        var now = db.Now;
        foreach (var (poll, _) in polls)
            if (poll.EndsAt is { } end && end > now) db.Enqueue(new PollEnd(poll.Id), end);
    }

    // A title of its own only where the subject has changed.
    static string? TitleOf(SourcePost post, Topic topic)
    {
        if (post.KnowsTitle) return post.Title;
        var title = post.TopicTitle;
        return title is null || title.Equals(topic.Title, StringComparison.OrdinalIgnoreCase) ? null : title;
    }

    /// <summary>The text with its files at the end, those that it does not place itself; nothing that was written is lost.</summary>
    static string TextOf(Entry entry)
    {
        if (entry.Post.State.DeletedAt is not null) return "";
        var text = Placed(entry.Post.Text, entry);
        foreach (var file in entry.Attachments.Where(a => a.File.Mark is null).Select(a => a.Row)
            .Where(a => !text.Contains(a.Key, StringComparison.Ordinal)))
            if (text.Length + file.Markdown.Length + 2 <= PostText.MaxTextLength)
                text = text.Length == 0 ? file.Markdown : $"{text}\n\n{file.Markdown}";
        return text.Length > 0 ? text : string.Join(", ", entry.Post.Files.Select(f => Markup.Literal(FileName.Clean(f.Name))));
    }

    /// <summary>Where the text names a file of an archive by its mark, the address that the file has here.</summary>
    static string Placed(string text, Entry entry)
    {
        foreach (var (file, row) in entry.Attachments)
            if (file.Mark is { } mark && text.Contains(mark, StringComparison.Ordinal))
                text = Regex.Replace(text, $@"/files/{mark}(-\d+x\d+)?", row.Url, RegexOptions.None, TimeSpan.FromSeconds(1));
        return text;
    }

    /// <summary>
    /// Members by the address that the file has of them, if staff have chosen that posts become theirs: their confirmed one, or the one
    /// that an export of this site writes in its place.
    /// </summary>
    async Task<Dictionary<string, long>> Members(BoardImport import, IReadOnlyList<Entry> entries, CancellationToken ct)
    {
        if (!import.TakeMembers) return [];
        var answered = entries.SelectMany(e =>
            e.Post.Reacted.Select(r => r.Address).Concat(e.Post.Poll?.Votes.Select(v => v.Address) ?? []));
        var addresses = entries.Select(e => e.Post.Address).Concat(answered).Select(a => a?.ToUpperInvariant()).OfType<string>()
            .Distinct().ToList();
        var found = await db.Members.Where(m => m.ConfirmedAt != null && addresses.Contains(m.NormalizedEmail!))
            .ToDictionaryAsync(m => m.NormalizedEmail!, m => m.Id, ct);
        var handles = addresses.Select(ArchiveNames.HandleOf).OfType<string>().ToList();
        if (handles.Count > 0)
            foreach (
                var member in await db.Members.Where(m => handles.Contains(m.Handle)).Select(m => new { m.Id, m.Handle }).ToListAsync(ct)
            )
                found.TryAdd(ArchiveNames.OfMember(member.Handle).ToUpperInvariant(), member.Id);
        return found;
    }

    static long MarkOf(SourcePost post) => SourcePost.HashOf($"{post.AuthorName}\n{post.Address?.ToUpperInvariant()}");

    /// <summary>The guests of these posts by their mark; those that are not there yet are made. Null for one without a name.</summary>
    async Task<Dictionary<long, Guest?>> Guests(IEnumerable<Entry> entries, CancellationToken ct)
    {
        var named = entries.Select(e => e.Post).DistinctBy(MarkOf).ToList();
        var marks = named.ConvertAll(MarkOf);
        var guests = (await db.Guests.AsNoTracking().Where(g => marks.Contains(g.Mark)).ToListAsync(ct)).ToDictionary(
            g => g.Mark,
            g => (Guest?)g
        );
        foreach (var post in named)
        {
            if (guests.ContainsKey(MarkOf(post))) continue;
            var guest = post.AuthorName.Length == 0 && post.Address is null ? null
                : new Guest { Name = post.AuthorName.Length == 0 ? null : post.AuthorName, Address = post.Address, Mark = MarkOf(post) };
            if (guest is not null) db.Guests.Add(guest);
            guests.Add(MarkOf(post), guest);
        }
        await db.SaveChangesAsync(ct);
        return guests;
    }

    /// <summary>Posts of earlier batches, or of the board, that are answered.</summary>
    async Task<Dictionary<(int?, long?), Above>> Parents(long import, IReadOnlyList<Entry> entries, CancellationToken ct)
    {
        var found = new Dictionary<(int?, long?), Above>();
        var numbers = entries.Select(e => e.Answers).OfType<int>().Except(entries.Select(e => e.Number)).ToList();
        var posts = entries.Select(e => e.BoardPost).OfType<long>().Distinct().ToList();
        if (numbers.Count > 0)
            foreach (var row in await (
                from known in db.ImportedPosts
                where known.ImportId == import && numbers.Contains(known.Number)
                join post in db.Posts on known.PostId equals (long?)post.Id
                select new { known.Number, Above = new Above(post.Id, post.TopicId, post.Number, post.Path, post.Depth, post.AuthorId) }
            ).ToListAsync(ct))
                found[(row.Number, null)] = row.Above;
        if (posts.Count > 0)
            foreach (var row in await db.Posts.Where(p => posts.Contains(p.Id))
                .Select(p => new Above(p.Id, p.TopicId, p.Number, p.Path, p.Depth, p.AuthorId)).ToListAsync(ct))
                found[(null, row.PostId)] = row;
        return found;
    }
}
