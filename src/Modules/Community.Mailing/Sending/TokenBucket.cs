using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// How fast this server may send: a token bucket in GCRA form (ITU-T I.371), one timestamp in the catalogue. A token is spent and
/// committed before anything is leased for it, so a crash wastes a token but never oversends, and a restart needs no recovery.
/// At most rate + burst messages leave in any hour.
/// </summary>
public sealed class TokenBucket(Databases databases, TimeProvider time, string server, int perHour, int burst)
{
    readonly SemaphoreSlim one = new(1);

    public bool IsUnlimited => perHour <= 0;
    long Period => TimeSpan.TicksPerHour / perHour;

    /// <summary>Inserts the server's row if it is missing.</summary>
    public async Task Prepare(CancellationToken ct)
    {
        if (IsUnlimited) return;
        await using var db = databases.OpenCatalogue();
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO mail_rates (server_name, tat) VALUES ({server}, {0L}) ON CONFLICT (server_name) DO NOTHING",
            ct
        );
    }

    /// <summary>
    /// Resets a timestamp that is impossibly far ahead: the clock was set back, and the server would not send until it caught up
    /// again.
    /// </summary>
    async Task<bool> Forget(CatalogueDb db, CancellationToken ct)
    {
        var most = Now + burst * Period;
        return await db
                .MailRates.Where(r => r.ServerName == server && r.Tat > most)
                .ExecuteUpdateAsync(s => s.SetProperty(r => r.Tat, most), ct) > 0;
    }

    /// <summary>Takes a token. Returns zero on success, otherwise how long until one is available.</summary>
    public async Task<TimeSpan> Take(CancellationToken ct)
    {
        if (IsUnlimited) return TimeSpan.Zero;
        await one.WaitAsync(ct);
        try
        {
            await using var db = databases.OpenCatalogue();
            while (true)
            {
                var tat = await db.MailRates.Where(r => r.ServerName == server).Select(r => r.Tat).FirstAsync(ct);
                if (tat > Now + burst * Period && await Forget(db, ct)) continue;
                var (next, wait) = Gcra(tat, Now, Period, burst);
                if (wait > 0) return TimeSpan.FromTicks(wait);
                // Another process with the same name may have taken it first.
                if (
                    await db
                        .MailRates.Where(r => r.ServerName == server && r.Tat == tat)
                        .ExecuteUpdateAsync(s => s.SetProperty(r => r.Tat, next), ct) > 0
                )
                    return TimeSpan.Zero;
            }
        }
        finally { one.Release(); }
    }

    /// <summary>Returns a token that was not needed because nothing was found to send.</summary>
    public async Task GiveBack(CancellationToken ct)
    {
        if (IsUnlimited) return;
        var period = Period;
        await using var db = databases.OpenCatalogue();
        await db.MailRates.Where(r => r.ServerName == server).ExecuteUpdateAsync(s => s.SetProperty(r => r.Tat, r => r.Tat - period), ct);
    }

    long Now => time.GetUtcNow().UtcTicks;

    /// <summary>Takes one token: the new timestamp, or how long to wait (in ticks).</summary>
    public static (long Tat, long Wait) Gcra(long tat, long now, long period, int burst)
    {
        var next = Math.Max(tat, now) + period;
        var wait = next - now - burst * period;
        return wait > 0 ? (tat, wait) : (next, 0);
    }
}
