using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>Members mark their notices as read. What is read is mailed no more.</summary>
public sealed class MarkNotices(SiteDb db, Actors actors)
{
    /// <summary>Marks all notices up to the one that the member's page knew.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task All(Reader actor, long upTo, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var (member, now) = ((await actors.RequireMember(actor)).Id, db.Now);
        await db.Notices.Where(n => n.MemberId == member && n.ReadAt == null && n.Id <= upTo)
            .ExecuteUpdateAsync(s => s.SetProperty(n => n.ReadAt, now).SetProperty(n => n.Waits, (MailPace?)null), ct);
        await change.Commit(ct);
    }

    /// <summary>Marks a notice whose target is opened.</summary>
    /// <returns>The target's address; null if the member has no such notice, or is not shown it any more.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<string?> Opened(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var reader = await actors.RequireMember(actor);
        if (await db.NoticesOf(reader).FirstOrDefaultAsync(n => n.Id == id, ct) is not { } notice) return null;
        var url = notice.Kind switch
        {
            NoticeKind.Report => "/staff/reports",
            NoticeKind.Queue => "/staff/queue",
            NoticeKind.WordFailed => "/staff/words",
            // What is hidden as a whole has no page for its author: the list of notices says the reason.
            NoticeKind.Outcome or NoticeKind.Moderated => await db.Posts.VisibleTo(reader)
                .Where(p => p.Id == notice.PostId || (notice.PostId == null && p.Id == db.Set<Report>()
                    .Where(r => r.Id == notice.ReportId).Select(r => r.PostId).FirstOrDefault()))
                .Select(p => $"/boards/{p.Topic.Board.Key}/{p.TopicId}/posts/{p.Number}").FirstOrDefaultAsync(ct) ?? NoticesPage.Url,
            // What was changed, and why.
            NoticeKind.Edited => await db.Posts.Where(p => p.Id == notice.PostId)
                .Select(p => $"/boards/{p.Topic.Board.Key}/{p.TopicId}/posts/{p.Number}/history").FirstAsync(ct),
            NoticeKind.OfModule => notice.Path ?? NoticesPage.Url,
            NoticeKind.GroupRequest =>
                "/groups/" + await db.Set<Group>().Where(g => g.Id == notice.GroupId).Select(g => g.Key).FirstAsync(ct),
            _ => await db.Posts.Where(p => p.Id == notice.PostId)
                .Select(p => $"/boards/{p.Topic.Board.Key}/{p.TopicId}/posts/{p.Number}").FirstAsync(ct),
        };
        // A topic's page marks what it shows: of new posts, there may be more than one page.
        if (notice.Kind is not NoticeKind.NewPost && notice.ReadAt is null)
        {
            (notice.ReadAt, notice.Waits) = (db.Now, null);
            await change.Commit(ct);
        }
        return url;
    }
}
