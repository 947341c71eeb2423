using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>What a member mutes tells them nothing any more: notices that were made before end, and are mailed no more.</summary>
public sealed class EndMuted(SiteDb db) : IEventHandler
{
    public static readonly Type[] Reads = [typeof(TopicFollowed), typeof(BoardFollowed), typeof(MemberMuted)];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var happened in events)
            if (happened.Event is TopicFollowed { Level: FollowLevel.Mute } topic)
                await End(db.Notices.Where(n => n.MemberId == topic.MemberId && n.TopicId == topic.TopicId), ct);
            else if (happened.Event is BoardFollowed { Level: FollowLevel.Mute } board)
                await End(db.Notices.Where(n => n.MemberId == board.MemberId
                    && db.Set<Topic>().Any(t => t.Id == n.TopicId && t.BoardId == board.BoardId)
                    && !db.Set<TopicFollow>().Any(f => f.MemberId == n.MemberId && f.TopicId == n.TopicId && !f.ByItself)), ct);
            else if (happened.Event is MemberMuted { On: true } muted)
                await End(db.Notices.Where(n => n.MemberId == muted.MemberId && n.PostId != null
                    && (n.Kind == NoticeKind.Reaction
                        ? !db.Set<PostReaction>().Any(r => r.PostId == n.PostId && !db.Set<MemberMute>()
                            .Any(m => m.MemberId == muted.MemberId && m.MutedId == r.MemberId))
                        : db.Set<Post>().Any(p => p.Id == n.PostId && p.AuthorId == muted.MutedId))), ct);
    }

    // A report and a request to join a group are a duty, and stay.
    Task End(IQueryable<Notice> notices, CancellationToken ct)
    {
        var now = db.Now;
        return notices.Where(n => n.ReadAt == null && (n.Kind < NoticeKind.Report || n.Kind == NoticeKind.Reaction))
            .ExecuteUpdateAsync(s => s.SetProperty(n => n.ReadAt, now).SetProperty(n => n.Waits, (MailPace?)null), ct);
    }
}
