using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Community.Kernel;

/// <summary>Classifies database failures.</summary>
public static class Failures
{
    // https://sqlite.org/rescode.html
    // errno(3): ENOSPC, EDQUOT, EFBIG, EIO.
    static readonly int[] fullDisk = [28, 122, 27, 5];
    const int SqliteBusy = 5, SqliteIoError = 10, SqliteFull = 13, SqlitePrimaryKey = 1555, SqliteUnique = 2067;

    /// <summary>
    /// Another writer was first: the row violates a unique key. Only this may be taken to mean "already done":
    /// a full disk or a dead server throws the same exception type.
    /// </summary>
    public static bool IsDuplicate(this DbUpdateException error) =>
        error.InnerException
            is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }
                or SqliteException { SqliteExtendedErrorCode: SqlitePrimaryKey or SqliteUnique };

    /// <summary>
    /// A transient failure: the database is unreachable, starting, full or too busy, or the disk for files is full. The change was not
    /// written.
    /// </summary>
    public static bool IsPassing(Exception? error) =>
        error switch
        {
            null => false,
            IOException when fullDisk.Contains(error.HResult) => true,
            // The framework reports EFBIG (file too large) as a wrong argument.
            ArgumentOutOfRangeException when error.StackTrace?.Contains("System.IO.RandomAccess.Write", StringComparison.Ordinal) == true =>
                true,
            NpgsqlException { IsTransient: true }
            or SqliteException { SqliteErrorCode: SqliteBusy or SqliteIoError or SqliteFull }
            or TimeoutException => true,
            _ => IsPassing(error.InnerException),
        };
}
