using System.Text.RegularExpressions;

namespace Community.Tests.House;

/// <summary>The documents lead to what is there.</summary>
public sealed partial class DocumentTests
{
    static IEnumerable<string> Documents =>
        Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories));

    [Fact]
    public void Every_link_of_a_document_leads_to_a_file_and_to_a_heading_in_it()
    {
        var broken = new List<string>();
        var seen = 0;
        foreach (var document in Documents)
            foreach (Match link in Link().Matches(Code().Replace(File.ReadAllText(document), "")))
            {
                var target = link.Groups[1].Value;
                if (target.Contains("://") || target.StartsWith("mailto:"))
                    continue;
                seen++;
                var (path, anchor) = target.Split('#') is [var p, var a] ? (p, a) : (target, "");
                var file = path.Length == 0 ? document : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, path));
                if (!File.Exists(file) && !Directory.Exists(file))
                    broken.Add($"{Path.GetFileName(document)} → {target}");
                else if (anchor.Length > 0 && !Headings(file).Contains(anchor))
                    broken.Add($"{Path.GetFileName(document)} → {target}: no such heading");
            }
        Assert.True(seen > 50);
        Assert.Equal([], broken);
    }

    /// <summary>As GitHub makes anchors of headings.</summary>
    static IEnumerable<string> Headings(string file) =>
        Heading().Matches(File.ReadAllText(file))
            .Select(m => NoAnchor().Replace(m.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^()\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?s)```.*?```|`[^`\n]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?m)^#+ (.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NoAnchor();
}
