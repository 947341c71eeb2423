using System.Linq.Expressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What of the moderation log is shown. Null matches everything.</summary>
/// <param name="Board">The key of a board: what was done to topics and posts that are there now.</param>
/// <param name="Member">Whose posts and topics, or to whom it was done.</param>
/// <param name="Moderator">Who did it.</param>
/// <param name="Kind">What was done, as the last part of the text key <c>boards.did.{kind}</c>.</param>
/// <param name="From">The first day in the site's time zone.</param>
/// <param name="To">The last.</param>
public sealed record LogFilter(
    string? Board = null, long? Member = null, long? Moderator = null, string? Kind = null, DateOnly? From = null, DateOnly? To = null)
{
    /// <summary>The kinds that are kept in other tables than the acts of moderation.</summary>
    internal const string Suspend = "Suspend", Lift = "Lift", EndSilence = "EndSilence";

    public static IEnumerable<string> Kinds =>
    [
        .. Enum.GetNames<ModerationAct>(),
        .. Enum.GetNames<Members.MeasureKind>(),
        EndSilence,
        Suspend,
        Lift,
    ];

    internal IQueryable<ModerationEntry> Apply(IQueryable<ModerationEntry> rows, SiteDb db)
    {
        if (Board is { } board) rows = rows.Where(m => m.Topic!.Board.Key == board);
        if (Moderator is { } moderator) rows = rows.Where(m => m.ActorId == moderator);
        // Lines of old do not name the member.
        if (Member is { } member)
            rows = rows.Where(m => m.MemberId == member || (m.MemberId == null && (m.PostNumber == null
                ? m.Topic!.AuthorId == member
                : db.Set<Post>().Any(p => p.TopicId == m.TopicId && p.Number == m.PostNumber && p.AuthorId == member))));
        if (Kind is { } kind)
            rows = Enum.TryParse<ModerationAct>(kind, out var act) ? rows.Where(m => m.Act == act) : rows.Where(m => false);
        if (From is { } from)
        {
            var start = WallClock.StartOf(from, db.Site.Zone);
            rows = rows.Where(m => m.At >= start);
        }
        if (To is { } to)
        {
            var end = WallClock.StartOf(to.AddDays(1), db.Site.Zone);
            rows = rows.Where(m => m.At < end);
        }
        return rows;
    }

    /// <summary>Whether what was done to members as a whole can fit: a board has none of it.</summary>
    internal bool Takes(string kind) => Board is null && (Kind is null || Kind == kind);

    /// <summary>The rows of what was done to members as a whole; none of a kind that is not wanted.</summary>
    internal IQueryable<T> Apply<T>(
        IQueryable<T> rows, Site site, Expression<Func<T, long>> member, Expression<Func<T, long?>> by, Expression<Func<T, DateTime?>> at)
    {
        if (Member is { } whose) rows = rows.Where(Compare(member, ExpressionType.Equal, whose));
        if (Moderator is { } moderator) rows = rows.Where(Compare(by, ExpressionType.Equal, (long?)moderator));
        if (From is { } from)
            rows = rows.Where(Compare(at, ExpressionType.GreaterThanOrEqual, (DateTime?)WallClock.StartOf(from, site.Zone)));
        if (To is { } to) rows = rows.Where(Compare(at, ExpressionType.LessThan, (DateTime?)WallClock.StartOf(to.AddDays(1), site.Zone)));
        return rows;
    }

    static Expression<Func<T, bool>> Compare<T, TValue>(Expression<Func<T, TValue>> column, ExpressionType how, TValue value)
    {
        Expression<Func<TValue>> parameter = () => value;
        return Expression.Lambda<Func<T, bool>>(Expression.MakeBinary(how, column.Body, parameter.Body), column.Parameters);
    }
}
