using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Community.Bulk;

/// <summary>
/// The engine's database. Every change goes through <see cref="Change"/> or <see cref="AtOnce"/>: one transaction, which happens or does
/// not.
/// </summary>
public sealed class EngineLedger(NpgsqlDataSource source) : IAsyncDisposable
{
    const int MaxTries = 5;

    /// <summary>After this time without a word within a transaction the server ends the connection.</summary>
    static readonly TimeSpan StandsStill = TimeSpan.FromSeconds(15);

    readonly ConcurrentDictionary<string, int> sites = new();
    int givenUp;

    /// <summary>How often the database gave up one of two changes that waited for each other.</summary>
    public int GivenUp => givenUp;

    /// <summary>Tests seed a mistake into a statement, to see that they find it.</summary>
    internal Func<string, string>? Mistake { get; set; }

    public static EngineLedger Open(string connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection)
        {
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            // Nothing is set on a connection, and no transaction outlives its change: to reset it would be six statements each time.
            NoResetOnClose = true,
            CommandTimeout = 60,
            // The driver takes the connection that has rested longest: all that a rush has opened would stay in use, each with plans and
            // caches of its own in the server.
            ConnectionIdleLifetime = 15,
            ConnectionPruningInterval = 5,
            TargetSessionAttributes = null,
        };
        // A process that stands still within a transaction, or a machine that is gone, must not hold its locks: all others would wait.
        // And nothing is compiled: of tables that grow by a mailing in minutes the planner knows no size, and may think a statement of
        // milliseconds dear enough to compile it for a tenth of a second.
        settings.Options =
            $"{settings.Options} -c idle_in_transaction_session_timeout={StandsStill.TotalMilliseconds} -c jit=off".TrimStart();
        var (isProven, authorities) = (settings.SslMode is SslMode.VerifyFull, settings.RootCertificate);
        var (own, key) = (settings.SslCertificate, settings.SslKey);
        // Npgsql would say that a certificate is bad, and not why.
        if (isProven) (settings.SslMode, settings.RootCertificate) = (SslMode.Require, null);
        var builder = new NpgsqlDataSourceBuilder(settings.ToString());
        if (isProven)
            builder.UseSslClientAuthenticationOptionsCallback(tls =>
            {
                if (own is not null) PeerCertificates.Own(own, key).Dispose();
                tls.RemoteCertificateValidationCallback = PeerCertificates.Prove($"the ledger {tls.TargetHost}", authorities);
            });
        // Of a server and its replicas, the one that takes writes.
        return new(
            settings.Host!.Contains(',')
                ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite)
                : builder.Build()
        );
    }

    /// <exception cref="FormatException">Nothing that leads to a ledger, or to another machine without TLS.</exception>
    public static void Check(string connection)
    {
        NpgsqlConnectionStringBuilder settings;
        try { settings = new(connection); }
        catch (ArgumentException error)
        {
            throw new FormatException("Engine:Database is a connection string: Host=…;Username=…;Database=….", error);
        }
        if (settings.Host is not { Length: > 0 } hosts) throw new FormatException("Engine:Database has no Host.");
        // A path is a socket of this machine.
        var other = hosts.Split(',').FirstOrDefault(h => !h.StartsWith('/') && !PeerCertificates.IsThisMachine(h.Split(':')[0]));
        if (other is not null && settings.SslMode is not SslMode.VerifyFull)
            throw new FormatException(
                "Engine:Database is another machine, and nothing goes there without TLS: SSL Mode=VerifyFull;Root Certificate=FILE.");
    }

    /// <summary>One transaction. Runs the change again if the database gave up one of two that stood in each other's way.</summary>
    public Task<T> Change<T>(Func<LedgerChange, Task<T>> change, CancellationToken ct = default) =>
        Again(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(ct);
                var result = await change(new(this, connection, ct));
                await transaction.CommitAsync(ct);
                return result;
            },
            ct
        );

    /// <summary>
    /// One transaction as well, in a single round trip: for statements of which none needs to know what the one before has said. The server
    /// runs them one after the other, so each sees what was committed while the one before waited for a lock, and commits behind the last.
    /// </summary>
    /// <param name="read">Reads what they return. Only when this method returns they are committed.</param>
    public Task<T> AtOnce<T>(
        Func<NpgsqlDataReader, Task<T>> read, CancellationToken ct, params IEnumerable<(string Sql, object?[] Values)> statements) =>
        Again(
            async connection =>
            {
                await using var batch = new NpgsqlBatch(connection);
                foreach (var (sql, values) in statements)
                {
                    var command = new NpgsqlBatchCommand(Mistake?.Invoke(sql) ?? sql);
                    foreach (var value in values) command.Parameters.Add(LedgerChange.Parameter(value));
                    batch.BatchCommands.Add(command);
                }
                await using var reader = await batch.ExecuteReaderAsync(ct);
                var result = await read(reader);
                // What the commit says comes last.
                while (await reader.NextResultAsync(ct)) { }
                return result;
            },
            ct
        );

    async Task<T> Again<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
            try
            {
                await using var connection = await source.OpenConnectionAsync(ct);
                return await work(connection);
            }
            catch (PostgresException error) when (error.SqlState is "40P01" or "40001" && tries < MaxTries)
            {
                Interlocked.Increment(ref givenUp);
                await Task.Delay(Random.Shared.Next(10 * tries), ct);
            }
    }

    public Task Change(Func<LedgerChange, Task> change, CancellationToken ct = default) =>
        Change(
            async c =>
            {
                await change(c);
                return true;
            },
            ct
        );

    /// <summary>Brings an empty or older database up to this version. Two processes that start at once wait for each other.</summary>
    public async Task Migrate(CancellationToken ct = default)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Run("SELECT pg_advisory_xact_lock(20261127)");
        await Run("CREATE TABLE IF NOT EXISTS versions (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())");
        await using var ask = new NpgsqlCommand("SELECT coalesce(max(version), 0) FROM versions", connection);
        var version = (int)(await ask.ExecuteScalarAsync(ct))!;
        var scripts = typeof(EngineLedger)
            .Assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal))
            .Order();
        var newest = 0;
        foreach (var script in scripts)
        {
            newest = int.Parse(script.AsSpan(0, 4), CultureInfo.InvariantCulture);
            if (newest <= version) continue;
            using var reader = new StreamReader(typeof(EngineLedger).Assembly.GetManifestResourceStream(script)!);
            await Run(await reader.ReadToEndAsync(ct));
            await Run($"INSERT INTO versions (version) VALUES ({newest})");
        }
        if (version > newest)
            throw new InvalidOperationException($"The ledger is of a newer version ({version}) than this program ({newest}).");
        await transaction.CommitAsync(ct);

        async Task Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    internal async Task<int> SiteId(string key, CancellationToken ct)
    {
        if (sites.TryGetValue(key, out var id)) return id;
        // Outside of the caller's transaction: a row that is rolled back must not stay in memory.
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            WITH new AS (INSERT INTO sites (key) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id),
                facts AS (INSERT INTO site_facts SELECT id, 0 FROM new)
            SELECT id FROM new UNION ALL SELECT id FROM sites WHERE key = $1
            """,
            connection
        )
        { Parameters = { new() { Value = key } } };
        // Null only if another has inserted it since the statement began: then it is there now.
        id = (int)(await command.ExecuteScalarAsync(ct) ?? (await command.ExecuteScalarAsync(ct))!);
        return sites[key] = id;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}

/// <summary>A change of the ledger under way.</summary>
public sealed class LedgerChange(EngineLedger ledger, NpgsqlConnection connection, CancellationToken ct)
{
    public CancellationToken Ct => ct;

    public Task<int> SiteId(string key) => ledger.SiteId(key, ct);

    /// <returns>The number of rows changed.</returns>
    public async Task<int> Execute(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> row, params object?[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(row(reader));
        return rows;
    }

    public async Task<T?> First<T>(string sql, Func<NpgsqlDataReader, T> row, params object?[] values) =>
        (await Query(sql, row, values)) is [var first, ..] ? first : default;

    /// <summary>The only value of the only row.</summary>
    public async Task<T> Value<T>(string sql, params object?[] values) => (await Query(sql, r => r.GetFieldValue<T>(0), values))[0];

    NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = new NpgsqlCommand(ledger.Mistake?.Invoke(sql) ?? sql, connection);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    internal static NpgsqlParameter Parameter(object? value) => value as NpgsqlParameter ?? new() { Value = value ?? DBNull.Value };
}
