using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Who gets a mailing. One place answers, when it is counted, when it starts, and for each recipient just before sending.</summary>
public sealed class RecipientsOf(SiteDb db)
{
    /// <summary>Members who fit the audience and may get this kind of mail.</summary>
    public IQueryable<Member> Query(Mailing mailing) => mailing.IsTest
        ? db.Members.Active().Where(m => m.Id == mailing.CreatedBy)
        : Query(mailing.Audience, mailing.KindId);

    public IQueryable<Member> Query(Audience audience, long kind)
    {
        var agreed = db.ConsentStates.Where(c => c.KindId == kind && c.Granted);
        return audience.Apply(db.Members, db).Active().Where(m => agreed.Any(c => c.MemberId == m.Id));
    }

    /// <summary>Why an active member may not get it; null if they may. A test goes to who asked for it, whatever they receive.</summary>
    public async Task<string?> Refusal(Mailing mailing, long member, string email, CancellationToken ct)
    {
        if (mailing.IsTest) return null;
        return await db.ConsentStates.AnyAsync(c => c.MemberId == member && c.KindId == mailing.KindId && c.Granted, ct) ? null : "consent";
    }
}
