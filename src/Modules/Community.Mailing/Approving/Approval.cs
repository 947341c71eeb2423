using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Which mailings a second person has to approve, and who may: the only place of this rule.</summary>
static class Approval
{
    /// <summary>Whether it reaches so many that somebody has to approve this version of it, and nobody has.</summary>
    public static async Task<bool> IsMissing(Mailing mailing, SiteDb db, CancellationToken ct = default)
    {
        if (mailing.IsTest || mailing.IsApproved) return false;
        if ((await MailingSettings.Of(db, ct)).ApproveFrom is not (> 0 and var from)) return false;
        return await (await Audience.Receivers(mailing, db, ct)).Take(from).CountAsync(ct) >= from;
    }

    /// <summary>
    /// The key of why somebody may not approve it; null if they may. Who wrote any of it, or reserved it, is no second person.
    /// </summary>
    public static string? Refusal(Mailing mailing, Reader reader) =>
        !reader.May(MailingPermissions.Approve) ? "mailing.approve.not"
        : reader.Id == mailing.CreatedBy || reader.Id == mailing.RevisedBy || reader.Id == mailing.ScheduledBy ? "mailing.approve.own"
        : null;
}
