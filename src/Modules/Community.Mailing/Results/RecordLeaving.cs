using Community.Kernel;
using Community.Members;

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
        // In the same transaction, under the member's lock: of two presses at once the second takes back nothing, and counts for nothing.
        // So does "everything" after the mailing's own kind.
        if (everything) await consents.WithdrawAll(link.Member, source, text, also: Count, ct: ct);
        else await consents.Withdraw(link.Member, link.Kind, source, text, also: Count, ct: ct);

        async Task Count(IReadOnlyList<long> kinds)
        {
            if (link.Mailing is not { } mailing || !kinds.Contains(link.Kind)) return;
            db.Engagements.Add(new() { MailingId = mailing, Kind = EngagementKind.Leave, At = db.Now, Verdict = Verdict.Human });
            await EngagementRecorder.CountSoon(db, ct);
        }
    }
}
