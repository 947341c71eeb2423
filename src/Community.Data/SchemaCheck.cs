using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Data;

/// <summary>
/// Compares the migrations recorded in a database with those of this program. EF itself applies its migrations to whatever it finds: on a
/// newer database it does nothing, and the program then fails at the first unknown column; on one from before the first migration it
/// creates the tables a second time.
/// </summary>
static partial class SchemaCheck
{
    /// <summary>Whether the database has exactly the migrations of this program. Changes nothing.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not exist or does not respond.</exception>
    public static async Task<bool> IsUpToDate(DbContext db, CancellationToken ct)
    {
        // EF would treat a missing file as an empty database.
        await db.Database.OpenConnectionAsync(ct);
        return (await db.Database.GetAppliedMigrationsAsync(ct)).SequenceEqual(db.Database.GetMigrations());
    }

    /// <summary>Call it before each migration.</summary>
    /// <param name="db">The database; it may be empty.</param>
    /// <param name="name">Its name in the message: <c>the catalogue</c>.</param>
    /// <param name="ct">Cancels the check.</param>
    /// <exception cref="SchemaException">The database has migrations that this program does not know, or tables without any.</exception>
    public static async Task Require(DbContext db, string name, CancellationToken ct)
    {
        var applied = (await db.Database.GetAppliedMigrationsAsync(ct)).ToList();
        var unknown = applied.Except(db.Database.GetMigrations()).LastOrDefault();
        if (unknown is not null) throw new SchemaException(Sentence(name, unknown, ProgramVersion.Current));
        if (applied.Count == 0 && await FindOwnTable(db, ct) is { } table)
            throw new SchemaException(
                $"{Capital(name)} has a table \"{table}\" but no record of the version that made it, so Community {ProgramVersion.Current} "
                    + "does not touch it. Restore a backup, or use an empty folder or database."
            );
    }

    /// <summary>The message: which version made the database, according to its last unknown migration, and what to do.</summary>
    internal static string Sentence(string name, string migration, string program)
    {
        var version = VersionOf(migration);
        if (version is null)
            return $"{Capital(name)} was made by a version of Community before 0.8.0 (migration {migration}). Such data "
                + "cannot be upgraded: run it with the version that made it, or begin with an empty folder or database.";
        if (version > Version.Parse(program))
            return $"{Capital(name)} was made or upgraded by Community {version}, which is newer than this program ({program}). Install "
                + $"{version} or later, or restore the backup from before the upgrade.";
        return $"{Capital(name)} was made by Community {version} (migration {migration}), which this program ({program}) cannot upgrade. "
            + "docs/operating.md says which versions can be upgraded.";
    }

    /// <summary>The version in a migration's name: <c>20261126120000_V0_8_0_First</c> is of 0.8.0. Null if it has none.</summary>
    internal static Version? VersionOf(string migration) =>
        Named().Match(migration) is { Success: true } match ? Version.Parse(match.Groups[1].Value.Replace('_', '.')) : null;

    static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    static async Task<string?> FindOwnTable(DbContext db, CancellationToken ct)
    {
        var sql = db.Database.IsSqlite()
            ? "SELECT name AS \"Value\" FROM sqlite_master WHERE type = 'table'"
            : "SELECT tablename::text AS \"Value\" FROM pg_tables WHERE schemaname = current_schema()";
        var tables = await db.Database.SqlQueryRaw<string>(sql).ToListAsync(ct);
        return db.Model.GetEntityTypes().Select(e => e.GetTableName()).FirstOrDefault(t => tables.Contains(t!));
    }

    [GeneratedRegex(@"^\d+_V(\d+_\d+_\d+)_")]
    private static partial Regex Named();
}
