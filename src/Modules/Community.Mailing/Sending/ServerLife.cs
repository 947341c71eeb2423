using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>This server's name and the number of its present life. Every write to a delivery in hand names both.</summary>
public sealed record ServerLife(string Name, long Epoch)
{
    /// <summary>Begins a life: whatever an earlier one had in hand can be told from now on.</summary>
    public static async Task<ServerLife> Begin(Databases databases, string name, DateTime now, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"INSERT INTO mail_servers (name, epoch, started_at, heartbeat) VALUES ({name}, {0L}, {Stamp(db, now)}, {Stamp(db, now)}) ON CONFLICT (name) DO NOTHING", ct);
        await db.MailServers.Where(s => s.Name == name)
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Epoch, m => m.Epoch + 1).SetProperty(m => m.StartedAt, now).SetProperty(m => m.Heartbeat, now), ct);
        var epoch = await db.MailServers.Where(s => s.Name == name).Select(s => s.Epoch).FirstAsync(ct);
        await transaction.CommitAsync(ct);
        return new(name, epoch);
    }

    public async Task Beat(Databases databases, DateTime now, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        await db.MailServers.Where(s => s.Name == Name).ExecuteUpdateAsync(s => s.SetProperty(m => m.Heartbeat, now), ct);
    }

    // Times are milliseconds on SQLite; SQL by hand does not pass through the model's conversions.
    static object Stamp(CatalogueDb db, DateTime now) => db.Database.IsSqlite() ? new DateTimeOffset(now).ToUnixTimeMilliseconds() : now;
}
