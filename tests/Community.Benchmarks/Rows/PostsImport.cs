using System.Diagnostics;
using System.Globalization;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Benchmarks;

/// <summary>
/// The archive of a mailing list, beside its bare parsing and the bare insert of the rows that it makes, in the same run.
/// </summary>
static class PostsImport
{
    /// <summary>How many messages; <c>./bench posts --rows 20000</c> makes fewer. A tenth of them is imported before.</summary>
    public static int Count { get; set; } = 100_000;
    const double Least = 0.2, MostGrowth = 1.5;

    public static async Task Measure(Report report)
    {
        report.Section(
            "Importing posts",
            $"{Count:N0} messages of a mailbox file, in topics of 20 with their tree, checked and imported in steps. "
                + "Beside it the same file parsed by MimeKit and the posts, topics and keys that came of it inserted into an empty copy by "
                + "ADO.NET: a prepared statement in one transaction on SQLite, COPY on PostgreSQL. The process has imported a tenth "
                + "before, so that the just-in-time compiler is done, and imports nothing else: memory is its peak after that and at last.",
            "database", "messages a second", "floor", "ratio", "peak MB, a tenth", "peak MB"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", ["", ""]);
        if (Rows.Database is not "sqlite")
            await On(report, "PostgreSQL", [await PostgreSql.NewCatalogue(), await PostgreSql.NewCatalogue()]);
    }

    static async Task On(Report report, string name, string[] databases)
    {
        var folders = new[] { "posts-import", "posts-floor" }
            .Select(f => Path.Combine(Places.Artifacts, f + (databases[0].Length > 0 ? "-pg" : ""))).ToArray();
        for (var i = 0; i < folders.Length; i++)
        {
            if (Directory.Exists(folders[i])) Directory.Delete(folders[i], recursive: true);
            await Data.Make(folders[i], databases[i], 10, 1, 1, deep: false, iterations: 1000);
        }
        var (seconds, few, peak) = await InProcess(folders[0], databases[0], Count);
        // Of the rows of both imports.
        var floor =
            Parse(Path.Combine(folders[0], "bench.mbox"))
            + Count / (double)(Count + First) * await Data.In(
                folders[0],
                databases[0],
                from =>
                    Data.In(
                        folders[1],
                        databases[1],
                        to =>
                            MembersImport.Floor(
                                from,
                                to,
                                [
                                    ("topics", "imported IS NOT NULL"),
                                    ("posts", "import_id IS NOT NULL"),
                                    ("board_imports", "true"),
                                    ("imported_posts", "true"),
                                ]
                            )
                    )
            );
        report.Row(
            name, (Count / seconds).N(), (Count / floor).N(),
            report.Aim($"posts import, {name}, ratio", floor / seconds >= Least, (floor / seconds).ToString("0.00")),
            few.N(),
            report.Aim($"posts import, {name}, memory", peak <= few * MostGrowth, peak.N())
        );
    }

    static double Parse(string path)
    {
        var clock = Stopwatch.StartNew();
        using var file = File.OpenRead(path);
        var parser = new MimeParser(file, MimeFormat.Mbox);
        var count = 0;
        for (; !parser.IsEndOfStream; count++)
            if (parser.ParseMessage().TextBody is null) throw new InvalidOperationException("A message has no text.");
        return count == Count ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{count} messages.");
    }

    /// <summary>Whole topics, so that the numbers of the messages go on.</summary>
    static int First => Math.Max(1, Count / 10 / 20) * 20;

    static async Task<(double Seconds, double Few, double Peak)> InProcess(string folder, string database, int count)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] arguments = [typeof(PostsImport).Assembly.Location, "posts-import-run", folder, database, count.ToString()];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        (start.Environment["DOTNET_gcServer"], start.Environment["DOTNET_GCConserveMemory"]) = ("0", "5");
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException(said);
        var numbers = said.Trim().Split('\n')[^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return (numbers[0], numbers[1], numbers[2]);
    }

    public static async Task RunHere(string folder, string database)
    {
        using var host = Data.Open(folder, database);
        await Import(host, folder, Count, First);
        var few = Peak();
        var seconds = await Import(host, folder, 0, Count);
        Console.WriteLine(FormattableString.Invariant($"{seconds} {few} {Peak()}"));
    }

    static double Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1024.0 / 1024;
    }

    static async Task<double> Import(IHost host, string folder, int from, int count)
    {
        var site = (await host.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = host.Services.GetRequiredService<SiteScopes>();
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "bench.mbox");
        await using (var text = new StreamWriter(path) { NewLine = "\n" })
            for (var i = from; i < from + count; i++) await text.WriteAsync(MessageOf(i));
        var id = await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            var admin = Reader.Visitor with { Id = await db.Members.Where(m => m.Role == "administrator").Select(m => m.Id).FirstAsync() };
            var board = await db.Boards.Where(b => b.Key == "write").Select(b => b.Id).FirstAsync();
            await using var file = File.OpenRead(path);
            return await s.GetRequiredService<ImportBoard>().Upload(admin, board, "bench.mbox", file, false, default);
        });
        var clock = Stopwatch.StartNew();
        await Work(BoardImportState.Checked);
        await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            var admin = Reader.Visitor with { Id = await db.Members.Where(m => m.Role == "administrator").Select(m => m.Id).FirstAsync() };
            return await s.GetRequiredService<ImportBoard>().Run(admin, id, default);
        });
        var done = await Work(BoardImportState.Done);
        return done.Posts == count ? clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{done.Posts} imported, {done.Bad} bad.");

        async Task<BoardImport> Work(BoardImportState until)
        {
            while (true)
            {
                var now = await scopes.Run(
                    site,
                    s => s.GetRequiredService<SiteDb>().BoardImports.AsNoTracking().FirstAsync(i => i.Id == id)
                );
                if (now.State == until)
                    return now;
                if (!now.IsMoving)
                    throw new InvalidOperationException($"{now.State} {now.StopText}");
                await scopes.Run(
                    site,
                    async s =>
                    {
                        await ActivatorUtilities.CreateInstance<ImportPosts>(s).Handle(new(id), default);
                        return 0;
                    }
                );
            }
        }
    }

    const string Words = "赤錆が出た鉄瓶でも、お湯が透明なら使い続けて大丈夫です。気になるときは煎茶の茶殻を入れて煮出してください。\n";

    static string MessageOf(int i)
    {
        var (topic, place) = (i / 20, i % 20);
        var at = new DateTime(2009, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i);
        // Each answers one of the three before it.
        var answers = place == 0 ? "" : $"In-Reply-To: <m{topic * 20 + Math.Max(0, place - 1 - i % 3)}@bench.example>\n";
        return $"From list@bench.example {at.ToString("ddd MMM dd HH:mm:ss yyyy", CultureInfo.InvariantCulture)}\n"
            + $"Message-ID: <m{i}@bench.example>\n{answers}From: Author {i % 500} <a{i % 500}@bench.example>\n"
            + $"Date: {at.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)}\n"
            + $"Subject: {(place == 0 ? "" : "Re: ")}Topic {topic}\nContent-Type: text/plain; charset=utf-8\n"
            + $"Content-Transfer-Encoding: 8bit\n\n{string.Concat(Enumerable.Repeat(Words, 3 + i % 5))}\n";
    }
}
