using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Community.Kernel;

/// <summary>What the failure of a database means.</summary>
public static class Failures
{
    // https://sqlite.org/rescode.html
    // errno(3): no space, over the quota, larger than a file may be, the disk does not answer.
    static readonly int[] fullDisk = [28, 122, 27, 5];
    const int SqliteBusy = 5, SqliteIoError = 10, SqliteFull = 13, SqlitePrimaryKey = 1555, SqliteUnique = 2067;

    /// <summary>
    /// Another writer was first: a unique key refused the row. Only this may be taken for "it is done already";
    /// a full disk or a dead server comes as the same exception.
    /// </summary>
    public static bool IsDuplicate(this DbUpdateException error) =>
        error.InnerException
            is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }
                or SqliteException { SqliteExtendedErrorCode: SqlitePrimaryKey or SqliteUnique };

    /// <summary>
    /// The database is away, starting, full or too busy, or the disk of the files is full. It comes back; what was to be written then is
    /// not there.
    /// </summary>
    public static bool IsPassing(Exception? error) =>
        error switch
        {
            null => false,
            IOException when fullDisk.Contains(error.HResult) => true,
            // A file that may not grow (EFBIG) the framework calls a wrong argument.
            ArgumentOutOfRangeException when error.StackTrace?.Contains("System.IO.RandomAccess.Write", StringComparison.Ordinal) == true =>
                true,
            NpgsqlException { IsTransient: true }
            or SqliteException { SqliteErrorCode: SqliteBusy or SqliteIoError or SqliteFull }
            or TimeoutException => true,
            _ => IsPassing(error.InnerException),
        };
}
