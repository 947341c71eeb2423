using System.Text.RegularExpressions;

namespace Community.Tests.House;

/// <summary>docs/tour.md leads to files that are there.</summary>
public sealed partial class TourTests
{
    static readonly string[] modules = ["Boards", "Search", "Notifications", "Statistics", "Members", "Mailing", "Sites", "Themes"];
    static readonly string[] projects = ["Kernel", "Ui", "Data", "Web", "Mail", "Delivery", "Delivery.Contract"];

    static string[] Lines => File.ReadAllLines(Path.Combine(Repository.Root, "docs", "tour.md"));

    [Fact]
    public void Every_path_that_the_tour_names_is_there()
    {
        var missing = new List<string>();
        var paths = 0;
        foreach (var line in Lines)
        {
            var folder = "";
            foreach (var name in Names(line))
            {
                var path = name.Contains('/') || modules.Contains(name) || projects.Contains(name) ? Full(name) : folder + "/" + name;
                folder = path[..Math.Max(0, path.LastIndexOf('/'))];
                paths++;
                if (!File.Exists(Path.Combine(Repository.Root, path)) && !Directory.Exists(Path.Combine(Repository.Root, path)))
                    missing.Add(path);
            }
            missing.AddRange(
                Link().Matches(line).Select(m => "docs/" + m.Groups[1].Value).Where(f => !File.Exists(Path.Combine(Repository.Root, f)))
            );
        }
        Assert.True(paths > 60);
        Assert.Equal([], missing);
    }

    static IEnumerable<string> Names(string line) => Quoted().Matches(line).Select(m => m.Groups[1].Value.TrimEnd('/'));

    static string Full(string name)
    {
        var first = name.Split('/')[0];
        return modules.Contains(first) ? "src/Modules/Community." + name : projects.Contains(first) ? "src/Community." + name : name;
    }

    // Between backticks: what has a slash, or ends as a file does; no address, no call.
    [GeneratedRegex(@"`((?:\w[\w.]*/)+[\w.]*|\w+(?:\.\w+)*\.(?:cs|razor|json))(?: NAME)?`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\(([\w.-]+\.md)\)")]
    private static partial Regex Link();
}
