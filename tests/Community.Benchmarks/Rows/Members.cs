using System.Data.Common;
using System.Diagnostics;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>
/// Staff's search over many members with ten attributes each: a count over three conditions (one of them a not) and the first page,
/// beside the same by hand-written SQL, each in the best of several forms.
/// </summary>
static class MembersSearch
{
    /// <summary>How many members; <c>./bench members --members 50000</c> makes fewer.</summary>
    public static int Count { get; set; } = 500_000;
    const int Attributes = 10, Runs = 7, PageSize = 50;
    const double MaxRatio = 3;

    /// <summary>Of Tokyo, with a number from 40 to 60, and not said yes.</summary>
    static Chosen Asked(long prefecture, long number, long yes)
    {
        string Is(long attribute, string code) => $"\"attributes.{attribute}\": {{ \"operator\": \"Is\", \"codes\": [\"{code}\"] }}";
        return Chosen.Parse(
            $"{{ \"all\": [ {{ {Is(prefecture, "13")} }}, "
                + $"{{ \"attributes.{number}\": {{ \"operator\": \"Between\", \"from\": 40, \"to\": 60 }} }}, "
                + $"{{ \"not\": {{ {Is(yes, "1")} }} }} ] }}"
        );
    }

    public static async Task Measure(Report report)
    {
        report.Section(
            "Members",
            $"Staff's search over {Count:N0} members with {Attributes} attributes each, by three conditions, one of them negated. Beside "
                + "it the fastest of several hand-written statements over the same indexes, through ADO.NET.",
            "database",
            "found",
            "count, ms",
            "by hand",
            "ratio",
            "first page, ms",
            "by hand",
            "ratio"
        );
        foreach (var (name, folder, database) in await Made()) if (!Rows.FillOnly) await On(report, name, folder, database);
    }

    static IReadOnlyList<(string Name, string Folder, string Database)>? made;

    /// <summary>The sites with the members, which are made once in a run.</summary>
    public static async Task<IReadOnlyList<(string Name, string Folder, string Database)>> Made()
    {
        if (made is not null) return made;
        var sites = new List<(string, string, string)>();
        if (Rows.Database is not "postgresql") sites.Add(("SQLite", await Make(""), ""));
        if (Rows.Database is not "sqlite")
        {
            var database = Rows.Server ?? await PostgreSql.NewCatalogue();
            sites.Add(("PostgreSQL", await Make(database), database));
        }
        return made = sites;
    }

    /// <returns>The folder.</returns>
    static async Task<string> Make(string database)
    {
        var folder = Rows.Data is { } given
            ? Path.Combine(given, database.Length > 0 ? "postgresql" : "sqlite")
            : Path.Combine(Places.Artifacts, "members" + (database.Length > 0 ? "-pg" : ""));
        if (Rows.Data is null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, database, 10, 1, 1, deep: false, iterations: 1000);
        await Data.In(folder, database, async db =>
        {
            db.Database.SetCommandTimeout(TimeSpan.FromMinutes(20));
            if (await db.MemberAttributes.CountAsync() < Attributes) await Fill(db);
            return 0;
        });
        return folder;
    }

    static async Task On(Report report, string name, string folder, string database)
    {
        var (found, count, byHand, page, pageByHand) = await Data.In(folder, database, async db =>
        {
            var ids = await db.MemberAttributes.OrderBy(a => a.Position).Select(a => a.Id).ToListAsync();
            var (prefecture, number, yes) = (ids[0], ids[3], ids[6]);
            var chosen = Asked(prefecture, number, yes);
            if ((await chosen.Broken(db)).Count > 0) throw new InvalidOperationException("The conditions are broken.");
            var order = MemberOrder.Of(null)!;
            var rows = await (await chosen.Apply(db.Members.AsNoTracking(), db)).CountAsync();
            var own = await Fastest(() => chosen.Count(db));
            var ownPage = await Fastest(async () =>
                (await order.Page(await chosen.Apply(db.Members.AsNoTracking(), db), null, PageSize, db)).Rows.Count);
            var connection = db.Database.GetDbConnection();
            var hand = await Best(connection, Counts(prefecture, number, yes, db.IsSqlite), rows);
            var handPage = await Best(connection, Pages(prefecture, number, yes, db.IsSqlite), null);
            return (rows, own, hand, ownPage, handPage);
        });
        var (ratio, pageRatio) = (count / byHand, page / pageByHand);
        report.Row(
            name,
            found.ToString("N0"),
            count.N(),
            byHand.N(),
            report.Aim($"members, {name}, count", ratio <= MaxRatio, ratio.N()),
            page.N(),
            pageByHand.N(),
            report.Aim($"members, {name}, page", pageRatio <= MaxRatio, pageRatio.N())
        );
    }

    static async Task<double> Fastest(Func<Task<int>> run)
    {
        var fastest = double.MaxValue;
        for (var i = 0; i <= Runs; i++)
        {
            var clock = Stopwatch.StartNew();
            await run();
            fastest = Math.Min(fastest, clock.Elapsed.TotalMilliseconds);
        }
        return fastest;
    }

    static async Task<double> Best(DbConnection connection, IEnumerable<string> statements, int? expected)
    {
        await connection.OpenAsync();
        try
        {
            var best = double.MaxValue;
            foreach (var sql in statements)
                best = Math.Min(best, await Fastest(async () =>
                {
                    await using var command = connection.CreateCommand();
                    command.CommandText = sql;
                    await using var reader = await command.ExecuteReaderAsync();
                    var (n, values) = (0, new object[reader.FieldCount]);
                    while (await reader.ReadAsync())
                    {
                        reader.GetValues(values);
                        n++;
                    }
                    if (expected is { } rows && Convert.ToInt64(values[0]) != rows)
                        throw new InvalidOperationException($"{values[0]} instead of {rows}: {sql}");
                    return n;
                }));
            return best;
        }
        finally { await connection.CloseAsync(); }
    }

    static string Tokyo(string of, long attribute) => $"{of}.attribute_id = {attribute} AND {of}.key = '13'";
    static string Some(string of, long attribute) =>
        $"{of}.attribute_id = {attribute} AND {of}.number >= 40000000 AND {of}.number <= 60000000";
    static string Yes(string of, long attribute) => $"{of}.attribute_id = {attribute} AND {of}.number = 1000000";

    static IEnumerable<string> Counts(long prefecture, long number, long yes, bool sqlite)
    {
        var not = $"NOT EXISTS (SELECT 1 FROM attribute_values c WHERE c.member_id = a.member_id AND {Yes("c", yes)})";
        yield return $"SELECT count(*) FROM attribute_values a JOIN attribute_values b ON b.member_id = a.member_id "
            + $"AND {Some("b", number)} WHERE {Tokyo("a", prefecture)} AND {not}";
        yield return $"SELECT count(*) FROM attribute_values a WHERE {Tokyo("a", prefecture)} AND {not} "
            + $"AND EXISTS (SELECT 1 FROM attribute_values b WHERE b.member_id = a.member_id AND {Some("b", number)})";
        if (!sqlite)
            yield return $"SELECT count(*) FROM (SELECT a.member_id FROM attribute_values a WHERE {Tokyo("a", prefecture)} "
                + $"INTERSECT SELECT b.member_id FROM attribute_values b WHERE {Some("b", number)} "
                + $"EXCEPT SELECT c.member_id FROM attribute_values c WHERE {Yes("c", yes)}) x";
    }

    static IEnumerable<string> Pages(long prefecture, long number, long yes, bool sqlite)
    {
        string Is(string part, string not = "") => $"{not}EXISTS (SELECT 1 FROM attribute_values v WHERE v.member_id = m.id AND {part})";
        var (tokyo, rest) = (
            Is(Tokyo("v", prefecture)),
            $"{Is(Some("v", number))} AND {Is(Yes("v", yes), "NOT ")} ORDER BY m.joined_at DESC, m.id DESC LIMIT {PageSize + 1}"
        );
        yield return $"SELECT m.* FROM members m WHERE {tokyo} AND {rest}";
        yield return "SELECT m.* FROM members m WHERE m.id IN (SELECT a.member_id FROM attribute_values a WHERE "
            + $"{Tokyo("a", prefecture)}) AND {rest}";
        // By the index of the sort, member by member.
        if (sqlite) yield return $"SELECT m.* FROM members m INDEXED BY ix_members_joined_at WHERE {tokyo} AND {rest}";
    }

    /// <summary>Copies a member so many times, each with a value of every attribute, by statements in the database.</summary>
    static async Task Fill(SiteDb db)
    {
        AttributeType[] types =
        [
            .. Enumerable.Repeat(AttributeType.Prefecture, 3), .. Enumerable.Repeat(AttributeType.Number, 3),
            .. Enumerable.Repeat(AttributeType.YesNo, 2), .. Enumerable.Repeat(AttributeType.Date, 2),
        ];
        var attributes = types.Select((t, i) => new MemberAttribute
        {
            Key = "a" + i,
            Type = t,
            Position = i,
            CreatedAt = db.Now,
            Labels = Translations.Of(_ => "Attribute " + i),
        }).ToList();
        db.MemberAttributes.AddRange(attributes);
        await db.SaveChangesAsync();
        var model = db.Model.FindEntityType(typeof(Member))!;
        var template = await db.Members.OrderBy(m => m.Id).Select(m => m.Id).FirstAsync();
        // Spread over the numbers, but the same each time.
        var n = "(s.n * 7919 % 1000003)";
        var own = new Dictionary<string, string>
        {
            ["id"] = "100 + s.n",
            ["handle"] = "'h' || s.n",
            ["email"] = "'x' || s.n || '@bench.example'",
            ["normalized_email"] = "'x' || s.n || '@bench.example'",
            ["user_name"] = "'x' || s.n || '@bench.example'",
            ["normalized_user_name"] = "'x' || s.n || '@bench.example'",
            ["name"] = "'会員 ' || s.n",
            ["search_name"] = "'会員 ' || s.n",
            ["address_hash"] = "'x' || s.n",
            ["joined_at"] = db.IsSqlite ? $"t.joined_at + {n} * 1000" : $"t.joined_at + {n} * interval '1 second'",
            ["role"] = "NULL",
        };
        var columns = model.GetProperties().Select(p => p.GetColumnName()).ToList();
        var series = db.IsSqlite
            ? $"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {Count}) "
            : $"WITH s AS (SELECT n FROM generate_series(1::bigint, {Count}) AS g(n)) ";
        var sql =
            $"{series} INSERT INTO members ({string.Join(", ", columns)}) "
            + $"SELECT {string.Join(", ", columns.Select(c => own.GetValueOrDefault(c, "t." + c)))} "
            + $"FROM s, members t WHERE t.id = {template}";
        await db.Database.ExecuteSqlRawAsync(sql);
        foreach (var (attribute, i) in attributes.Select((a, i) => (a, i)))
        {
            var some = $"((s.n + {i} * 31) * 7919 % 1000003)";
            var code = db.IsSqlite ? $"printf('%02d', {some} % 47 + 1)" : $"lpad(({some} % 47 + 1)::text, 2, '0')";
            var (column, value) = attribute.Type switch
            {
                AttributeType.Prefecture => ("text, key", $"{code}, {code}"),
                AttributeType.Number => ("number", $"({some} % 100) * 1000000"),
                AttributeType.YesNo => ("number", $"({some} % 2) * 1000000"),
                _ when db.IsSqlite => ("date", $"date('1950-01-01', '+' || ({some} % 20000) || ' days')"),
                _ => ("date", $"date '1950-01-01' + ({some} % 20000)::int"),
            };
            // Every tenth member says nothing about it.
            sql =
                $"{series} INSERT INTO attribute_values (member_id, attribute_id, item, type, {column}) "
                + $"SELECT 100 + s.n, {attribute.Id}, 0, {(short)attribute.Type}, {value} FROM s WHERE (s.n + {i}) % 10 > 0";
            await db.Database.ExecuteSqlRawAsync(sql);
        }
        await db.Database.ExecuteSqlRawAsync(db.IsSqlite ? "ANALYZE" : "VACUUM ANALYZE");
    }
}
