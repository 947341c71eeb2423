using System.Reflection;
using System.Text.RegularExpressions;

namespace Community.Tests.House;

public sealed partial class CrashTests
{
    [Fact]
    public void Every_promise_in_docs_crashes_has_a_test_of_that_name()
    {
        var named = TestName()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "crashes.md")))
            .Select(m => m.Groups[1].Value)
            .Distinct()
            .ToList();
        var present = typeof(CrashTests)
            .Assembly.GetTypes()
            .SelectMany(t => t.GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null).Select(m => $"{t.Name}.{m.Name}"))
            .ToHashSet();
        Assert.True(named.Count > 10);
        Assert.Empty(named.Except(present));
        Assert.Empty(
            present
                .Where(p =>
                    typeof(CrashTests)
                        .Assembly.GetTypes()
                        .Any(t => t.Namespace == "Community.Tests.Crashes" && p.StartsWith(t.Name + ".", StringComparison.Ordinal))
                )
                .Except(named)
        );
    }

    [Fact]
    public void Only_a_duplicate_is_taken_for_done_when_saving_fails()
    {
        var sources = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".razor");
        var blind = sources.SelectMany(f =>
            File.ReadLines(f)
                .Where(l => l.Contains("catch (DbUpdateException") && !l.Contains("IsDuplicate()"))
                .Select(l => $"{Path.GetFileName(f)}: {l.Trim()}")
        );
        Assert.Empty(blind);
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
