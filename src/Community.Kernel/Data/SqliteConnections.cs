using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Sqlite.Storage.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using SQLitePCL;

namespace Community.Kernel;

/// <summary>
/// Keeps SQLite connections open between requests, with their prepared statements. Otherwise EF opens a new connection for each query and
/// registers a dozen functions each time; SQLite takes as long to compile a page's statements as to run them. A connection belongs to one
/// file, is used by one context at a time, and is closed after being idle for a while. The driver's own pool is switched off.
/// A single instance serves all sites.
/// </summary>
public sealed class SqliteConnections
{
    public static readonly SqliteConnections Instance = new();

    /// <summary>For all sites together. Each connection holds a few files open, and up to 2 MB of cached pages.</summary>
    const int MaxIdle = 64;
    static TimeSpan MaxIdleTime => TimeSpan.FromMinutes(2);

    readonly record struct Idle(KeptConnection Connection, long Since);

    // Kept, so that it is not collected. A site that nobody visits holds nothing.
    readonly Timer sweep;

    SqliteConnections() => sweep = new Timer(_ => CloseOld(), null, MaxIdleTime / 2, MaxIdleTime / 2);

    // Ordered by idle time, longest first.
    readonly List<Idle> idle = [];
    // When each file was last moved or deleted: a connection in use that was opened before still points to the old file.
    readonly Dictionary<string, long> closed = [];

    /// <summary>Closes the idle connections to a file that is about to be moved or deleted; to all files if none is given.</summary>
    /// <param name="connectionString">Exactly as the contexts use it.</param>
    public void Close(string? connectionString = null)
    {
        List<Idle> found;
        lock (idle)
        {
            found = [.. idle.Where(i => connectionString is null || i.Connection.ConnectionString == connectionString)];
            idle.RemoveAll(found.Contains);
            if (connectionString is not null) closed[connectionString] = Stopwatch.GetTimestamp();
        }
        foreach (var one in found) one.Connection.Dispose();
    }

    /// <summary>An open connection to this file that nobody uses; null if there is none.</summary>
    internal KeptConnection? Take(string file)
    {
        lock (idle)
            for (var i = idle.Count - 1; i >= 0; i--)
                if (idle[i].Connection is var connection && connection.ConnectionString == file)
                {
                    idle.RemoveAt(i);
                    return connection;
                }
        return null;
    }

    /// <summary>Keeps the connection for another context; false if it must be closed.</summary>
    internal bool Keep(KeptConnection connection)
    {
        if (!connection.IsClean) return false;
        lock (idle)
        {
            if (closed.TryGetValue(connection.ConnectionString, out var since) && connection.Opened <= since) return false;
            idle.Add(new(connection, Stopwatch.GetTimestamp()));
        }
        CloseOld();
        return true;
    }

    void CloseOld()
    {
        List<KeptConnection>? old = null;
        lock (idle)
            while (idle.Count > MaxIdle || (idle.Count > 0 && Stopwatch.GetElapsedTime(idle[0].Since) > MaxIdleTime))
            {
                (old ??= []).Add(idle[0].Connection);
                idle.RemoveAt(0);
            }
        foreach (var one in old ?? []) one.Dispose();
    }
}

public static class KeptConnections
{
    /// <summary>Makes the contexts of these options take their connections from <see cref="SqliteConnections"/>.</summary>
    public static DbContextOptionsBuilder<T> KeepConnections<T>(this DbContextOptionsBuilder<T> options) where T : DbContext =>
#pragma warning disable EF1001
        options.ReplaceService<ISqliteRelationalConnection, KeptRelationalConnection>();
#pragma warning restore EF1001
}

// EF offers no other place: it closes a context's connection before it asks interceptors whether to dispose of it. A new version of EF may
// change these types. Only this file uses them.
#pragma warning disable EF1001

/// <summary>A context's connection: a kept one while there is one, given back when the context ends.</summary>
sealed class KeptRelationalConnection : SqliteRelationalConnection
{
    readonly IRawSqlCommandBuilder sql;
    readonly IDiagnosticsLogger<DbLoggerCategory.Infrastructure> logger;

    public KeptRelationalConnection(
        RelationalConnectionDependencies dependencies,
        IRawSqlCommandBuilder sql,
        IDiagnosticsLogger<DbLoggerCategory.Infrastructure> logger
    ) : base(dependencies, sql, logger) => (this.sql, this.logger) = (sql, logger);

    protected override DbConnection CreateDbConnection()
    {
        var file = GetValidatedConnectionString();
        if (SqliteConnections.Instance.Take(file) is { } idle) return idle;
        var made = new KeptConnection(file);
        // The constructor registers EF's functions (decimals, regular expressions) with the connection.
        _ = new SqliteRelationalConnection(
            Dependencies with { ContextOptions = new DbContextOptionsBuilder().UseSqlite(made).Options }, sql, logger);
        return made;
    }

    // EF closes after each query.
    protected override void CloseDbConnection() { }
    protected override Task CloseDbConnectionAsync() => Task.CompletedTask;

    // A context that is kept needs no connection meanwhile.
    protected override void ResetState(bool disposeDbConnection) => base.ResetState(disposeDbConnection: true);
    protected override ValueTask ResetStateAsync(bool disposeDbConnection) => base.ResetStateAsync(disposeDbConnection: true);

    protected override void DisposeDbConnection()
    {
        if (!Keep()) base.DisposeDbConnection();
    }

    protected override ValueTask DisposeDbConnectionAsync() => Keep() ? ValueTask.CompletedTask : base.DisposeDbConnectionAsync();

    bool Keep() => DbConnection is KeptConnection connection && SqliteConnections.Instance.Keep(connection);
}
#pragma warning restore EF1001

/// <summary>A connection whose commands keep their prepared statements.</summary>
sealed class KeptConnection(string file) : SqliteConnection(file)
{
    // Without busy_timeout the driver sleeps in steps of 150 ms.
    const string Setup = "PRAGMA busy_timeout=5000;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON";

    readonly KeptStatements statements = new();

    /// <summary>Commands that are not disposed of: one of them may still be reading.</summary>
    internal int Lent;

    /// <summary>When it was opened, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long Opened { get; private set; }

    /// <summary>Another context may use it. Inside a transaction it belongs to the code that began it.</summary>
    public bool IsClean => State == ConnectionState.Open && Lent == 0 && raw.sqlite3_get_autocommit(Handle) != 0;

    internal SqliteTransaction? CurrentTransaction => Transaction;

    public override void Open()
    {
        if (State == ConnectionState.Open) return;
        base.Open();
        Opened = Stopwatch.GetTimestamp();
        using (var command = CreateCommand())
        {
            command.CommandText = Setup;
            command.ExecuteNonQuery();
        }
    }

    protected override DbCommand CreateDbCommand() => new KeptCommand(this, statements);
}

/// <summary>A connection's prepared statements that are not in use, by SQL text.</summary>
sealed class KeptStatements
{
    /// <summary>More than a site's pages need, but bounded, so that ever-changing SQL cannot fill the memory.</summary>
    const int Max = 100;

    readonly Dictionary<string, SqliteCommand> bySql = [];

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
sealed class KeptCommand : DbCommand
{
    readonly KeptConnection connection;
    readonly KeptStatements statements;
    SqliteCommand? command;
    DbDataReader? reader;
    /// <summary>True if the driver's command is in a state in which it can be reused.</summary>
    bool clean = true;
    bool disposed;

    public KeptCommand(KeptConnection connection, KeptStatements statements)
    {
        (this.connection, this.statements) = (connection, statements);
        connection.Lent++;
    }

    SqliteCommand Command => command ??= Take("");

    SqliteCommand Take(string text)
    {
        var taken = statements.Take(text, connection);
        taken.Transaction = connection.CurrentTransaction;
        return taken;
    }

    [System.Diagnostics.CodeAnalysis.AllowNull]
    public override string CommandText
    {
        get => command?.CommandText ?? "";
        set
        {
            if (command is null) command = Take(value ?? "");
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
        if (disposing && !disposed)
        {
            disposed = true;
            connection.Lent--;
        }
        base.Dispose(disposing);
    }
}
