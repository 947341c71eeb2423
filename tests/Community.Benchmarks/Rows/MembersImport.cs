using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Community.Benchmarks;

/// <summary>Members from a CSV file, beside a bare insert of the rows that it makes, in the same run.</summary>
static class MembersImport
{
    /// <summary>How many rows; <c>./bench import --rows 20000</c> makes fewer.</summary>
    public static int Count { get; set; } = 100_000;
    const double Least = 0.3, MostMegabytes = 300, LeastBad = 0.5;

    public static async Task Measure(Report report)
    {
        report.Section(
            "Importing members",
            $"{Count:N0} rows of a CSV file with ten columns, checked before: parsing, comparing with the site's members, steps of "
                + $"{ImportWork.Step} rows. Beside it the members and values that came of it, inserted into an empty copy by ADO.NET: a "
                + "prepared statement in one transaction on SQLite, COPY on PostgreSQL. Last the check alone, of this file and of one with "
                + "something wrong in each row.",
            "database", "rows a second", "floor", "ratio", "peak MB", "checked a second", "bad rows checked a second", "ratio"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "", "");
        if (Rows.Database is not "sqlite")
            await On(report, "PostgreSQL", await PostgreSql.NewCatalogue(), await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string database, string other)
    {
        var folders = new[] { "import", "import-floor" }
            .Select(f => Path.Combine(Places.Artifacts, f + (database.Length > 0 ? "-pg" : "")))
            .ToArray();
        var databases = new[] { database, other };
        for (var i = 0; i < 2; i++)
        {
            if (Directory.Exists(folders[i])) Directory.Delete(folders[i], recursive: true);
            await Data.Make(folders[i], databases[i], 10, 1, 1, deep: false, iterations: 1000);
            await Data.In(folders[i], databases[i], Define);
        }
        if (await InProcess(folders[0], databases[0]) is not [var seconds, var peak, var check, var checkBad])
            throw new InvalidOperationException("The import said something else.");
        var floor = await Data.In(folders[0], databases[0], from => Data.In(folders[1], databases[1], to => Floor(
            from, to, [("members", "imported_at IS NOT NULL"), ("attribute_values", "true")])));
        var ratio = floor / seconds;
        report.Row(
            name,
            (Count / seconds).N(),
            (Count / floor).N(),
            report.Aim($"import, {name}, ratio", ratio >= Least, ratio.ToString("0.00")),
            report.Aim($"import, {name}, memory", peak <= MostMegabytes, peak.N()),
            (Count / check).N(),
            (Count / checkBad).N(),
            report.Aim($"import, {name}, bad rows", check / checkBad >= LeastBad, (check / checkBad).ToString("0.00"))
        );
    }

    /// <summary>
    /// In a process of its own, whose memory nothing else needed before, with the garbage collector set as in the product's.
    /// </summary>
    static async Task<double[]> InProcess(string folder, string database)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] arguments = [typeof(MembersImport).Assembly.Location, "import-run", folder, database, Count.ToString()];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        (start.Environment["DOTNET_gcServer"], start.Environment["DOTNET_GCConserveMemory"]) = ("0", "5");
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException(said);
        return [.. said.Trim().Split('\n')[^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
    }

    public static async Task RunHere(string folder, string database)
    {
        var (check, seconds) = await Import(folder, database, isBad: false);
        using var process = Process.GetCurrentProcess();
        var megabytes = process.PeakWorkingSet64 / 1024.0 / 1024;
        var (checkBad, _) = await Import(folder, database, isBad: true);
        Console.WriteLine(FormattableString.Invariant($"{seconds} {megabytes} {check} {checkBad}"));
    }

    static async Task<int> Define(SiteDb db)
    {
        AttributeType[] types =
        [
            AttributeType.Telephone, AttributeType.Prefecture, AttributeType.Birthday, AttributeType.MemberNumber, AttributeType.YesNo,
            AttributeType.Text, AttributeType.Number, AttributeType.Furigana,
        ];
        db.MemberAttributes.AddRange(types.Select((t, i) => new MemberAttribute
        {
            Key = "a" + i,
            Type = t,
            Pattern = t is AttributeType.Text ? ".*[0-9]" : null,
            Position = i,
            CreatedAt = db.Now,
            Labels = Translations.Of(_ => "Attribute " + i),
        }));
        return await db.SaveChangesAsync();
    }

    /// <summary>Seconds for the check, and for the run.</summary>
    static async Task<(double Check, double Run)> Import(string folder, string database, bool isBad)
    {
        using var host = Data.Open(folder, database);
        var site = (await host.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = host.Services.GetRequiredService<SiteScopes>();
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "bench.csv");
        await using (var text = new StreamWriter(path))
        {
            text.Write("email,name,Attribute 0,Attribute 1,Attribute 2,Attribute 3,Attribute 4,Attribute 5,Attribute 6,Attribute 7\n");
            for (var i = 1; i <= Count; i++)
                if (isBad) text.Write(Bad(i));
                else text.Write($"new{i}@bench.example,山田 {i},090{i:00000000},東京都,1980/{1 + i % 12}/{1 + i % 28},N{i:000000},"
                    + $"{(i % 2 == 0 ? "はい" : "いいえ")},words of {i},{i % 1000},ヤマダ\n");
        }
        var id = await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            var admin = Reader.Visitor with { Id = await db.Members.Where(m => m.Role == "administrator").Select(m => m.Id).FirstAsync() };
            var imports = s.GetRequiredService<ImportMembers>();
            var import = await imports.Upload(admin, "bench.csv", File.OpenRead(path), default);
            await imports.Check(admin, import, default);
            return import;
        });
        var clock = Stopwatch.StartNew();
        var found = await Work(ImportState.Checked);
        var check = clock.Elapsed.TotalSeconds;
        if (found.Bad != (isBad ? Count : 0)) throw new InvalidOperationException($"{found.Bad} bad.");
        if (isBad) return (check, 0);
        await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            var admin = Reader.Visitor with { Id = await db.Members.Where(m => m.Role == "administrator").Select(m => m.Id).FirstAsync() };
            return await s.GetRequiredService<ImportMembers>().Run(admin, id, default);
        });
        clock.Restart();
        var done = await Work(ImportState.Done);
        if (done.Created != Count) throw new InvalidOperationException($"{done.Created} created, {done.Bad} bad.");
        return (check, clock.Elapsed.TotalSeconds);

        async Task<MemberImport> Work(ImportState until)
        {
            while (true)
            {
                var now = await scopes.Run(
                    site,
                    s => s.GetRequiredService<SiteDb>().MemberImports.AsNoTracking().FirstAsync(i => i.Id == id)
                );
                if (now.State == until)
                    return now;
                if (!now.IsMoving)
                    throw new InvalidOperationException($"{now.State} {now.StopText}");
                await scopes.Run(
                    site,
                    async s =>
                    {
                        await ActivatorUtilities.CreateInstance<ImportWork>(s).Handle(new RunImport(id), default);
                        return 0;
                    }
                );
            }
        }
    }

    /// <summary>A row with one cell that does not fit, in each column in turn.</summary>
    static string Bad(int i)
    {
        string[] cells =
        [
            $"bad{i}@bench.example",
            $"山田 {i}",
            $"090{i:00000000}",
            "東京都",
            "1980/1/2",
            $"B{i:000000}",
            "はい",
            "w1",
            "5",
            "ヤマダ",
        ];
        string[] wrong = ["no address", "\u202e", "電話", "東京市", "平成40年1月1日", "B\u202e1", "不明", "words", "１，５", "山田"];
        cells[i % cells.Length] = wrong[i % cells.Length];
        return string.Join(',', cells) + "\n";
    }

    /// <summary>Seconds for the same rows, in the same tables.</summary>
    internal static async Task<double> Floor(SiteDb from, SiteDb to, (string Table, string Which)[] wanted)
    {
        var tables = new List<(string Table, string[] Columns, List<object[]> Rows)>();
        await from.Database.OpenConnectionAsync();
        await to.Database.OpenConnectionAsync();
        foreach (var (table, which) in wanted)
        {
            await using var command = from.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"SELECT * FROM {table} WHERE {which}";
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<object[]>();
            while (await reader.ReadAsync())
            {
                var values = new object[reader.FieldCount];
                reader.GetValues(values);
                rows.Add(values);
            }
            tables.Add((table, [.. Enumerable.Range(0, reader.FieldCount).Select(i => '"' + reader.GetName(i) + '"')], rows));
        }
        var connection = to.Database.GetDbConnection();
        var clock = Stopwatch.StartNew();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var (table, columns, rows) in tables)
            if (connection is NpgsqlConnection postgres) await Copy(postgres, table, columns, rows);
            else await Insert(connection, transaction, table, columns, rows);
        await transaction.CommitAsync();
        return clock.Elapsed.TotalSeconds;
    }

    static async Task Insert(DbConnection connection, DbTransaction transaction, string table, string[] columns, List<object[]> rows)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => "@p" + i))})";
        foreach (var (_, i) in columns.Select((c, i) => (c, i)))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@p" + i;
            command.Parameters.Add(parameter);
        }
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++) command.Parameters[i].Value = row[i];
            await command.ExecuteNonQueryAsync();
        }
    }

    static async Task Copy(NpgsqlConnection connection, string table, string[] columns, List<object[]> rows)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY {table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)"
        );
        foreach (var row in rows)
        {
            await copy.StartRowAsync();
            foreach (var value in row)
                if (value is DBNull) await copy.WriteNullAsync();
                else await copy.WriteAsync(value);
        }
        await copy.CompleteAsync();
    }
}
