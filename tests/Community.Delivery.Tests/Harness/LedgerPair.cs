using Npgsql;

namespace Community.Bulk.Tests.Harness;

/// <summary>A ledger on two PostgreSQL servers, of which the second replicates the first, as in docs/operating.md.</summary>
public sealed class LedgerPair : IAsyncDisposable
{
    readonly PostgreSqlServer first = new(isKilled: true, connections: 100), second = new(isKilled: true, connections: 100);

    /// <summary>As the engine has it.</summary>
    public string Connection =>
        $"Host=127.0.0.1:{first.Port},127.0.0.1:{second.Port};Username=postgres;Database=engine;Host Recheck Seconds=1";

    public TestLedger Ledger { get; private set; } = null!;

    /// <param name="isSynchronous">A commit waits for the replica.</param>
    public static async Task<LedgerPair> Start(bool isSynchronous)
    {
        var pair = new LedgerPair();
        pair.first.Make();
        await Ask(pair.first, "CREATE DATABASE engine");
        if (isSynchronous) await Set(pair.first, "synchronous_standby_names = 'second'");
        pair.second.Replicate(pair.first, "second");
        await Until(pair.first, $"SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = '{(isSynchronous ? "sync" : "async")}'");
        var ledger = EngineLedger.Open(pair.Connection);
        await ledger.Migrate();
        pair.Ledger = new(ledger, pair.Connection);
        return pair;
    }

    /// <summary>What the first server commits from now on does not reach the second any more.</summary>
    public async Task FallBehind()
    {
        await Set(second, "primary_conninfo = ''");
        await Until(first, "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_replication)");
    }

    /// <summary>The first machine is lost, and the second takes over.</summary>
    public async Task FailOver()
    {
        first.Kill();
        second.Promote();
        // It has the settings of the first, and would wait for a replica with each commit.
        await Set(second, "synchronous_standby_names = ''");
    }

    static async Task Set(PostgreSqlServer server, string setting)
    {
        await Ask(server, "ALTER SYSTEM SET " + setting);
        await Ask(server, "SELECT pg_reload_conf()");
    }

    static async Task Until(PostgreSqlServer server, string holds)
    {
        var began = System.Diagnostics.Stopwatch.StartNew();
        while (await Ask(server, holds) is not true)
        {
            Assert.True(began.Elapsed < TimeSpan.FromSeconds(120), holds);
            await Task.Delay(50);
        }
    }

    static async Task<object?> Ask(PostgreSqlServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={server.Port};Username=postgres;Database=postgres;Pooling=false"
        );
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Ledger is not null) await Ledger.DisposeAsync();
        second.Dispose();
        first.Dispose();
    }
}
