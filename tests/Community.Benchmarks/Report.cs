using System.Globalization;
using System.Text;

namespace Community.Benchmarks;

/// <summary>Tables for the console and docs/performance.md, and whether the aims are met.</summary>
sealed class Report
{
    const string Begin = "<!-- figures: written by ./bench --write -->", End = "<!-- end of figures -->";
    readonly StringBuilder text = new();
    int met, aims;
    readonly List<string> missed = [];

    public void Section(string title, string words, params string[] columns)
    {
        Write($"\n### {title}\n\n{words}\n");
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
        text.AppendLine(line);
        Console.WriteLine(line);
    }

    public bool Finish(bool write)
    {
        Write($"\n{met} of {aims} aims reached." + (missed.Count > 0 ? " Missed: " + string.Join("; ", missed) + "." : ""));
        if (write) Keep();
        return missed.Count == 0;
    }

    void Keep()
    {
        var file = Path.Combine(Places.Root, "docs", "performance.md");
        var page = File.ReadAllText(file);
        var from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = page.IndexOf(End, StringComparison.Ordinal);
        File.WriteAllText(file, page[..from] + "\n\n" + Machine() + text + "\n" + page[to..]);
    }

    static string Machine()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Measured on {DateTime.UtcNow:d MMMM yyyy}, {Environment.ProcessorCount} cores, {memory:0} GB, {Environment.OSVersion.VersionString}, .NET {Environment.Version}.\n"
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
