using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members who posted within the last n days, counted back from the time of the query.</summary>
static class PostedCondition
{
    public const int MaxDays = 3650;

    public sealed record Within(int Days);

    public static readonly MemberCondition<Within> Posted = new("boards.posted")
    {
        Fields = ["posted"],
        Part = typeof(PostedPart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["posted"] is not { } typed) return null;
            if (int.TryParse(typed, out var days) && days is >= 1 and <= MaxDays) return new(days);
            problems.Add(fields.Name("posted"), texts["boards.condition.days", MaxDays]);
            return null;
        },
        ToForm = v => [("posted", v.Days.ToString())],
        Where = (v, db) => Since(db, db.Now.AddDays(-v.Days)),
        Sentence = (v, _, texts) => Task.FromResult(texts.Count("boards.condition.posted", v.Days)),
    };

    static Expression<Func<Member, bool>> Since(SiteDb db, DateTime since)
    {
        var posts = db.Posts.Where(p => p.At >= since && p.DeletedAt == null && p.HiddenAt == null);
        return m => posts.Any(p => p.AuthorId == m.Id);
    }
}
