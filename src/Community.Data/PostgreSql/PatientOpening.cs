using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Community.Data.PostgreSql;

/// <summary>
/// Opens connections to a server that may have none left. Each site has its own pool, and a site that was just visited keeps its
/// connections for a while: in that case the idle ones are closed, and the server is tried again.
/// </summary>
sealed class PatientOpening : DbConnectionInterceptor
{
    static readonly TimeSpan MaxLength = TimeSpan.FromSeconds(10), BetweenClearings = TimeSpan.FromMilliseconds(200);
    static long cleared;

    public override async ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result,
        CancellationToken cancellationToken = default
    )
    {
        await Open(connection, cancellationToken);
        return InterceptionResult.Suppress();
    }

    /// <exception cref="PostgresException">53300 (too_many_connections) after ten seconds; any other at once.</exception>
    public static async Task Open(DbConnection connection, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        for (var wait = 20; ; wait = Math.Min(2 * wait, 500))
        {
            try
            {
                await connection.OpenAsync(ct);
                return;
            }
            catch (PostgresException e)
                when (e.SqlState == PostgresErrorCodes.TooManyConnections && Stopwatch.GetElapsedTime(began) < MaxLength)
            {
                GiveBackIdle();
            }
            await Task.Delay(Random.Shared.Next(wait, 2 * wait), ct);
        }
    }

    // Many callers may run out at the same time; only one of them clears the pools.
    static void GiveBackIdle()
    {
        var last = Interlocked.Read(ref cleared);
        if (last != 0 && Stopwatch.GetElapsedTime(last) < BetweenClearings) return;
        if (Interlocked.CompareExchange(ref cleared, Stopwatch.GetTimestamp(), last) == last) NpgsqlConnection.ClearAllPools();
    }
}
