using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// How fast a server, or for a site or to a domain all of them together, may send: a token bucket in GCRA form (ITU-T I.371), one timestamp
/// in the catalogue. A token is spent and committed before anything is leased for it, so a crash wastes a token but never oversends, and a
/// restart needs no recovery. At most rate + burst messages leave in any hour.
/// </summary>
public sealed class TokenBucket(Databases databases, TimeProvider time, string name, int perHour, int burst)
{
    readonly SemaphoreSlim one = new(1);
    bool isPrepared;
    /// <summary>No token before then, as the last look said: lanes that wait do not ask the database each.</summary>
    (DateTimeOffset At, TimeSpan Length) wait;

    public bool IsUnlimited => perHour <= 0;
    long Period => TimeSpan.TicksPerHour / perHour;

    /// <summary>Inserts the bucket's row if it is missing.</summary>
    async Task Prepare(CatalogueDb db, CancellationToken ct)
    {
        if (isPrepared) return;
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO mail_rates (server_name, tat) VALUES ({name}, {0L}) ON CONFLICT (server_name) DO NOTHING",
            ct
        );
        isPrepared = true;
    }

    /// <summary>
    /// Resets a timestamp that is impossibly far ahead: the clock was set back, and the server would not send until it caught up
    /// again.
    /// </summary>
    async Task<bool> Forget(CatalogueDb db, CancellationToken ct)
    {
        var most = Now + burst * Period;
        return await db
                .MailRates.Where(r => r.ServerName == name && r.Tat > most)
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
            if (wait.At - time.GetUtcNow() is var left && left > TimeSpan.Zero && left <= wait.Length) return (0, left);
            await using var db = databases.OpenCatalogue();
            await Prepare(db, ct);
            while (true)
            {
                var tat = await db.MailRates.Where(r => r.ServerName == name).Select(r => r.Tat).FirstAsync(ct);
                if (tat > Now + burst * Period && await Forget(db, ct)) continue;
                var (next, taken, ticks) = Gcra(tat, Now, Period, burst, most);
                if (taken == 0)
                {
                    wait = (time.GetUtcNow().AddTicks(ticks), TimeSpan.FromTicks(ticks));
                    return (0, wait.Length);
                }
                // Another process with the same name may have taken it first.
                if (
                    await db
                        .MailRates.Where(r => r.ServerName == name && r.Tat == tat)
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
        // Alone: somebody who looked before must not write down afterwards that there is none.
        await one.WaitAsync(ct);
        try
        {
            await using var db = databases.OpenCatalogue();
            await db.MailRates.Where(r => r.ServerName == name).ExecuteUpdateAsync(s => s.SetProperty(r => r.Tat, r => r.Tat - period), ct);
            wait = default;
        }
        finally { one.Release(); }
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
