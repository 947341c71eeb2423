using System.Linq.Expressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A topic of the front page.</summary>
/// <param name="Topic">The topic as lists show it.</param>
/// <param name="Level">The level that the reader has for it; null for none.</param>
public sealed record FrontTopic(TopicLine Topic, FollowLevel? Level);

/// <summary>
/// The topics of the front page, by one query: the latest, what was announced lately, and what is new in what the reader follows. Boards
/// and topics that the reader mutes are left out, and archived topics.
/// </summary>
/// <param name="Announced">Of read-only boards, by their latest post.</param>
/// <param name="Followed">Of boards and topics that the reader watches or tracks, by their latest post.</param>
/// <param name="Latest">Of all boards, without those announced.</param>
public sealed record FrontTopics(IReadOnlyList<TopicLine> Announced, IReadOnlyList<TopicLine> Followed, IReadOnlyList<TopicLine> Latest)
{
    public static readonly FrontTopics None = new([], [], []);

    /// <summary>What is older is no news. It also bounds how far the index is read in a site where little is announced.</summary>
    static readonly TimeSpan lately = TimeSpan.FromDays(30);
    const int MaxAnnounced = 10, MaxFollowed = 20;

    /// <param name="db">The site's database.</param>
    /// <param name="reader">Who reads.</param>
    /// <param name="boards">The boards that the reader may read.</param>
    /// <param name="count">How many of the latest.</param>
    /// <param name="now">When.</param>
    /// <param name="ct">Cancels the query.</param>
    public static async Task<FrontTopics> Of(
        SiteDb db, Reader reader, IReadOnlyList<BoardLine> boards, int count, DateTime now, CancellationToken ct)
    {
        var announcing = boards.Where(b => b is { Kind: BoardKind.ReadOnly, Level: not FollowLevel.Mute }).Select(b => b.Id).ToHashSet();
        var quiet = boards.Where(b => b.Level is FollowLevel.Mute).Select(b => b.Id).ToList();
        var followed = boards.Where(b => Follows(b.Level)).Select(b => b.Id).ToHashSet();
        var (since, shown) = (now - lately, db.Topics.VisibleTo(reader).Where(t => t.HiddenAt == null && t.ArchivedAt == null));
        var member = reader.Id ?? 0;
        var follows = db.TopicFollows.Where(f => f.MemberId == member);
        if (reader.IsMember)
            shown = shown.Where(t => !quiet.Contains(t.BoardId)
                && !follows.Any(f => f.TopicId == t.Id && f.Level == FollowLevel.Mute));
        var ids = Newest(shown, count + MaxAnnounced);
        if (announcing.Count > 0)
            ids = ids.Concat(Newest(shown.Where(t => announcing.Contains(t.BoardId) && t.LastPostAt >= since), MaxAnnounced));
        if (reader.IsMember)
            ids = ids.Concat(Newest(
                shown.Where(t => t.LastPostAt >= since && (followed.Contains(t.BoardId)
                    || follows.Any(f => f.TopicId == t.Id
                        && (f.Level == FollowLevel.Watch || f.Level == FollowLevel.Track)))),
                MaxFollowed
            ));
        var found = await db.Topics.Where(t => ids.Contains(t.Id)).Select(LineOf(follows)).ToListAsync(ct);
        found.Sort((a, b) => (b.Topic.LastPostAt, b.Topic.Id).CompareTo((a.Topic.LastPostAt, a.Topic.Id)));
        bool IsAnnounced(FrontTopic f) => announcing.Contains(f.Topic.BoardId) && f.Topic.LastPostAt >= since;
        return new(
            [.. found.Where(IsAnnounced).Select(f => f.Topic)],
            [.. found.Where(f => Follows(f.Level) || (f.Level is null && followed.Contains(f.Topic.BoardId))).Select(f => f.Topic)],
            [.. found.Where(f => !IsAnnounced(f)).Take(count).Select(f => f.Topic)]
        );
    }

    static bool Follows(FollowLevel? level) => level is FollowLevel.Watch or FollowLevel.Track;

    static IQueryable<long> Newest(IQueryable<Topic> topics, int count) =>
        topics.OrderByDescending(t => t.LastPostAt).ThenByDescending(t => t.Id).Take(count).Select(t => t.Id);

    static Expression<Func<Topic, FrontTopic>> LineOf(IQueryable<TopicFollow> follows)
    {
        Expression<Func<Topic, FollowLevel?>> level = topic => follows
            .Where(f => f.TopicId == topic.Id).Select(f => (FollowLevel?)f.Level).FirstOrDefault();
        var row = TopicLine.Of.Parameters[0];
        var constructor = typeof(FrontTopic).GetConstructor([typeof(TopicLine), typeof(FollowLevel?)])!;
        return Expression.Lambda<Func<Topic, FrontTopic>>(
            Expression.New(constructor, TopicLine.Of.Body, Putting.In(level, row)), row);
    }
}
