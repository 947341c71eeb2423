using System.Linq.Expressions;
using System.Text.Json.Serialization;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members who posted within the last n days, counted back from the time of the query.</summary>
static class PostedCondition
{
    public const int MaxDays = 3650;

    public const int MaxLeast = 1000;

    public sealed record Within(int Days)
    {
        /// <summary>How many posts at least; null for one.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Least { get; init; }
    }

    public static readonly MemberCondition<Within> Posted = new("boards.posted")
    {
        Fields = ["posted", "posted-least"],
        Part = typeof(PostedPart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["posted"] is not { } typed) return null;
            if (!int.TryParse(typed, out var days) || days is < 1 or > MaxDays)
            {
                problems.Add(fields.Name("posted"), texts["boards.condition.days", MaxDays]);
                return null;
            }
            if (fields["posted-least"] is not { } many) return new(days);
            if (int.TryParse(many, out var least) && least is >= 1 and <= MaxLeast) return new(days) { Least = least > 1 ? least : null };
            problems.Add(fields.Name("posted-least"), texts["boards.condition.least.wrong", MaxLeast]);
            return null;
        },
        ToForm = v => v.Least is { } least
            ? [("posted", v.Days.ToString()), ("posted-least", least.ToString())]
            : [("posted", v.Days.ToString())],
        Where = (v, db) => Since(db, db.Now.AddDays(-v.Days), v.Least ?? 1),
        Sentence = (v, _, texts) => Task.FromResult(
            v.Least is { } least
                ? texts["boards.condition.posted.least", texts.Count("boards.condition.posted", v.Days), least].Value
                : texts.Count("boards.condition.posted", v.Days)
        ),
    };

    static Expression<Func<Member, bool>> Since(SiteDb db, DateTime since, int least)
    {
        var posts = db.Posts.Where(p => p.ImportId == null && p.At >= since && p.DeletedAt == null && p.HiddenAt == null);
        return least > 1
            ? m => posts.Count(p => p.AuthorId == m.Id) >= least
            : m => posts.Any(p => p.AuthorId == m.Id);
    }
}
