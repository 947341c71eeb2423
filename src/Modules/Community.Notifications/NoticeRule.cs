using System.Linq.Expressions;
using Community.Boards;
using Community.Kernel;
using Community.Members;

namespace Community.Notifications;

/// <summary>
/// Which notices a member is shown: what they may still read, and what still waits. The only place of this rule: the number on every page,
/// the list and the mails are made from it. A notice that was right when it was made is not shown once it is no longer.
/// </summary>
public static class NoticeRule
{
    /// <summary>More are not counted: the number is shown as "99+".</summary>
    public const int MaxCounted = 100;

    /// <summary>The notice, the database, the member, the topics that they may read, and those that they moderate.</summary>
    static readonly Expression<Func<Notice, SiteDb, long, IQueryable<Topic>, IQueryable<Topic>, bool>> shown =
        (n, db, member, topics, moderated) =>
            // Joined by the topic: of its new posts the first may be hidden, and others still be there.
            n.Kind == NoticeKind.NewPost
                ? topics.Any(t => t.Id == n.TopicId && t.HiddenAt == null && t.LastPostAt >= n.At)
            : n.Kind == NoticeKind.GroupRequest
                ? db.Set<GroupMembership>().Any(g => g.GroupId == n.GroupId && g.MemberId == member && g.IsLeader && g.JoinedAt != null)
                    && db.Set<GroupMembership>().Any(g => g.GroupId == n.GroupId && g.MemberId == n.RequesterId && g.JoinedAt == null)
            : n.Kind == NoticeKind.Report
                ? db.Set<Report>().Any(r => r.Id == n.ReportId && r.ClosedAt == null && moderated.Any(t => t.Id == r.Post.TopicId))
            : n.Kind == NoticeKind.Queue
                ? db.Set<QueueEntry>().Any(q => q.PostId == n.PostId && q.Outcome == null && moderated.Any(t => t.Id == q.Post.TopicId))
            : n.Kind == NoticeKind.Outcome
                ? db.Set<Report>().Any(r => r.Id == n.ReportId && r.ClosedAt != null && r.ReporterId == member)
            : n.Kind == NoticeKind.Moderated
                ? db.Set<Post>().Any(p => p.Id == n.PostId && p.AuthorId == member && p.DeletedAt == null
                    && (p.HiddenAt != null || p.Topic.HiddenAt != null))
            : n.Kind == NoticeKind.Edited
                ? db.Set<Post>().Any(p => p.Id == n.PostId && p.AuthorId == member && p.DeletedAt == null
                    && topics.Any(t => t.Id == p.TopicId))
            : n.Kind == NoticeKind.OfModule
                ? db.Set<Member>().Any(m => m.Id == member && m.Role != null)
            : n.Kind == NoticeKind.WordFailed
                ? db.Set<WatchedWord>().Any(w => w.FailedAt != null) && moderated.Any()
            : db.Set<Post>().Any(p => p.Id == n.PostId && p.HiddenAt == null && p.DeletedAt == null
                && (n.Kind != NoticeKind.Reaction || p.Reactions != null)
                && topics.Any(t => t.Id == p.TopicId && t.HiddenAt == null));

    static readonly Expression<Func<SiteDb, IQueryable<Topic>>> all = db => db.Set<Topic>();

    /// <summary>How many are unread: with the query of the session, or by itself.</summary>
    public static readonly MemberNumber Unread = new(
        Number(Boards.Visibility.OfMember, Boards.Visibility.OfBoardModerator),
        Number(AllTopics(), AllTopics()),
        BoardsPermissions.Moderate
    );

    /// <summary>A member's notices that they are shown.</summary>
    public static IQueryable<Notice> NoticesOf(this SiteDb db, Reader reader)
    {
        if (reader.Id is not { } id) return db.Notices.Where(n => false);
        // As parameters of the statement, so that it is prepared once for all members.
        Expression<Func<long>> member = () => id;
        Expression<Func<SiteDb>> site = () => db;
        var (topics, moderated) = (db.Topics.VisibleTo(reader), db.Topics.ModeratedBy(reader, t => t.BoardId));
        var rule = Put(
            shown.Body,
            shown.Parameters,
            [shown.Parameters[0], site.Body, member.Body, topics.Expression, moderated.Expression]
        );
        return db.Notices.Where(n => n.MemberId == id).Where(Expression.Lambda<Func<Notice, bool>>(rule, shown.Parameters[0]));
    }

    static Expression<Func<SiteDb, long, IQueryable<Topic>>> AllTopics() =>
        Expression.Lambda<Func<SiteDb, long, IQueryable<Topic>>>(all.Body, all.Parameters[0], Expression.Parameter(typeof(long)));

    static Expression<Func<SiteDb, long, int>> Number(
        Expression<Func<SiteDb, long, IQueryable<Topic>>> topics, Expression<Func<SiteDb, long, IQueryable<Topic>>> moderated)
    {
        Expression<Func<SiteDb, long, IQueryable<Notice>>> unread = (db, member) =>
            db.Set<Notice>().Where(n => n.MemberId == member && n.ReadAt == null);
        var values = unread.Parameters.ToArray<Expression>();
        var rule = Put(shown.Body, shown.Parameters, [
            shown.Parameters[0], values[0], values[1],
            Put(topics.Body, topics.Parameters, values), Put(moderated.Body, moderated.Parameters, values),
        ]);
        var some = Call(nameof(Queryable.Where), unread.Body,
            Expression.Quote(Expression.Lambda<Func<Notice, bool>>(rule, shown.Parameters[0])));
        var counted = Call(nameof(Queryable.Count), Call(nameof(Queryable.Take), some, Expression.Constant(MaxCounted)));
        return Expression.Lambda<Func<SiteDb, long, int>>(counted, unread.Parameters);
    }

    static MethodCallExpression Call(string method, params Expression[] arguments) =>
        Expression.Call(typeof(Queryable), method, [typeof(Notice)], arguments);

    static Expression Put(Expression body, IReadOnlyList<ParameterExpression> places, IReadOnlyList<Expression> values) =>
        new Putting(places.Zip(values).ToDictionary(p => p.First, p => p.Second)).Visit(body);

    sealed class Putting(Dictionary<ParameterExpression, Expression> values) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => values.GetValueOrDefault(node, node);
    }
}
