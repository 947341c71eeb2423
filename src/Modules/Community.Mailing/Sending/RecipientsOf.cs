using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Who gets a mailing: asked when it is counted, when it starts, and for each recipient just before sending.</summary>
public sealed class RecipientsOf(SiteDb db)
{
    /// <summary>Members who fit the audience and may get this kind of mail. A test goes to who asked for it, whatever they receive.</summary>
    public IQueryable<Member> Query(Mailing mailing) => mailing.IsTest ? MayGet(mailing) : mailing.Audience.Apply(MayGet(mailing), db);

    /// <summary>Members who may get it, whether they fit the audience or not: who was taken in stays in.</summary>
    public IQueryable<Member> MayGet(Mailing mailing) => mailing.IsTest
        ? db.Members.Active().Where(m => m.Id == mailing.CreatedBy)
        : db.Members.MayReceive(mailing.KindId);

    /// <summary>Why a member who may not get it may not.</summary>
    public async Task<string> Refusal(long kind, long member, CancellationToken ct)
    {
        if (!await db.Members.Active().AnyAsync(m => m.Id == member, ct)) return "member";
        var suppressions = db.Suppressions;
        return await db.Members.AnyAsync(m => m.Id == member && suppressions.Any(s => s.AddressHash == m.AddressHash), ct) ? "suppressed" : "consent";
    }
}
