using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Starts topics and adds replies, with numbers and events; once per form, however often it is sent. Each is a row of steps: lock and ask
/// who acts, find what the form did before, find the place, write, prepare, keep, tell.
/// </summary>
public sealed class PublishPost(
    SiteDb db, Actors actors, MarkRead read, Mentions mentions, AttachFiles attach, Screening screening, HoldPost hold,
    WritingLimits limits, SentForms forms, TimeProvider time)
{
    /// <returns>Null if the actor sees no such board.</returns>
    /// <exception cref="Refused">The actor may not, or the title or text is invalid.</exception>
    public async Task<Published?> StartTopic(Reader actor, string boardKey, string title, string text, Guid form, CancellationToken ct)
    {
        var written = new WrittenPost(
            null, title, text, await screening.Look(title, text, ct), form, await limits.Of(actor, ct));
        await using var change = await db.Change(ct);
        await Locks.Writer(db, actor.Id ?? 0, ct);
        var member = await actors.Require(actor, BoardsPermissions.Write);
        if (await forms.Of(member, written, ct) is { } sent)
            return sent;
        if (await BoardOf(member, boardKey, ct) is not { } board)
            return null;
        var draft = await db
            .Drafts.Where(d => d.MemberId == member.Id && d.FormKey == form)
            .Select(d => (long?)d.Id)
            .FirstOrDefaultAsync(ct);
        var topic = board.StartTopic(member, written.Screened.Title!, written.Screened.Text, form, Now);
        var post = new NewPost(member, board, topic, topic.Posts[0], written);
        if (await Prepare(post, ct) is { } before) return before;
        db.Topics.Add(topic);
        await Keep(post, (topic.LastPostAt, topic.LastPostBy, topic.LastGuestName), draft, ct);
        await db.SaveChangesAsync(ct);
        Tell(post);
        // One's own posts are never unread.
        await read.Add(member.Id!.Value, topic.Id, [1], ct);
        await change.Commit(ct);
        return post.Published;
    }

    /// <returns>Null if the actor sees no such topic or post.</returns>
    /// <exception cref="Refused">The actor may not, or the title or text is invalid.</exception>
    public async Task<Published?> Reply(
        Reader actor, long topicId, int to, string? title, string text, Guid form, CancellationToken ct)
    {
        var (screened, own) = (await screening.Look(title, text, ct), await limits.Of(actor, ct));
        // Their rows are locked with the others. On SQLite nobody is: they are looked up once the change is open.
        var linked = db.IsSqlite ? null : await mentions.Links(PostText.Normal(screened.Text), null, ct);
        return await db.AtPlaceToday(
            topicId, to, (topic, at) => ReplyAt(actor, new(new(topic, at), title, text, screened, form, own, linked), ct),
            p => p is not null, ct);
    }

    async Task<Published?> ReplyAt(Reader actor, WrittenPost written, CancellationToken ct)
    {
        var (topicId, to) = written.Answers!.Value;
        await using var change = await db.Change(ct);
        var locked = await Locks.Reply(db, actor.Id ?? 0, topicId, to, written.Linked?.Members ?? [], ct);
        // Somebody has been erased or renamed meanwhile: they are looked up again.
        if (locked is { AreThere: false }) written = written with { Linked = null };
        var member = await actors.Require(actor, BoardsPermissions.Write);
        var author = member.Id!.Value;
        var place = await places.On(db)(db, topicId, to, author, written.Form);
        if (place is null or { WasSent: true } && await forms.Of(member, written, ct) is { } sent) return sent;
        if (place is null || !place.Topic.MayRead(member)) return null;
        var (topic, board) = (place.Topic, place.Board);
        var last = (topic.LastPostAt, topic.LastPostBy, topic.LastGuestName);
        var reply = topic.Reply(member, place.Parent, written.Screened.Title, written.Screened.Text, written.Form, Now);
        if (locked is { Id: var id }) reply.Id = id;
        // Added by hand: of a row that has an id already EF would think that it is stored.
        db.Posts.Add(reply);
        var post = new NewPost(member, board, topic, reply, written);
        if (await Prepare(post, ct) is { } before) return before;
        await Keep(post, last, place.Draft, ct);
        Tell(post);
        read.Add(place.Read, author, topicId, [reply.Number]);
        // A save that fails ends the change, so it needs no savepoint.
        db.Database.AutoSavepointsEnabled = false;
        await change.Commit(ct);
        return post.Published;
    }

    async Task<Board?> BoardOf(Reader member, string key, CancellationToken ct)
    {
        // Lock first, then read the board: archiving and deleting it wait until posts being written are committed.
        await Locks.ShareBoard(db, key, ct);
        return await db.Boards.Include(b => b.Groups).AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(b => b.Key == key, ct);
    }

    /// <summary>
    /// What a reply is added to, what its author has read of it, whether the form has published something before, and its draft.
    /// </summary>
    sealed record Place(Topic Topic, Board Board, List<BoardGroup> Groups, Post Parent, TopicRead? Read, bool WasSent, long? Draft);

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
                        db.Set<Post>().Any(p => p.AuthorId == member && p.FormKey == form),
                        db.Set<Draft>().Where(d => d.MemberId == member && d.FormKey == form).Select(d => (long?)d.Id).FirstOrDefault()
                    )
                ).FirstOrDefault()
        )
    );

    /// <summary>
    /// What may still refuse the post, keep it waiting, or change its text. A rule about who writes what where is called here.
    /// </summary>
    /// <returns>The same post, if it waits already.</returns>
    async Task<Published?> Prepare(NewPost post, CancellationToken ct)
    {
        await limits.Ask(post, ct);
        await hold.Screen(post, ct);
        await mentions.Resolve(post.Post, null, Now, ct, post.Written.Linked);
        limits.AskParts(post);
        return await hold.Before(post, ct);
    }

    /// <summary>What is stored with the post. Its draft ends with it.</summary>
    async Task Keep(NewPost post, (DateTime At, long? By, string? Guest) last, long? draft, CancellationToken ct)
    {
        if (draft is { } id) db.Remove(new Draft { Id = id });
        await attach.To(post.Post, post.Post.Text, post.Author.Id!.Value, ct);
        hold.Keep(post, last);
    }

    /// <summary>Publishes the event, unless the post waits, and ends what is cached of the board.</summary>
    void Tell(NewPost told)
    {
        db.Touch(told.Board.Key);
        if (told.Waits) return;
        // Where the id is known by now, the event goes into the next save, and needs none after it.
        if (told.Post.Id > 0) db.Publish(Event());
        else db.Publish(Event);

        SiteEvent Event()
        {
            var post = told.Post;
            return new PostPublished(told.Board.Id, told.Topic.Id, post.Id, post.Number, post.ParentNumber, post.AuthorId);
        }
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
