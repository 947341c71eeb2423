using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// What moderators do with topics and posts. Each act stands in the moderation trail and in the audit log, in its own transaction;
/// done a second time it changes nothing and leaves no second line.
/// </summary>
public sealed class Moderate(SiteDb db, Audit audit, TimeProvider time)
{
    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <returns>False if there is no such post.</returns>
    public Task<bool> HidePost(Reader moderator, long topicId, int number, string reason, CancellationToken ct) =>
        Post(
            moderator,
            topicId,
            number,
            ModerationAct.HidePost,
            reason,
            post =>
            {
                if (post.DeletedAt is not null || !Says(post.HiddenAt, post.HiddenReason, reason))
                    return false;
                (post.HiddenAt, post.HiddenBy, post.HiddenReason) = (Now, moderator.Id, PostText.Reason(reason));
                return true;
            },
            ct
        );

    // What is hidden already may get another reason: of two moderators at the same post neither writes for nothing.
    static bool Says(DateTime? hidden, string? before, string reason) =>
        hidden is null || (PostText.Reason(reason) is { Length: > 0 } now && now != before);

    public Task<bool> RestorePost(Reader moderator, long topicId, int number, CancellationToken ct) =>
        Post(
            moderator,
            topicId,
            number,
            ModerationAct.RestorePost,
            "",
            post =>
            {
                if (post.HiddenAt is null)
                    return false;
                (post.HiddenAt, post.HiddenBy, post.HiddenReason) = (null, null, null);
                return true;
            },
            ct
        );

    public Task<bool> Pin(Reader moderator, long id, bool on, CancellationToken ct) =>
        Topic(
            moderator,
            id,
            on ? ModerationAct.Pin : ModerationAct.Unpin,
            "",
            topic =>
            {
                if (topic.IsPinned == on)
                    return false;
                (topic.PinnedAt, topic.PinnedBy) = on ? ((DateTime?)Now, moderator.Id) : (null, null);
                db.Publish(on ? new TopicPinned(topic.BoardId, id) : new TopicUnpinned(topic.BoardId, id));
                return true;
            },
            ct
        );

    public Task<bool> Lock(Reader moderator, long id, bool on, CancellationToken ct) =>
        Topic(
            moderator,
            id,
            on ? ModerationAct.Lock : ModerationAct.Unlock,
            "",
            topic =>
            {
                if (topic.IsLocked == on)
                    return false;
                (topic.LockedAt, topic.LockedBy) = on ? ((DateTime?)Now, moderator.Id) : (null, null);
                db.Publish(on ? new TopicClosed(topic.BoardId, id) : new TopicReopened(topic.BoardId, id));
                return true;
            },
            ct
        );

    public Task<bool> HideTopic(Reader moderator, long id, string reason, CancellationToken ct) =>
        Topic(
            moderator,
            id,
            ModerationAct.HideTopic,
            reason,
            topic =>
            {
                if (!Says(topic.HiddenAt, topic.HiddenReason, reason))
                    return false;
                (topic.HiddenAt, topic.HiddenBy, topic.HiddenReason) = (Now, moderator.Id, PostText.Reason(reason));
                db.Publish(new TopicHidden(topic.BoardId, id));
                return true;
            },
            ct
        );

    public Task<bool> RestoreTopic(Reader moderator, long id, CancellationToken ct) =>
        Topic(
            moderator,
            id,
            ModerationAct.RestoreTopic,
            "",
            topic =>
            {
                if (topic.HiddenAt is null)
                    return false;
                (topic.HiddenAt, topic.HiddenBy, topic.HiddenReason) = (null, null, null);
                db.Publish(new TopicRestored(topic.BoardId, id));
                return true;
            },
            ct
        );

    /// <returns>False if there is no such topic or board, or the board is archived.</returns>
    public async Task<bool> Move(Reader moderator, long id, string boardKey, CancellationToken ct)
    {
        await using var change = await db.Change<Topic>(id, ct);
        var from = change.Row is { } row ? await db.Boards.AsNoTracking().FirstAsync(b => b.Id == row.BoardId, ct) : null;
        var to = await db
            .Boards.AsNoTracking()
            .VisibleTo(moderator)
            .FirstOrDefaultAsync(b => b.Key == boardKey && b.ArchivedAt == null, ct);
        if (change.Row is not { } topic || from is null || to is null)
            return false;
        if (from.Id == to.Id)
            return true;
        // What each member marked as read where it stood goes along with it.
        await Locks.Moves(db, ct);
        var stay = new TopicStay { TopicId = id, BoardId = from.Id, Since = topic.LastMove };
        db.TopicStays.Add(stay);
        await db.SaveChangesAsync(ct);
        (topic.BoardId, topic.LastMove) = (to.Id, stay.Id);
        await db.Posts.Where(p => p.TopicId == id).ExecuteUpdateAsync(s => s.SetProperty(p => p.BoardId, to.Id), ct);
        Trace(moderator, ModerationAct.Move, topic, null, $"{from.Name} → {to.Name}");
        db.Publish(new TopicMoved(id, from.Id, to.Id));
        db.Touch(from.Key);
        db.Touch(to.Key);
        await change.Commit(ct);
        return true;
    }

    /// <summary>The moderators looked at a report and found nothing to do.</summary>
    public Task<bool> Dismiss(Reader moderator, long reportId, CancellationToken ct) =>
        Report(
            moderator,
            reportId,
            ModerationAct.DismissReport,
            report =>
            {
                if (report.ClosedAt is not null)
                    return false;
                Close(report, moderator, ModerationAct.DismissReport);
                return true;
            },
            ct
        );

    /// <summary>A report that was closed waits again.</summary>
    public Task<bool> Reopen(Reader moderator, long reportId, CancellationToken ct) =>
        Report(
            moderator,
            reportId,
            ModerationAct.ReopenReport,
            report =>
            {
                if (report.ClosedAt is null)
                    return false;
                report.Reopen();
                db.Publish(new ReportReopened(report.Id, report.PostId));
                return true;
            },
            ct
        );

    async Task<bool> Report(Reader moderator, long id, ModerationAct act, Func<Report, bool> change, CancellationToken ct)
    {
        await using var open = await db.Change<Report>(id, ct);
        if (open.Row is not { } report) return false;
        if (!change(report)) return true;
        var post = await db.Posts.Include(p => p.Topic).FirstAsync(p => p.Id == report.PostId, ct);
        Trace(moderator, act, post.Topic, post, "");
        await open.Commit(ct);
        return true;
    }

    async Task<bool> Topic(Reader moderator, long id, ModerationAct act, string reason, Func<Topic, bool> change, CancellationToken ct)
    {
        await using var open = await db.Change<Topic>(id, ct);
        if (open.Row is not { } topic) return false;
        if (!change(topic)) return true;
        Trace(moderator, act, topic, null, reason);
        // With the topic its posts are gone, and what was reported of them is done.
        if (act is ModerationAct.HideTopic)
            foreach (var report in await db.Reports.Where(r => r.Post.TopicId == id && r.ClosedAt == null).ToListAsync(ct))
                Close(report, moderator, act);
        db.Touch(await KeyOf(topic, ct));
        await open.Commit(ct);
        return true;
    }

    async Task<bool> Post(
        Reader moderator,
        long topicId,
        int number,
        ModerationAct act,
        string reason,
        Func<Post, bool> change,
        CancellationToken ct
    )
    {
        await using var open = await db.Change<Topic>(topicId, ct);
        var post = await db.Posts.FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct);
        if (open.Row is not { } topic || post is null) return false;
        if (!change(post)) return true;
        topic.CountGone(post, post.IsGone);
        Trace(moderator, act, topic, post, reason);
        foreach (var report in await db.Reports.Where(r => r.PostId == post.Id && r.ClosedAt == null).ToListAsync(ct))
            Close(report, moderator, act);
        await db.SaveChangesAsync(ct);
        topic.LastPostIs(await db.Posts.LastPresent(topicId, ct));
        db.Publish(
            act is ModerationAct.HidePost
                ? new PostHidden(topic.BoardId, topicId, post.Id, number)
                : new PostRestored(topic.BoardId, topicId, post.Id, number)
        );
        db.Touch(await KeyOf(topic, ct));
        await open.Commit(ct);
        return true;
    }

    void Close(Report report, Reader moderator, ModerationAct act)
    {
        report.Close(moderator.Id, act, Now);
        db.Publish(new ReportDecided(report.Id, report.PostId, act));
    }

    Task<string> KeyOf(Topic topic, CancellationToken ct) => db.Boards.Where(b => b.Id == topic.BoardId).Select(b => b.Key).FirstAsync(ct);

    void Trace(Reader moderator, ModerationAct act, Topic topic, Post? post, string reason)
    {
        db.ModerationLog.Add(
            new ModerationEntry
            {
                At = Now,
                ActorId = moderator.Id,
                Act = act,
                TopicId = topic.Id,
                PostNumber = post?.Number,
                Reason = PostText.Reason(reason),
            }
        );
        // The reason may name a person: it stands in the trail, which can be erased, and not in the audit log.
        var about = post is null ? $"topic {topic.Id}" : $"topic {topic.Id} post {post.Number}";
        if ((post is null ? topic.AuthorId : post.AuthorId) is { } author) audit.Changed("boards." + act, author, "", about);
        else audit.Did("boards." + act, about);
    }
}
