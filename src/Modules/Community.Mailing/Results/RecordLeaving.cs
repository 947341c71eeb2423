using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Withdraws consent by the link of a mailing, and counts it among the mailing's results: once, whoever presses twice.</summary>
public sealed class RecordLeaving(SiteDb db, Consents consents)
{
    /// <summary>Takes back one kind, or everything.</summary>
    /// <param name="link">What the link names.</param>
    /// <param name="everything">All kinds.</param>
    /// <param name="source">See <see cref="ConsentSource"/>.</param>
    /// <param name="text">The words that were pressed.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task Of(UnsubscribeLink link, bool everything, string source, string text, CancellationToken ct = default)
    {
        var granted = db.ConsentStates.Where(c => c.MemberId == link.Member && c.Granted && (everything || c.KindId == link.Kind));
        var leaves = link.Mailing is not null && await granted.AnyAsync(ct);
        if (everything) await consents.WithdrawAll(link.Member, source, text, ct: ct);
        else await consents.Withdraw(link.Member, link.Kind, source, text, ct: ct);
        if (!leaves) return;
        db.ChangeTracker.Clear();
        await using var change = await db.Change(ct);
        db.Engagements.Add(new()
        {
            MailingId = link.Mailing!.Value,
            Kind = EngagementKind.Leave,
            At = db.Now,
            Verdict = Verdict.Human,
        });
        await EngagementRecorder.CountSoon(db, ct);
        await change.Commit(ct);
    }
}
