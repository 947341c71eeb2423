using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>
/// Notices and levels go with the posts that were split off or merged into another topic. Whoever followed a topic follows what becomes of
/// it, unless they have a level there.
/// </summary>
public sealed class KeepPlaces(SiteDb db) : IEventHandler
{
    public static readonly Type[] Reads = [typeof(TopicSplit), typeof(TopicsMerged)];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var happened in events)
        {
            var (from, to) = happened.Event switch
            {
                TopicSplit split => (split.TopicId, split.NewTopicId),
                TopicsMerged merged => (merged.TopicId, merged.IntoTopicId),
                _ => (0L, 0L),
            };
            var (posts, notices) = (db.Posts, db.Notices);
            if (!await db.Topics.AnyAsync(t => t.Id == to, ct)) continue;
            await notices.Where(n => n.TopicId == from && posts.Any(p => p.Id == n.PostId && p.TopicId == to))
                .ExecuteUpdateAsync(s => s.SetProperty(n => n.TopicId, to), ct);
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO topic_follows (member_id, topic_id, level, by_itself, at)
                SELECT member_id, {to}, level, by_itself, at FROM topic_follows WHERE topic_id = {from}
                ON CONFLICT (member_id, topic_id) DO NOTHING
                """,
                ct
            );
        }
    }
}
