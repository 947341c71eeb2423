using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Mailing;

/// <summary>The module's personal data. Deliveries are kept, so that a mailing's figures stay correct.</summary>
static class MailingPersonalData
{
    public static IEnumerable<PersonalData> All =>
    [
        PersonalData.Evidence<Delivery>(
            "deliveries",
            d => d.MemberId,
            "The numbers of a mailing stay true; what was said of the address goes.",
            leftOut:
            [
                "AddressHash", "Owner", "Incarnation", "LeaseUntil", "DecidedBy", "Seq", "OfferRev", "OutcomeN", "AddressKey", "Barred",
            ],
            masked: ["Answer"]
        ),
        PersonalData.Evidence<Return>(
            "returns",
            r => r.MemberId,
            "The numbers of a mailing stay true; what was said of the address goes.",
            leftOut: ["AddressHash", "Domain", "Digest"],
            masked: ["Text"]
        ),
        PersonalData.Rows<Engagement>("opensAndClicks", e => e.MemberId, leftOut: ["Subject", "Variant", "Counted"]),
        PersonalData.Rows<ChainPlace>("chains", p => p.MemberId, leftOut: ["Occasion", "Step", "OutAt"]).OnMerge(WhenMerged.Dropped),
        PersonalData.ActedBy<Chain>(c => c.CreatedBy),
        PersonalData.ActedBy<Chain>(c => c.ChangedBy),
        PersonalData.ActedBy<Chain>(c => c.StartedBy),
        PersonalData.ActedBy<Delivery>(d => d.DecidedBy),
        PersonalData.ActedBy<Mailing>(m => m.CreatedBy),
        PersonalData.ActedBy<Mailing>(m => m.ScheduledBy),
        PersonalData.ActedBy<Mailing>(m => m.ChangedBy),
        PersonalData.ActedBy<Mailing>(m => m.RevisedBy),
        PersonalData.ActedBy<Mailing>(m => m.ApprovedBy),
        PersonalData.ActedBy<MailingRevision>(r => r.By),
        PersonalData.ActedBy<Mailing>(m => m.WinnerBy),
        PersonalData.ActedBy<HandOff>(h => h.TakenBackBy),
        PersonalData.ActedBy<Mailing>(m => m.TestToId),
    ];

    /// <summary>
    /// Erases the address hash and the servers' replies, which contain addresses. Pending deliveries are not sent: only members may get
    /// mail.
    /// </summary>
    public static async Task Erase(IServiceProvider site, long member, CancellationToken ct)
    {
        var db = site.GetRequiredService<SiteDb>();
        var deliveries = db.Deliveries.Where(d => d.MemberId == member);
        await db
            .DeliveryAttempts.Where(a => deliveries.Any(d => d.Id == a.DeliveryId))
            .ExecuteUpdateAsync(s => s.SetProperty(a => a.Text, ""), ct);
        await db.Returns.Where(r => r.MemberId == member).ExecuteUpdateAsync(
            s => s.SetProperty(r => r.Text, "").SetProperty(r => r.AddressHash, (string?)null).SetProperty(r => r.Domain, ""), ct);
        // The placeholder must be unique within a mailing, as the hash was.
        await deliveries.ExecuteUpdateAsync(
            s => s.SetProperty(d => d.AddressHash, d => "-" + d.Id.ToString()).SetProperty(d => d.Answer, (string?)null),
            ct
        );
    }
}
