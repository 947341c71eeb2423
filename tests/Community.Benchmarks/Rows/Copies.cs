using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>Rows made of one that is there, by the database itself: a million in seconds.</summary>
/// <param name="db">The site.</param>
/// <param name="count">How many; <c>s.n</c> is the number of each, from 1.</param>
sealed class Copies(SiteDb db, int count)
{
    /// <summary>Inserts them. Where nothing else is said, a column is as in the row that is copied.</summary>
    /// <param name="own">SQL by column.</param>
    /// <param name="of">SQL that finds the row, called <c>t</c>.</param>
    /// <param name="also">SQL: only of the numbers for which it is true.</param>
    /// <param name="given">The database gives the id.</param>
    public async Task Insert<T>(Dictionary<string, string> own, string of, string also = "1 = 1", bool given = false)
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        var columns = type.GetProperties().Select(p => p.GetColumnName()).Where(c => !given || c != "id").ToList();
        var series = db.IsSqlite
            ? $"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) "
            : $"WITH s AS (SELECT n FROM generate_series(1::bigint, {count}) AS g(n)) ";
        var sql = $"{series} INSERT INTO {type.GetTableName()} ({string.Join(", ", columns)}) "
            + $"SELECT {string.Join(", ", columns.Select(c => own.GetValueOrDefault(c, "t." + c)))} "
            + $"FROM s, {type.GetTableName()} t WHERE ({of}) AND ({also})";
        // Whom each of a million rows belongs to need not be looked up.
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (!db.IsSqlite) await db.Database.ExecuteSqlRawAsync("SET LOCAL session_replication_role = replica");
        await db.Database.ExecuteSqlRawAsync(sql);
        await transaction.CommitAsync();
    }

    /// <summary>Members who agreed to a kind of mail, with the ids behind 1,000.</summary>
    public async Task Members()
    {
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(20));
        var template = await db.ConsentStates.Where(c => c.Granted).OrderBy(c => c.MemberId).FirstAsync();
        const string email = "'x' || s.n || '@bench.example'";
        await Insert<Member>(
            new()
            {
                ["id"] = "1000 + s.n",
                ["handle"] = "'h' || s.n",
                ["email"] = email,
                ["normalized_email"] = email,
                ["user_name"] = email,
                ["normalized_user_name"] = email,
                ["address_hash"] = "'x' || s.n",
                ["role"] = "NULL",
            },
            $"t.id = {template.MemberId}"
        );
        await Insert<ConsentState>(
            new() { ["member_id"] = "1000 + s.n" },
            $"t.member_id = {template.MemberId} AND t.kind_id = {template.KindId}"
        );
        await db.Database.ExecuteSqlRawAsync("ANALYZE");
    }
}
