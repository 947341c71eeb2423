using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Community.Mailing;

/// <summary>Checks each day the accounts of the mailings that ended lately; what does not add up is shown on the mailing's page.</summary>
public sealed class CheckAccounts(SiteDb db, TimeProvider time, ILogger<CheckAccounts> logger) : IHandle<Tick>
{
    static readonly TimeSpan Lately = TimeSpan.FromDays(30);

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var since = time.GetUtcNow().UtcDateTime - Lately;
        var ended = await db.Mailings.WithoutTests()
            .Where(m => (m.State == MailingState.Finished || m.State == MailingState.Cancelled) && m.EndedAt >= since && m.Total != null)
            .OrderBy(m => m.Id).Select(m => m.Id).ToListAsync(ct);
        foreach (var id in ended) await Check(id, ct);
    }

    async Task Check(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Mailing>(id, ct);
        // Sent again to some meanwhile: checked when it is over.
        if (change.Row is not { IsOver: true } mailing) return;
        var accounts = await Accounting.Of(db, mailing, ct);
        var even = accounts.Holds && accounts.Miscounted.Count == 0;
        if (even == mailing.UnevenSince is null) return;
        mailing.UnevenSince = even ? null : time.GetUtcNow().UtcDateTime;
        if (!even)
            logger.LogError("Site {Site}: the accounts of mailing {Mailing} do not add up: {Total} recipients, {Rows} outcomes, {States}",
                db.Site.Key, id, accounts.Total, accounts.Rows.Values.Sum(), string.Join(' ', accounts.Miscounted));
        await change.Commit(ct);
    }
}
