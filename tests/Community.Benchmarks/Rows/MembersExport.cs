using System.Diagnostics;
using System.Globalization;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>All members of <see cref="MembersSearch"/>'s site as a file, with every column.</summary>
static class MembersExport
{
    /// <summary>What an export may add to the process, however many members there are.</summary>
    const double MaxMegabytes = 100;

    public static async Task Measure(Report report)
    {
        report.Section(
            "Exporting members",
            $"All {MembersSearch.Count:N0} members of that site with every column, each file in a process of its own. Working set before "
                + "the export, when 8 MB of the file are written, and the most in all; what it adds is aimed to stay below "
                + $"{MaxMegabytes} MB.",
            "database", "file", "rows a second", "before, MB", "at 8 MB, MB", "peak, MB", "added, MB"
        );
        foreach (var (name, folder, database) in await MembersSearch.Made())
            foreach (var format in Enum.GetNames<ExportFormat>())
            {
                var numbers = await InProcess(folder, database, format);
                var added = numbers[3] - numbers[1];
                report.Row(
                    name,
                    format,
                    (MembersSearch.Count / numbers[0]).N(),
                    numbers[1].N(),
                    numbers[2].N(),
                    numbers[3].N(),
                    report.Aim($"export, {name}, {format}, memory", added <= MaxMegabytes, added.N())
                );
            }
    }

    static async Task<double[]> InProcess(string folder, string database, string format)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] arguments = [typeof(MembersExport).Assembly.Location, "export-run", folder, database, format];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        // As in the product's own settings.
        (start.Environment["DOTNET_gcServer"], start.Environment["DOTNET_GCConserveMemory"]) = ("0", "5");
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException(said);
        return [.. said.Trim().Split('\n')[^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
    }

    public static async Task RunHere(string folder, string database, string format)
    {
        using var host = Data.Open(folder, database);
        var site = (await host.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var numbers = await host.Services.GetRequiredService<SiteScopes>().Run(site, async s =>
        {
            var (db, exports) = (s.GetRequiredService<SiteDb>(), s.GetRequiredService<ExportFound>());
            var admin = Reader.Visitor with { Id = await db.Members.Where(m => m.Role == "administrator").Select(m => m.Id).FirstAsync() };
            var all = await db.Members.CountAsync();
            string[] own = ["name", "email", "joined", "state", "groups", "tags"];
            string[] columns = [.. own, .. Enumerable.Range(0, 10).Select(i => "attribute:a" + i)];
            // What the first export of a process needs of code is not what its size costs.
            var one = Chosen.By(OwnConditions.Role.With(new("administrator")));
            await exports.Write(await Begin(one), Stream.Null, default);
            GC.Collect();
            var (before, marked) = (Megabytes(p => p.WorkingSet64), 0.0);
            var clock = Stopwatch.StartNew();
            var export = await Begin(Chosen.Everybody);
            await exports.Write(export, new Counting(() => marked = marked > 0 ? marked : Megabytes(p => p.WorkingSet64)), default);
            return (double[])[clock.Elapsed.TotalSeconds, before, marked, Megabytes(p => p.PeakWorkingSet64)];

            async Task<Export> Begin(Chosen chosen) =>
                await exports.Begin(admin, chosen, Enum.Parse<ExportFormat>(format), columns, "upkeep", new Problems(), default)
                ?? throw new InvalidOperationException("The export is refused.");
        });
        Console.WriteLine(string.Join(' ', numbers.Select(n => n.ToString(CultureInfo.InvariantCulture))));
    }

    static double Megabytes(Func<Process, long> of)
    {
        using var process = Process.GetCurrentProcess();
        return of(process) / 1024.0 / 1024;
    }

    /// <summary>Throws away what is written, and tells once that so much is there.</summary>
    sealed class Counting(Action onMark) : Stream
    {
        const long Mark = 8 * 1024 * 1024;
        long written;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => written;
        public override long Position { get => written; set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (written < Mark && written + count >= Mark) onMark();
            written += count;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (written < Mark && written + buffer.Length >= Mark) onMark();
            written += buffer.Length;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}
