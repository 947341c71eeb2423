using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Tells by the bell those who may approve a mailing that it waits for them, until it waits no more, and its authors what was decided.
/// Their e-mails are written by <see cref="ApprovalMails"/>, with the decision.
/// </summary>
public sealed class TellOfApproval(SiteDb db, ApprovalMails mails, TellOnSite tell, EndTold end) : IEventHandler
{
    const string Waits = "mailing.notice.waits", Approved = "mailing.notice.approved", Declined = "mailing.notice.declined";

    public static readonly Type[] Reads =
        [typeof(MailingApprovalAsked), typeof(MailingReserved), typeof(MailingTakenBack), typeof(MailingStopped), typeof(MailingCancelled)];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        // What it is now is told, once, whatever happened on the way.
        var ids = events.Select(e => e.Event switch
        {
            MailingApprovalAsked asked => asked.MailingId,
            MailingReserved reserved => reserved.MailingId,
            MailingTakenBack taken => taken.MailingId,
            MailingStopped stopped => stopped.MailingId,
            MailingCancelled cancelled => cancelled.MailingId,
            _ => 0,
        }).Distinct().ToList();
        foreach (var mailing in await db.Mailings.AsNoTracking().Where(m => ids.Contains(m.Id)).ToListAsync(ct)) await Tell(mailing, ct);
    }

    async Task Tell(Mailing mailing, CancellationToken ct)
    {
        foreach (var earlier in new[] { Waits, Approved, Declined }) await end(earlier, mailing.Url, ct);
        if (mailing.State is MailingState.Approving) await tell(await mails.Approvers(mailing, ct), Waits, mailing.Url, ct);
        else if (mailing is { State: MailingState.Draft, StopReason: StopReason.Declined })
            await tell(ApprovalMails.Authors(mailing), Declined, mailing.Url, ct);
        else if (mailing is { State: MailingState.Scheduled, IsApproved: true })
            await tell(ApprovalMails.Authors(mailing), Approved, mailing.Url, ct);
    }
}
