using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SQLitePCL;

namespace Community.Kernel;

/// <summary>
/// Keeps SQLite connections open between requests, with the statements they have prepared. EF opens a connection anew for each query and
/// registers a dozen functions each time; to compile a page's statements takes SQLite as long as to run them. A connection belongs to one
/// file, is lent to one context at a time, and is closed when nobody wanted it for a while. The driver's own pool is switched off.
/// One instance for all sites: EF keeps a service provider for each distinct interceptor.
/// </summary>
public sealed class SqliteConnections : DbConnectionInterceptor, IDbCommandInterceptor
{
    public static readonly SqliteConnections Instance = new();

    // Without busy_timeout the driver sleeps in steps of 150 ms.
    const string Setup = "PRAGMA busy_timeout=5000;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON";

    /// <summary>Of all sites. Each holds a few files open, and up to 2 MB of pages.</summary>
    const int MaxIdle = 64;
    static readonly TimeSpan MaxIdleTime = TimeSpan.FromMinutes(2);

    readonly record struct Idle(string File, SqliteConnection Connection, long Since);

    // The longest unused first.
    readonly List<Idle> idle = [];
    readonly ConditionalWeakTable<SqliteConnection, KeptStatements> statements = [];
    // When a file was last moved or deleted: a connection that was opened before, and is in use, still has the old one.
    readonly Dictionary<string, long> closed = [];

    /// <summary>Closes what is kept open of a file that is about to be moved or deleted; of all files, if none is named.</summary>
    /// <param name="connectionString">As the contexts have it.</param>
    public void Close(string? connectionString = null)
    {
        List<Idle> found;
        lock (idle)
        {
            found = [.. idle.Where(i => connectionString is null || i.File == connectionString)];
            idle.RemoveAll(found.Contains);
            if (connectionString is not null) closed[connectionString] = Stopwatch.GetTimestamp();
        }
        foreach (var one in found) one.Connection.Dispose();
    }

    public override InterceptionResult<DbConnection> ConnectionCreating(
        ConnectionCreatingEventData eventData,
        InterceptionResult<DbConnection> result
    )
    {
        var file = eventData.Context?.Database.GetConnectionString();
        lock (idle)
            for (var i = idle.Count - 1; i >= 0; i--)
                if (idle[i].File == file)
                {
                    var connection = idle[i].Connection;
                    idle.RemoveAt(i);
                    return InterceptionResult<DbConnection>.SuppressWithResult(connection);
                }
        return result;
    }

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        Of((SqliteConnection)connection).Opened = Stopwatch.GetTimestamp();
        using var command = ((SqliteConnection)connection).CreateCommand();
        command.CommandText = Setup;
        command.ExecuteNonQuery();
    }

    public override Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        // The driver has no other way than this one.
        ConnectionOpened(connection, eventData);
        return Task.CompletedTask;
    }

    public override InterceptionResult ConnectionClosing(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    ) => InterceptionResult.Suppress();

    public override ValueTask<InterceptionResult> ConnectionClosingAsync(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    ) => new(InterceptionResult.Suppress());

    public override InterceptionResult ConnectionDisposing(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    ) => Keep((SqliteConnection)connection, eventData.Context) ? InterceptionResult.Suppress() : result;

    public override ValueTask<InterceptionResult> ConnectionDisposingAsync(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    ) => new(ConnectionDisposing(connection, eventData, result));

    bool Keep(SqliteConnection connection, DbContext? context)
    {
        // Within a transaction it belongs to whoever began that.
        if (connection.State != ConnectionState.Open || raw.sqlite3_get_autocommit(connection.Handle) == 0) return false;
        if (context?.Database.GetConnectionString() is not { } file) return false;
        List<SqliteConnection>? old = null;
        lock (idle)
        {
            if (closed.TryGetValue(file, out var since) && Of(connection).Opened <= since) return false;
            idle.Add(new(file, connection, Stopwatch.GetTimestamp()));
            while (idle.Count > MaxIdle || Stopwatch.GetElapsedTime(idle[0].Since) > MaxIdleTime)
            {
                (old ??= []).Add(idle[0].Connection);
                idle.RemoveAt(0);
            }
        }
        foreach (var one in old ?? []) one.Dispose();
        return true;
    }

    public InterceptionResult<DbCommand> CommandCreating(CommandCorrelatedEventData eventData, InterceptionResult<DbCommand> result) =>
        eventData.Connection is SqliteConnection connection
            ? InterceptionResult<DbCommand>.SuppressWithResult(new KeptCommand(connection, Of(connection)))
            : result;

    KeptStatements Of(SqliteConnection connection) => statements.GetOrCreateValue(connection);
}

/// <summary>The statements that a connection has prepared and nobody uses at the moment, by their SQL.</summary>
sealed class KeptStatements
{
    /// <summary>More than the pages of a site have; who makes others without end fills no memory.</summary>
    const int Max = 100;

    readonly Dictionary<string, SqliteCommand> bySql = [];

    /// <summary>When the connection was opened, as <see cref="Stopwatch"/> has it.</summary>
    public long Opened { get; set; }

    public SqliteCommand Take(string sql, SqliteConnection connection) =>
        bySql.Remove(sql, out var command) ? command : new SqliteCommand(sql, connection);

    public void Give(SqliteCommand command)
    {
        if (bySql.Count >= Max)
        {
            foreach (var old in bySql.Values) old.Dispose();
            bySql.Clear();
        }
        if (!bySql.TryAdd(command.CommandText, command)) command.Dispose();
    }
}

/// <summary>A command whose prepared statement outlives it. It is one of the driver's as soon as it knows its SQL.</summary>
sealed class KeptCommand(SqliteConnection connection, KeptStatements statements) : DbCommand
{
    SqliteCommand? command;
    DbDataReader? reader;
    /// <summary>What stands in the driver's command can be given to the next.</summary>
    bool clean = true;

    SqliteCommand Command => command ??= new SqliteCommand("", connection);

    [System.Diagnostics.CodeAnalysis.AllowNull]
    public override string CommandText
    {
        get => command?.CommandText ?? "";
        set
        {
            if (command is null) command = statements.Take(value ?? "", connection);
            else command.CommandText = value;
        }
    }

    public override int CommandTimeout
    {
        get => Command.CommandTimeout;
        set => (Command.CommandTimeout, clean) = (value, false);
    }

    public override CommandType CommandType
    {
        get => Command.CommandType;
        set => Command.CommandType = value;
    }

    public override UpdateRowSource UpdatedRowSource
    {
        get => Command.UpdatedRowSource;
        set => Command.UpdatedRowSource = value;
    }

    public override bool DesignTimeVisible { get; set; }

    protected override DbConnection? DbConnection
    {
        get => connection;
        set => throw new NotSupportedException("A kept statement belongs to its connection.");
    }

    protected override DbTransaction? DbTransaction
    {
        get => Command.Transaction;
        set => Command.Transaction = (SqliteTransaction?)value;
    }

    protected override DbParameterCollection DbParameterCollection => Command.Parameters;

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    public override void Prepare() => Command.Prepare();

    public override void Cancel() => Command.Cancel();

    public override int ExecuteNonQuery() => Run(c => c.ExecuteNonQuery());

    public override object? ExecuteScalar() => Run(c => c.ExecuteScalar());

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        clean = false;
        reader = Command.ExecuteReader(behavior);
        clean = true;
        return reader;
    }

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<DbDataReader>(cancellationToken);
        try { return Task.FromResult(ExecuteDbDataReader(behavior)); }
        catch (Exception error) { return Task.FromException<DbDataReader>(error); }
    }

    T Run<T>(Func<SqliteCommand, T> execute)
    {
        clean = false;
        var result = execute(Command);
        clean = true;
        return result;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && command is { } mine)
        {
            command = null;
            if (clean && reader is not { IsClosed: false })
            {
                mine.Parameters.Clear();
                mine.Transaction = null;
                statements.Give(mine);
            }
            else mine.Dispose();
        }
        base.Dispose(disposing);
    }
}
