using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>The members for whom a step of a chain is due at a moment. No form offers it: the chain makes it.</summary>
static class ChainCondition
{
    public sealed record Due(long Chain, int Step, DateTime At);

    public static readonly MemberCondition<Due> Of = new("mailing.chain")
    {
        Places = ConditionPlaces.Nowhere,
        Fields = ["chain"],
        Part = typeof(MailedPart),
        FromForm = (_, _, _) => null,
        ToForm = _ => [],
        Where = (v, db) => Waiting(db.ChainPlaces, v),
        Sentence = async (v, db, texts) => texts[
            "mailing.condition.chain.said",
            v.Step + 1,
            await db.Chains.Where(c => c.Id == v.Chain).Select(c => c.Name).FirstOrDefaultAsync() ?? "–"
        ],
        IsDeleted = async (v, db, ct) => !await db.Chains.AnyAsync(c => c.Id == v.Chain, ct),
    };

    static Expression<Func<Member, bool>> Waiting(IQueryable<ChainPlace> places, Due due) => m => places.Any(p =>
        p.ChainId == due.Chain && p.Step == due.Step && p.DueAt == due.At && p.EndedAt == null && p.MemberId == m.Id);
}
