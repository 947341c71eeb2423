using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Community.Kernel;

/// <summary>What the failure of a database means.</summary>
public static class Failures
{
    // https://sqlite.org/rescode.html
    const int SqliteBusy = 5, SqliteIoError = 10, SqliteFull = 13, SqlitePrimaryKey = 1555, SqliteUnique = 2067;

    /// <summary>
    /// Another writer was first: a unique key refused the row. Only this may be taken for "it is done already";
    /// a full disk or a dead server comes as the same exception.
    /// </summary>
    public static bool IsDuplicate(this DbUpdateException error) => error.InnerException is
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } or SqliteException { SqliteExtendedErrorCode: SqlitePrimaryKey or SqliteUnique };

    /// <summary>The database is away, starting, full or too busy. It comes back; what was to be written then is not there.</summary>
    public static bool IsPassing(Exception? error) => error switch
    {
        null => false,
        NpgsqlException { IsTransient: true } or SqliteException { SqliteErrorCode: SqliteBusy or SqliteIoError or SqliteFull } or TimeoutException => true,
        _ => IsPassing(error.InnerException),
    };
}
