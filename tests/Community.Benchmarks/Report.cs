using System.Globalization;
using System.Text;

namespace Community.Benchmarks;

/// <summary>Tables for the console and docs/performance.md, and whether the aims are met.</summary>
sealed class Report
{
    const string End = "<!-- end -->";
    readonly List<(string Part, StringBuilder Text)> parts = [];
    int met, aims;
    readonly List<string> missed = [];

    /// <summary>What follows belongs to this part, one of <see cref="Rows.All"/>.</summary>
    public void Begin(string part) => parts.Add((part, new()));

    public void Section(string title, string words, params string[] columns)
    {
        Console.WriteLine($"\n### {title}");
        Write($"\n{words}\n");
        Write("| " + string.Join(" | ", columns) + " |");
        Write("| --- |" + string.Concat(Enumerable.Repeat(" ---: |", columns.Length - 1)));
    }

    public void Row(params string[] cells) => Write("| " + string.Join(" | ", cells) + " |");

    /// <summary>An aim of a figure, and the cell that says so.</summary>
    public string Aim(string what, bool reached, string shown)
    {
        aims++;
        if (reached) met++;
        else missed.Add($"{what}: {shown}");
        return reached ? shown : $"**{shown}** ✗";
    }

    public void Line(string line) => Write("\n" + line);

    void Write(string line)
    {
        parts[^1].Text.AppendLine(line);
        Console.WriteLine(line);
    }

    /// <param name="write">
    /// Also puts each part's tables between its marks in docs/performance.md. What is written beside them by hand stays.
    /// </param>
    public bool Finish(bool write)
    {
        Console.WriteLine($"\n{met} of {aims} aims reached." + (missed.Count > 0 ? " Missed: " + string.Join("; ", missed) + "." : ""));
        if (write) Keep();
        return missed.Count == 0;
    }

    void Keep()
    {
        var file = Path.Combine(Places.Root, "docs", "performance.md");
        var page = File.ReadAllText(file);
        foreach (var (part, text) in parts)
        {
            var begin = $"<!-- ./bench {part} --write -->";
            var from = page.IndexOf(begin, StringComparison.Ordinal);
            if (from < 0) throw new InvalidOperationException($"{file} has no place for {part}: {begin} … {End}");
            from += begin.Length;
            var to = page.IndexOf(End, from, StringComparison.Ordinal);
            page = page[..from] + "\n" + text + "\n" + Machine() + page[to..];
        }
        File.WriteAllText(file, page);
    }

    static string Machine()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Measured on {DateTime.UtcNow:d MMMM yyyy}, {Environment.ProcessorCount} cores, {memory:0} GB, "
                + $"{Environment.OSVersion.VersionString}, .NET {Environment.Version}.\n"
        );
    }
}

static class Shown
{
    public static string N(this double value) => value switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
    public static string KB(this double bytes) => (bytes / 1024).N();
}
