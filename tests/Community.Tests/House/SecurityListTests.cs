using System.Text.RegularExpressions;

namespace Community.Tests.House;

/// <summary>What the documents say is shown by a test is shown by a test, and no attack is left out.</summary>
public sealed partial class SecurityListTests
{
    static string Doc(string name) => File.ReadAllText(Path.Combine(Repository.Root, "docs", name));
    static readonly string[] docs = ["isolation.md", "security.md", "members.md", "mail.md", "boards.md", "delivery.md"];
    static readonly HashSet<string> named = [.. docs.SelectMany(d => Named().Matches(Doc(d))).Select(m => m.Groups[1].Value)];

    /// <summary>Class.Method of every test in a folder below tests/.</summary>
    static IEnumerable<string> Tests(string folder) =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "tests", folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/") && !f.Contains("/bin/"))
            .SelectMany(f =>
                Test().Matches(File.ReadAllText(f)).Select(m => Path.GetFileNameWithoutExtension(f) + "." + m.Groups[1].Value)
            );

    [Fact]
    public void Every_test_that_is_named_is_there() =>
        Assert.Empty(named.Except(
            Tests("Community.Tests").Concat(Tests("Community.BrowserTests")).Concat(Tests("Community.Mail.Tests"))
                .Concat(Tests("Community.Delivery.Tests"))));

    [Fact]
    public void Every_attack_is_named() =>
        Assert.Empty(
            Tests("Community.Tests/Attacks").Concat(Tests("Community.BrowserTests").Where(t => t.StartsWith("ScriptTests."))).Except(named)
        );

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex Named();

    // Attributes between may take several lines.
    [GeneratedRegex(@"\[\s*(?:OnBothDatabases, )?(?:Fact|Theory)\b(?:(?!\bpublic\b)[\s\S])*public (?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex Test();
}
