using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>
/// Tells reporters what became of their reports, and authors that a moderator hid, refused or edited a post of theirs. No mute holds here.
/// Who hides all posts of a member at once tells of none: that member would read of hundreds.
/// </summary>
public sealed class TellDecisions(SiteDb db, PresentReaders readers, KeepNotices keep) : IEventHandler
{
    public static readonly Type[] Reads =
    [
        typeof(ReportDecided), typeof(ReportReopened), typeof(PostHidden), typeof(PostRestored), typeof(TopicHidden), typeof(QueueDecided),
        typeof(PostCorrected),
    ];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var happened in events)
            await (happened.Event switch
            {
                ReportDecided decided => Outcome(decided.ReportId, ct),
                // What is decided anew is told anew.
                ReportReopened reopened => Forget(n => n.Kind == NoticeKind.Outcome && n.ReportId == reopened.ReportId, ct),
                PostHidden hidden => Moderated(hidden.PostId, ct),
                PostRestored restored => Forget(n => n.Kind == NoticeKind.Moderated && n.PostId == restored.PostId, ct),
                QueueDecided { Outcome: QueueOutcome.Refused, IsEdit: false } refused => Moderated(refused.PostId, ct),
                PostCorrected corrected => Corrected(corrected, ct),
                TopicHidden hidden => TopicModerated(hidden.TopicId, ct),
                _ => Task.CompletedTask,
            });
    }

    async Task Outcome(long id, CancellationToken ct)
    {
        var report = await db.Reports.Where(r => r.Id == id && r.ClosedAt != null && r.ReporterId != null && r.ReporterId != r.ClosedBy)
            .Select(r => new { r.ReporterId, r.Post.TopicId }).FirstOrDefaultAsync(ct);
        if (report is null || await db.Notices.AnyAsync(n => n.Kind == NoticeKind.Outcome && n.ReportId == id, ct)) return;
        await Tell(report.ReporterId!.Value, new() { Kind = NoticeKind.Outcome, ReportId = id, TopicId = report.TopicId }, ct);
    }

    async Task Moderated(long id, CancellationToken ct)
    {
        var post = await db.Posts
            .Where(p => p.Id == id && p.HiddenAt != null && p.DeletedAt == null && p.AuthorId != null && p.HiddenBy != p.AuthorId)
            .Where(p => !db.Set<ClearedPost>().Any(c => c.PostId == id && c.At == p.HiddenAt))
            .Select(p => new { p.AuthorId, p.TopicId }).FirstOrDefaultAsync(ct);
        if (post is not null) await TellAuthor(post.AuthorId!.Value, post.TopicId, id, ct);
    }

    async Task TopicModerated(long id, CancellationToken ct)
    {
        var topic = await db.Topics
            .Where(t => t.Id == id && t.HiddenAt != null && t.MergedInto == null && t.AuthorId != null && t.HiddenBy != t.AuthorId)
            .Where(t => !db.Set<ClearedPost>().Any(c => c.TopicId == id && c.At == t.HiddenAt))
            .Select(t => new
            {
                t.AuthorId,
                Opening = db.Set<Post>().Where(p => p.TopicId == id && p.AuthorId == t.AuthorId).OrderBy(p => p.Number).Select(p => p.Id)
                    .FirstOrDefault(),
            })
            .FirstOrDefaultAsync(ct);
        if (topic is { Opening: > 0 }) await TellAuthor(topic.AuthorId!.Value, id, topic.Opening, ct);
    }

    async Task Corrected(PostCorrected corrected, CancellationToken ct)
    {
        var (id, author) = (corrected.PostId, corrected.AuthorId);
        if (author is null || !await db.Posts.AnyAsync(
            p => p.Id == id && p.AuthorId == author && p.EditedBy != author && p.DeletedAt == null, ct)) return;
        // Edited again: the last is told, and the history has all.
        await Forget(n => n.Kind == NoticeKind.Edited && n.PostId == id, ct);
        await Tell(author.Value, new() { Kind = NoticeKind.Edited, PostId = id, TopicId = corrected.TopicId }, ct);
    }

    async Task TellAuthor(long author, long topic, long post, CancellationToken ct)
    {
        // Hidden, shown and hidden again: the last is told.
        await Forget(n => n.Kind == NoticeKind.Moderated && n.PostId == post, ct);
        await Tell(author, new() { Kind = NoticeKind.Moderated, PostId = post, TopicId = topic }, ct);
    }

    async Task Tell(long member, Notice notice, CancellationToken ct)
    {
        if (!(await readers.Of([member], ct)).ContainsKey(member)) return;
        (notice.MemberId, notice.At) = (member, db.Now);
        await keep.Add([notice], await keep.SettingsOf([member], ct), ct);
    }

    Task<int> Forget(System.Linq.Expressions.Expression<Func<Notice, bool>> which, CancellationToken ct) =>
        db.Notices.Where(which).ExecuteDeleteAsync(ct);
}
