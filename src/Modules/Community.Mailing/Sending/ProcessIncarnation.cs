using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>This server's name and the incarnation of its process. Every write to a leased delivery checks both.</summary>
public sealed record ProcessIncarnation(string Name, long Number)
{
    /// <summary>Starts a new incarnation, which distinguishes its leases from those of earlier ones.</summary>
    public static async Task<ProcessIncarnation> Begin(Databases databases, string name, string machine, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO mail_servers (name, incarnation) VALUES ({name}, {0L}) ON CONFLICT (name) DO NOTHING",
            ct
        );
        await db
            .MailServers.Where(s => s.Name == name)
            .ExecuteUpdateAsync(
                s => s.SetProperty(m => m.Incarnation, m => m.Incarnation + 1).SetProperty(m => m.Machine, machine),
                ct
            );
        var incarnation = await db.MailServers.Where(s => s.Name == name).Select(s => s.Incarnation).FirstAsync(ct);
        await transaction.CommitAsync(ct);
        return new(name, incarnation);
    }
}
