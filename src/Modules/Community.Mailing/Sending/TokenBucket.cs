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

    /// <summary>Takes as many tokens as there are, or none and says how long until one is available.</summary>
    /// <param name="most">No more than these, at least 1.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<(int Taken, TimeSpan Wait)> Take(int most, CancellationToken ct)
    {
        if (IsUnlimited) return (most, TimeSpan.Zero);
        await one.WaitAsync(ct);
        try
        {
            await using var db = databases.OpenCatalogue();
            while (true)
            {
                var tat = await db.MailRates.Where(r => r.ServerName == server).Select(r => r.Tat).FirstAsync(ct);
                if (tat > Now + burst * Period && await Forget(db, ct)) continue;
                var (next, taken, wait) = Gcra(tat, Now, Period, burst, most);
                if (taken == 0) return (0, TimeSpan.FromTicks(wait));
                // Another process with the same name may have taken it first.
                if (
                    await db
                        .MailRates.Where(r => r.ServerName == server && r.Tat == tat)
                        .ExecuteUpdateAsync(s => s.SetProperty(r => r.Tat, next), ct) > 0
                )
                    return (taken, TimeSpan.Zero);
            }
        }
        finally { one.Release(); }
    }

    /// <summary>Returns tokens that were not needed because fewer messages were found to send.</summary>
    public async Task GiveBack(int count, CancellationToken ct)
    {
        if (IsUnlimited || count <= 0) return;
        var period = Period * count;
        await using var db = databases.OpenCatalogue();
        await db.MailRates.Where(r => r.ServerName == server).ExecuteUpdateAsync(s => s.SetProperty(r => r.Tat, r => r.Tat - period), ct);
    }

    long Now => time.GetUtcNow().UtcTicks;

    /// <summary>Takes up to so many tokens: the new timestamp, or how long to wait for one (in ticks).</summary>
    public static (long Tat, int Taken, long Wait) Gcra(long tat, long now, long period, int burst, int most = 1)
    {
        var from = Math.Max(tat, now);
        var taken = (int)Math.Min(most, (now + burst * period - from) / period);
        return taken > 0 ? (from + taken * period, taken, 0) : (tat, 0, from + period - now - burst * period);
    }
}
