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
/// Keeps SQLite connections open between requests, with their prepared statements. EF opens a new connection for each query and
/// registers a dozen functions each time; SQLite takes as long to compile a page's statements as to run them. A connection belongs to one
/// file, is used by one context at a time, and is closed after being idle for a while. The driver's own pool is switched off.
/// A single instance serves all sites, because EF keeps a service provider for each distinct interceptor.
/// </summary>
public sealed class SqliteConnections : DbConnectionInterceptor, IDbCommandInterceptor
{
    public static readonly SqliteConnections Instance = new();

    // Without busy_timeout the driver sleeps in steps of 150 ms.
    const string Setup = "PRAGMA busy_timeout=5000;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON";

    /// <summary>For all sites together. Each connection holds a few files open, and up to 2 MB of cached pages.</summary>
    const int MaxIdle = 64;
    static readonly TimeSpan MaxIdleTime = TimeSpan.FromMinutes(2);

    readonly record struct Idle(string File, SqliteConnection Connection, long Since);

    // Ordered by idle time, longest first.
    readonly List<Idle> idle = [];
    readonly ConditionalWeakTable<SqliteConnection, KeptStatements> statements = [];
    // When each file was last moved or deleted: a connection in use that was opened before still points to the old file.
    readonly Dictionary<string, long> closed = [];

    /// <summary>
    /// One connection per file that is never used. While it is open SQLite keeps the file's shared memory: with a full disk nobody can
    /// make that anew, and then nobody could read either.
    /// </summary>
    readonly Dictionary<string, SqliteConnection> anchors = [];
    const int MaxAnchors = 64;

    void Anchor(string? file)
    {
        if (file is null) return;
        SqliteConnection? old = null;
        lock (anchors)
        {
            if (anchors.ContainsKey(file)) return;
            var anchor = new SqliteConnection(file);
            try
            {
                anchor.Open();
                using var command = anchor.CreateCommand();
                command.CommandText = "SELECT count(*) FROM sqlite_master";
                command.ExecuteScalar();
            }
            catch (SqliteException)
            {
                anchor.Dispose();
                return;
            }
            if (anchors.Count >= MaxAnchors) anchors.Remove(anchors.Keys.First(), out old);
            anchors[file] = anchor;
        }
        old?.Dispose();
    }

    void Unanchor(string? file)
    {
        List<SqliteConnection> found = [];
        lock (anchors)
            foreach (var key in anchors.Keys.Where(k => file is null || k == file).ToList())
                if (anchors.Remove(key, out var anchor)) found.Add(anchor);
        foreach (var anchor in found) anchor.Dispose();
    }

    /// <summary>Closes the idle connections to a file that is about to be moved or deleted; to all files if none is given.</summary>
    /// <param name="connectionString">Exactly as the contexts use it.</param>
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
        Unanchor(connectionString);
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
        Anchor(eventData.Context?.Database.GetConnectionString());
    }

    public override Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        // The driver has no truly asynchronous way.
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
        // Inside a transaction it belongs to the code that began it.
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

/// <summary>A connection's prepared statements that are not in use, by SQL text.</summary>
sealed class KeptStatements
{
    /// <summary>More than a site's pages need, but bounded, so that ever-changing SQL cannot fill the memory.</summary>
    const int Max = 100;

    readonly Dictionary<string, SqliteCommand> bySql = [];

    /// <summary>When the connection was opened, as a <see cref="Stopwatch"/> timestamp.</summary>
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

/// <summary>A command whose prepared statement outlives it. It gets its driver command once its SQL is set.</summary>
sealed class KeptCommand(SqliteConnection connection, KeptStatements statements) : DbCommand
{
    SqliteCommand? command;
    DbDataReader? reader;
    /// <summary>True if the driver's command is in a state in which it can be reused.</summary>
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
