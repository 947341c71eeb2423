using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Community.Tests.Harness;

/// <summary>How the database carries out a statement.</summary>
static class Plan
{
    /// <summary>The plan of a statement in words, as if its tables were large.</summary>
    public static Task<string> Of(TestSite site, string sql) => site.Db(async db =>
    {
        await using var change = await db.Change();
        // PostgreSQL reads a small table whole, whatever indexes it has.
        if (!db.IsSqlite) await db.Database.ExecuteSqlAsync($"SET LOCAL enable_seqscan = off");
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        command.CommandText = (db.IsSqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + sql;
        await using var rows = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync()) lines.Add(rows.GetString(rows.FieldCount - 1));
        return string.Join('\n', lines);
    });
}
