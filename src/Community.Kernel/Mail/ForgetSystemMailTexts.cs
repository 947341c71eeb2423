using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Deletes the text of e-mails that were given up some days ago: it may contain a sign-in link. Until then staff may have them
/// retried; the row stays, and shows the failure.
/// </summary>
public sealed class ForgetSystemMailTexts(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    public static readonly TimeSpan After = TimeSpan.FromDays(7);

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - After;
        var cleared = await db
            .SystemMails.Where(l => l.FailedAt < before && l.Text != null)
            .ExecuteUpdateAsync(
                s => s.SetProperty(l => l.Text, (string?)null).SetProperty(l => l.Fields, (string?)null), ct);
        await RetentionRun.Leave(db, "kernel.mail-texts", cleared, ct);
    }
}
