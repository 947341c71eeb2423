using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The submitted fields of a form that writes a post.</summary>
public sealed class PostInput(string? title, string? text, string? key, string? earlier = null)
{
    public string Text { get; private set; } = text ?? "";

    /// <summary>Adds a paragraph at the end: a reference to a file that was sent with the form.</summary>
    public void Append(string paragraph) => Text = string.IsNullOrWhiteSpace(Text) ? paragraph : $"{Text.TrimEnd()}\n\n{paragraph}";

    /// <summary>The form's idempotency key; without one, each submission creates a post.</summary>
    public Guid Key { get; private set; } = Guid.TryParse(key, out var given) ? given : Guid.NewGuid();
    /// <summary>The key under which the form was sent before with a different text; see <see cref="WasSent"/>.</summary>
    public Guid? Earlier { get; private set; } = Guid.TryParse(earlier, out var before) ? before : null;

    /// <summary>Gives the form a new key and remembers the old one.</summary>
    public void WasSent() => (Earlier, Key) = (Key, Guid.NewGuid());

    /// <summary>Adds what is wrong with title and text to the fields.</summary>
    public void Check(Problems problems, IStringLocalizer texts, bool titleRequired)
    {
        Try(() => { if (PostText.Title(title) is null && titleRequired) throw new Refused("boards.refused.no-title"); }, "title");
        Try(() => PostText.Body(Text), "text");

        void Try(Action check, string field)
        {
            try { check(); }
            catch (Refused refused) { problems.Add(field, texts[refused.Message]); }
        }
    }
}

/// <summary>Where to find a published post.</summary>
public sealed record Published(string BoardKey, long TopicId, int Number)
{
    public string Url => $"{Topic.UrlOf(BoardKey, TopicId)}/posts/{Number}";
    /// <summary>The form was sent before and published this post; it now has a different text, which is not stored.</summary>
    public bool OtherText { get; init; }
    /// <summary>It waits for a moderator, and only its author sees it.</summary>
    public bool Waits { get; init; }
}

/// <summary>Starts topics and adds replies, with numbers and events; once per form, however often it is sent.</summary>
public sealed class PublishPost(
    SiteDb db, Actors actors, MarkRead read, Mentions mentions, AttachFiles attach, Screening screening, TimeProvider time)
{
    /// <returns>Null if the actor sees no such board.</returns>
    /// <exception cref="Refused">The actor may not, or the title or text is invalid.</exception>
    public async Task<Published?> StartTopic(Reader actor, string boardKey, string title, string text, Guid form, CancellationToken ct)
    {
        var screened = await screening.Look(title, text, ct);
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var member = await actors.Require(actor, BoardsPermissions.Write);
        if (await Sent(member, form, null, title, text, ct) is { } sent) return sent;
        // Lock first, then read the board: archiving and deleting it wait until posts being written are committed.
        await Locks.ShareBoard(db, boardKey, ct);
        var board = await db.Boards.Include(b => b.Groups).AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(b => b.Key == boardKey, ct);
        if (board is null) return null;
        var topic = board.StartTopic(member, screened.Title!, screened.Text, form, Now);
        var post = topic.Posts[0];
        var why = await screening.Of(board, member, post, screened, ct);
        await mentions.Resolve(post, null, Now, ct);
        if (why is not HoldReasons.None && await Waits(member, board.Id, null, topic.Title, post, ct) is { } before) return before;
        db.Topics.Add(topic);
        await attach.To(post, post.Text, member.Id!.Value, ct);
        Hold(topic, post, why, screened, topic.LastPostAt, topic.LastPostBy);
        await db.SaveChangesAsync(ct);
        if (why is HoldReasons.None) db.Publish(new PostPublished(board.Id, topic.Id, post.Id, 1, null, member.Id));
        // One's own posts are never unread.
        await read.Add(member.Id!.Value, topic.Id, [1], ct);
        db.Touch(board.Key);
        await change.Commit(ct);
        return new Published(board.Key, topic.Id, 1) { Waits = why is not HoldReasons.None };
    }

    /// <summary>What a reply is added to, what its author has read of it, and whether the form has published something before.</summary>
    sealed record Place(Topic Topic, Board Board, List<BoardGroup> Groups, Post Parent, TopicRead? Read, bool WasSent);

    /// <summary>One query for all that the rules of a reply ask. Topic and board are tracked, so that EF sets <c>topic.Board</c>.</summary>
    static readonly CompiledQuery<Func<SiteDb, long, int, long, Guid, Task<Place?>>> places = new(() =>
        EF.CompileAsyncQuery(
            (SiteDb db, long topic, int to, long member, Guid form) =>
                (
                    from parent in db.Set<Post>()
                    where parent.TopicId == topic && parent.Number == to
                    from read in db.Set<TopicRead>().Where(r => r.MemberId == member && r.TopicId == topic).DefaultIfEmpty()
                    select new Place(
                        parent.Topic,
                        parent.Topic.Board,
                        parent.Topic.Board.Groups.ToList(),
                        new Post
                        {
                            Path = parent.Path,
                            Depth = parent.Depth,
                            Number = parent.Number,
                            AuthorId = parent.AuthorId,
                            Withheld = parent.Withheld,
                        },
                        read,
                        db.Set<Post>().Any(p => p.AuthorId == member && p.FormKey == form)
                    )
                ).FirstOrDefault()
        )
    );

    /// <returns>Null if the actor sees no such topic or post.</returns>
    /// <exception cref="Refused">The actor may not, or the title or text is invalid.</exception>
    public async Task<Published?> Reply(Reader actor, long topicId, int to, string? title, string text, Guid form, CancellationToken ct) =>
        await Reply(actor, topicId, to, title, text, await screening.Look(title, text, ct), form, ct);

    Task<Published?> Reply(
        Reader actor, long topicId, int to, string? title, string text, Screened screened, Guid form, CancellationToken ct) =>
        db.AtPlaceToday(
            topicId, to, (topic, at) => ReplyAt(actor, topic, at, title, text, screened, form, ct), p => p is not null, ct);

    async Task<Published?> ReplyAt(
        Reader actor, long topicId, int to, string? title, string text, Screened screened, Guid form, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reply(db, actor.Id ?? 0, topicId, ct);
        var member = await actors.Require(actor, BoardsPermissions.Write);
        var author = member.Id!.Value;
        var place = await places.On(db)(db, topicId, to, author, form);
        if (place is null or { WasSent: true } && await Sent(member, form, (topicId, to), title, text, ct) is { } sent) return sent;
        if (place is null || !place.Topic.MayRead(member)) return null;
        var (topic, board) = (place.Topic, place.Board);
        var (lastAt, lastBy) = (topic.LastPostAt, topic.LastPostBy);
        var post = topic.Reply(member, place.Parent, screened.Title, screened.Text, form, Now);
        var why = await screening.Of(board, member, post, screened, ct);
        await mentions.Resolve(post, null, Now, ct);
        if (why is not HoldReasons.None && await Waits(member, board.Id, (topicId, to), null, post, ct) is { } before) return before;
        await attach.To(post, post.Text, author, ct);
        Hold(topic, post, why, screened, lastAt, lastBy);
        if (why is HoldReasons.None)
            db.Publish(() => new PostPublished(board.Id, topic.Id, post.Id, post.Number, post.ParentNumber, author));
        read.Add(place.Read, author, topicId, [post.Number]);
        db.Touch(board.Key);
        // A save that fails ends the change, so it needs no savepoint.
        db.Database.AutoSavepointsEnabled = false;
        await change.Commit(ct);
        return new Published(board.Key, topic.Id, post.Number) { Waits = why is not HoldReasons.None };
    }

    /// <summary>Leaves a post in the queue, if there is a reason, and tells moderators of words that are only tagged.</summary>
    void Hold(Topic topic, Post post, HoldReasons why, Screened screened, DateTime lastAt, long? lastBy)
    {
        if (screened.Tags.Count > 0) ReportPost.OfWords(db, post, screened.Tags, Now);
        if (why is HoldReasons.None) return;
        post.Wait(topic, Now);
        topic.CountRemoved(post, removed: true);
        (topic.LastPostAt, topic.LastPostBy) = (lastAt, lastBy);
        var entry = new QueueEntry { Post = post, Since = Now, Reasons = why, Words = PostText.Reason(string.Join(", ", screened.Words)) };
        db.QueueEntries.Add(entry);
        db.Publish(() => new PostHeld(post.BoardId, topic.Id, post.Id, post.AuthorId, why, IsEdit: false));
    }

    /// <summary>
    /// The member's post with the same words that waits in the same place already: nothing seems to happen, so it is sent again.
    /// </summary>
    async Task<Published?> Waits(
        Reader member, long board, (long Topic, int To)? answers, string? title, Post post, CancellationToken ct)
    {
        var (topic, to) = answers is { } place ? ((long?)place.Topic, (int?)place.To) : (null, null);
        var before = await db.Posts.AsNoTracking()
            .Where(p => p.AuthorId == member.Id && p.Withheld == Withheld.Waiting && p.DeletedAt == null && p.BoardId == board
                && p.Text == post.Text && p.ParentNumber == to && (topic == null ? p.Topic.Title == title : p.TopicId == topic))
            .Select(p => new Published(p.Topic.Board.Key, p.TopicId, p.Number) { Waits = true }).FirstOrDefaultAsync(ct);
        // Whoever saves next in this request must not save this post.
        if (before is not null) db.ChangeTracker.Clear();
        return before;
    }

    /// <summary>What the form has published already; null if nothing.</summary>
    async Task<Published?> Sent(Reader member, Guid form, (long Topic, int To)? answers, string? title, string text, CancellationToken ct)
    {
        var post = await db.Posts.AsNoTracking().Include(p => p.Topic.Board)
            .FirstOrDefaultAsync(p => p.AuthorId == member.Id && p.FormKey == form, ct);
        if (post is null) return null;
        var here = answers is { } place
            ? (post.TopicId, post.ParentNumber) == (place.Topic, place.To) || await Moved(post, place, ct)
            : post.Number == 1 || await db.FormerPlaces.AnyAsync(f => f.PostId == post.Id && f.Number == 1, ct);
        return new(post.Topic.Board.Key, post.TopicId, post.Number) { OtherText = !here || !await Said(post, title, text, ct) };
    }

    // Split off or merged since the form was sent for the first time.
    async Task<bool> Moved(Post post, (long Topic, int To) answers, CancellationToken ct) =>
        await db.PlaceToday(answers.Topic, answers.To, ct) is { } now && (post.TopicId, post.ParentNumber) == (now.TopicId, now.Number)
        || await db.FormerPlaces.AnyAsync(
            f => f.PostId == post.Id && f.TopicId == answers.Topic && f.ParentNumber == answers.To, ct);

    // In its present or an earlier version. The opening post's title is the topic's, whose earlier titles are not kept.
    async Task<bool> Said(Post post, string? title, string text, CancellationToken ct)
    {
        var screened = await screening.Look(title, text, ct);
        (title, text) = (PostText.Title(screened.Title), MentionText.Typed(PostText.Body(screened.Text)));
        if (MentionText.Typed(post.Text) == text && (post.Number == 1 ? post.Topic.Title : post.Title) == title) return true;
        var earlier = db.PostVersions.AsNoTracking().Where(v => v.PostId == post.Id && (post.Number == 1 || v.Title == title));
        return await earlier.AnyAsync(v => v.Text == text, ct)
            || (await earlier.Where(v => v.Text.Contains("(/members/")).Select(v => v.Text).Take(MaxCompared).ToListAsync(ct))
                .Exists(before => MentionText.Typed(before) == text);
    }

    /// <summary>Earlier versions with mentions that are compared with what was sent.</summary>
    const int MaxCompared = 20;

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
