using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members who watch or track a board.</summary>
static class FollowsCondition
{
    public sealed record Of(long Board);

    public static readonly MemberCondition<Of> Follows = new("boards.follows")
    {
        Fields = ["follows"],
        Part = typeof(FollowsPart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["follows"] is not { } typed) return null;
            if (long.TryParse(typed, out var board)) return new(board);
            problems.Add(fields.Name("follows"), texts["staff.filter.unknown", typed]);
            return null;
        },
        ToForm = v => [("follows", v.Board.ToString())],
        Where = (v, db) => Following(db.BoardFollows, v.Board),
        Sentence = async (v, db, texts) => texts[
            "boards.condition.follows.said",
            await db.Boards.Where(b => b.Id == v.Board).Select(b => b.Name).FirstOrDefaultAsync()
                ?? texts["boards.condition.follows.gone"].Value
        ],
        IsDeleted = async (v, db, ct) => !await db.Boards.AnyAsync(b => b.Id == v.Board, ct),
    };

    static Expression<Func<Member, bool>> Following(IQueryable<BoardFollow> follows, long board) =>
        m => follows.Any(f => f.MemberId == m.Id && f.BoardId == board && (f.Level == FollowLevel.Watch || f.Level == FollowLevel.Track));
}
