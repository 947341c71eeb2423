using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// What moderators do with topics and posts. Each action checks in its own transaction whether the actor moderates the board, and is
/// recorded in the moderation log and the audit log. Repeating an action changes nothing and adds no second entry.
/// </summary>
/// <exception cref="Denied">The actor is not, or no longer, a moderator of the board.</exception>
public sealed class Moderate(SiteDb db, Actors actors, ModerationTrail trail, TimeProvider time)
{
    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <returns>False if there is no such post.</returns>
    /// <exception cref="Refused">Its author has deleted it.</exception>
    public Task<bool> HidePost(Reader actor, long topicId, int number, string reason, CancellationToken ct) =>
        ChangePost(actor, topicId, number, ModerationAct.HidePost, reason, (post, by) => post.Hide(by, reason, Now), ct);

    /// <returns>False if there is no such post.</returns>
    public Task<bool> RestorePost(Reader actor, long topicId, int number, CancellationToken ct) =>
        ChangePost(actor, topicId, number, ModerationAct.RestorePost, "", (post, _) => post.Restore(), ct);

    /// <returns>False if there is no such topic.</returns>
    public Task<bool> Pin(Reader actor, long id, bool on, CancellationToken ct) =>
        ChangeTopic(actor, id, on ? ModerationAct.Pin : ModerationAct.Unpin, "", (topic, by) => topic.Pin(on, by, Now), ct);

    /// <returns>False if there is no such topic.</returns>
    public Task<bool> Lock(Reader actor, long id, bool on, CancellationToken ct) =>
        ChangeTopic(actor, id, on ? ModerationAct.Lock : ModerationAct.Unlock, "", (topic, by) => topic.Lock(on, by, Now), ct);

    /// <summary>Archives a topic, or takes it out of the archive.</summary>
    /// <returns>False if there is no such topic.</returns>
    public Task<bool> Archive(Reader actor, long id, bool on, CancellationToken ct) =>
        ChangeTopic(
            actor, id, on ? ModerationAct.ArchiveTopic : ModerationAct.UnarchiveTopic, "", (topic, by) => topic.Archive(on, by, Now), ct);

    /// <returns>False if there is no such topic.</returns>
    public Task<bool> HideTopic(Reader actor, long id, string reason, CancellationToken ct) =>
        ChangeTopic(actor, id, ModerationAct.HideTopic, reason, (topic, by) => topic.Hide(by, reason, Now), ct);

    /// <returns>False if there is no such topic.</returns>
    public Task<bool> RestoreTopic(Reader actor, long id, CancellationToken ct) =>
        ChangeTopic(actor, id, ModerationAct.RestoreTopic, "", (topic, _) => topic.Restore(), ct);

    /// <returns>False if there is no such topic or board, or the board is archived.</returns>
    /// <exception cref="Refused">The actor does not moderate the board to which it would move.</exception>
    public async Task<bool> Move(Reader actor, long id, string boardKey, CancellationToken ct)
    {
        await using var change = await db.ChangeTopic(id, actor, null, [], ct);
        var moderator = await actors.RequireModerator(actor, change.Row?.BoardId);
        var from = change.Row is { } row ? await db.Boards.AsNoTracking().FirstAsync(b => b.Id == row.BoardId, ct) : null;
        // As posting does: a board that is being deleted or archived takes no topic, and none goes with it.
        await Locks.ShareBoard(db, boardKey, ct);
        var to = await db
            .Boards.AsNoTracking()
            .VisibleTo(moderator)
            .FirstOrDefaultAsync(b => b.Key == boardKey && b.ArchivedAt == null, ct);
        if (change.Row is not { MergedInto: null } topic || from is null || to is null)
            return false;
        if (from.Id == to.Id)
            return true;
        if (!to.MayModerate(moderator)) throw new Refused("boards.move.not-yours");
        // Keeps what each member has marked as read on the old board.
        await Locks.Moves(db, ct);
        var stay = new TopicStay { TopicId = id, BoardId = from.Id, Since = topic.LastMove };
        db.TopicStays.Add(stay);
        await db.SaveChangesAsync(ct);
        (topic.BoardId, topic.LastMove) = (to.Id, stay.Id);
        await db.Posts.Where(p => p.TopicId == id).ExecuteUpdateAsync(s => s.SetProperty(p => p.BoardId, to.Id), ct);
        // The old board can be deleted when the last topic has left it.
        await db.Topics.Where(t => t.MergedInto == id).ExecuteUpdateAsync(s => s.SetProperty(t => t.BoardId, to.Id), ct);
        trail.Add(moderator, ModerationAct.Move, topic, null, FromTo.Of(from.Name, to.Name));
        db.Publish(new TopicMoved(id, from.Id, to.Id));
        db.Touch(from.Key);
        db.Touch(to.Key);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Closes a report that needs no action, and all of the same post that came before it.</summary>
    /// <returns>False if there is no such report.</returns>
    public Task<bool> Dismiss(Reader actor, long reportId, CancellationToken ct)
    {
        // What is closed together is reopened together, and known by its time.
        var now = Now;
        return ChangeReports(
            actor, reportId, ModerationAct.DismissReport, r => r.ClosedAt is null && r.Id <= reportId,
            (report, by) => report.Close(by, ModerationAct.DismissReport, now), ct);
    }

    /// <summary>Reopens a closed report, and those of the same post that were closed with it.</summary>
    /// <returns>False if there is no such report.</returns>
    public Task<bool> Reopen(Reader actor, long reportId, CancellationToken ct) =>
        ChangeReports(
            actor, reportId, ModerationAct.ReopenReport, null, (report, _) => report.Reopen(), ct);

    /// <param name="actor">Who moderates.</param>
    /// <param name="id">The report.</param>
    /// <param name="act">What is done.</param>
    /// <param name="which">Which of its post; null for those that were closed at the same time.</param>
    /// <param name="does">Does it; false if nothing changes.</param>
    /// <param name="ct">Cancels it.</param>
    async Task<bool> ChangeReports(
        Reader actor, long id, ModerationAct act, Func<Report, bool>? which, Func<Report, long?, bool> does, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        // The topic before the report, as whoever hides the post locks them; the log's entry refers to the topic, and to both members.
        if (await db.Reports.Where(r => r.Id == id).Select(r => new { r.Post.TopicId, r.Post.AuthorId }).FirstOrDefaultAsync(ct) is { } at)
        {
            await Locks.Members(db, [actor.Id, at.AuthorId], ct);
            await db.LockRow<Topic>(at.TopicId, ct);
        }
        var row = await db.Locked<Report>(id, ct);
        var about = row?.PostId;
        var board = await db.Posts.Where(p => p.Id == about).Select(p => (long?)p.BoardId).FirstOrDefaultAsync(ct);
        var moderator = await actors.RequireModerator(actor, board);
        if (row is not { } report) return false;
        var closed = report.ClosedAt;
        which ??= r => r.ClosedAt == closed;
        var all = await db.Reports.Where(r => r.PostId == report.PostId).OrderBy(r => r.Id).ToListAsync(ct);
        var changed = all.Where(which).ToList().FindAll(r => does(r, moderator.Id));
        if (changed.Count == 0) return true;
        foreach (var (each, of) in changed.Select(r => (r.Id, r.PostId)))
            db.Publish(act is ModerationAct.ReopenReport ? new ReportReopened(each, of) : new ReportDecided(each, of, act));
        var post = await db.Posts.Include(p => p.Topic).FirstAsync(p => p.Id == report.PostId, ct);
        trail.Add(moderator, act, post.Topic, post, "");
        await change.Commit(ct);
        return true;
    }

    async Task<bool> ChangeTopic(
        Reader actor,
        long id,
        ModerationAct act,
        string reason,
        Func<Topic, long?, bool> does,
        CancellationToken ct
    )
    {
        await using var change = await db.ChangeTopic(id, actor, null, [], ct);
        var moderator = await actors.RequireModerator(actor, change.Row?.BoardId);
        if (change.Row is not { MergedInto: null } topic) return false;
        if (!does(topic, moderator.Id)) return true;
        trail.Add(moderator, act, topic, null, reason);
        db.Publish(EventOf(act, topic));
        // Hiding the topic hides its posts too, so reports about them are settled.
        if (act is ModerationAct.HideTopic) await CloseReports(db.Reports.Where(r => r.Post.TopicId == id), moderator, act, ct);
        db.Touch(await KeyOf(topic, ct));
        await change.Commit(ct);
        return true;
    }

    async Task<bool> ChangePost(
        Reader actor,
        long topicId,
        int number,
        ModerationAct act,
        string reason,
        Func<Post, long?, bool> does,
        CancellationToken ct
    ) =>
        await db.AtPlaceToday(
            topicId, number, (topic, at) => ChangePostAt(actor, topic, at, act, reason, does, ct), done => done, ct);

    async Task<bool> ChangePostAt(
        Reader actor,
        long topicId,
        int number,
        ModerationAct act,
        string reason,
        Func<Post, long?, bool> does,
        CancellationToken ct
    )
    {
        await using var change = await db.ChangeTopic(topicId, actor, number, [], ct);
        var moderator = await actors.RequireModerator(actor, change.Row?.BoardId);
        var post = await db.Posts.FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct);
        if (change.Row is not { } topic || post is null) return false;
        if (!does(post, moderator.Id)) return true;
        topic.CountRemoved(post, post.IsRemoved);
        trail.Add(moderator, act, topic, post, reason);
        await CloseReports(db.Reports.Where(r => r.PostId == post.Id), moderator, act, ct);
        await db.SaveChangesAsync(ct);
        topic.LastPostIs(await db.Posts.LastPresent(topicId, ct));
        db.Publish(
            act is ModerationAct.HidePost
                ? new PostHidden(topic.BoardId, topicId, post.Id, number)
                : new PostRestored(topic.BoardId, topicId, post.Id, number)
        );
        db.Touch(await KeyOf(topic, ct));
        await change.Commit(ct);
        return true;
    }

    static SiteEvent EventOf(ModerationAct act, Topic topic) => act switch
    {
        ModerationAct.Pin => new TopicPinned(topic.BoardId, topic.Id),
        ModerationAct.Unpin => new TopicUnpinned(topic.BoardId, topic.Id),
        ModerationAct.Lock => new TopicClosed(topic.BoardId, topic.Id),
        ModerationAct.Unlock => new TopicReopened(topic.BoardId, topic.Id),
        ModerationAct.ArchiveTopic => new TopicArchived(topic.BoardId, topic.Id),
        ModerationAct.UnarchiveTopic => new TopicUnarchived(topic.BoardId, topic.Id),
        ModerationAct.HideTopic => new TopicHidden(topic.BoardId, topic.Id),
        ModerationAct.RestoreTopic => new TopicRestored(topic.BoardId, topic.Id),
        _ => throw new ArgumentOutOfRangeException(nameof(act)),
    };

    async Task CloseReports(IQueryable<Report> reports, Reader moderator, ModerationAct act, CancellationToken ct)
    {
        var now = Now;
        foreach (var report in await reports.Where(r => r.ClosedAt == null).ToListAsync(ct))
            if (report.Close(moderator.Id, act, now)) db.Publish(new ReportDecided(report.Id, report.PostId, act));
    }

    Task<string> KeyOf(Topic topic, CancellationToken ct) => db.Boards.Where(b => b.Id == topic.BoardId).Select(b => b.Key).FirstAsync(ct);
}
