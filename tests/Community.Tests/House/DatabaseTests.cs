using System.Text.RegularExpressions;

namespace Community.Tests.House;

/// <summary>Which tests must run on both databases. All others run on SQLite alone: pages look the same on either.</summary>
public sealed partial class DatabaseTests
{
    /// <summary>Their subject is what the database does: every test in them runs on both.</summary>
    static readonly string[] folders =
    [
        "Boards/Unread",
        "Boards/Paging",
        "Boards/Visibility",
        "Crashes/",
        "Kernel/WorkQueue",
        "Kernel/Upgrade",
    ];

    const string once =
        "what a process had not committed when it died is gone: KilledTests, ImportKilledTests and LoadTests show it on both, and where "
        + "the work begins again is the same code";

    /// <summary>What looks as if it depended on the database, and why it does not.</summary>
    static readonly Dictionary<string, string> exceptions = new()
    {
        ["Crashes/ArrangingKilledTests"] = once,
        ["Crashes/BoardImportKilledTests"] = once,
        ["Crashes/ClearingKilledTests"] = once,
        ["Crashes/ClockBackTests"] = "the clock of the process is put back; the rows are read by SystemMailTests and SendTests on both",
        ["Crashes/DiskFullTests"] = "a limit of the file's size stops SQLite; PostgreSQL is another process",
        ["Crashes/HandOffKilledTests"] = "a dead process keeps its lease for a minute on PostgreSQL; HandOffHistoryTests tries both",
        ["Crashes/MembersKilledTests"] = once,
        ["Crashes/ReturnKilledTests"] = once,
        ["Crashes/RelayTests"] = "the relay breaks, not the database",
        ["DoorTests.Who_drips_a_request_is_cut_off_and_nobody_else_waits"] = "the requests never reach a database",
        ["MailingKilledTests.Killed_thirty_times_at_random_nobody_is_left_out_and_nobody_gets_it_twice"] =
            "the stages of one message are tried on both beside it, and ./bench kills kills a thousand times on both",
        ["RightsTests.An_erasure_that_fails_half_way_changes_nothing_says_why_and_is_done_when_the_cause_is_repaired"] =
            "the trigger that makes it fail is SQLite's",
        ["VisitorCacheTests.Many_who_ask_at_once_are_given_what_was_made_for_the_first"] = "kept pages are in the memory of the host",
        ["PageCostTests.A_members_page_takes_little_memory_and_four_queries"] = "many requests, one after the other, to warm up",
        ["SystemMailAttackTests.No_field_of_a_form_becomes_a_header_or_a_recipient"] = "many mails at once, to be quick",
    };

    [Fact]
    public void What_depends_on_the_database_runs_on_both()
    {
        var missing = new List<string>();
        var seen = 0;
        foreach (
            var file in Directory.EnumerateFiles(
                Path.Combine(Repository.Root, "tests", "Community.Tests"),
                "*Tests.cs",
                SearchOption.AllDirectories
            )
        )
        {
            var name = Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "Community.Tests"), file).Replace('\\', '/');
            if (name.StartsWith("House/") || exceptions.ContainsKey(name[..^3])) continue;
            var source = File.ReadAllText(file);
            var parts = Test().Split(source);
            if (parts[0].Contains("[OnBothDatabases")) continue;
            var all = folders.Any(name.StartsWith);
            foreach (var part in parts.Skip(1).Where(p => all || Depends().IsMatch(p.Split("\n    }\n")[0])))
            {
                seen++;
                var test = $"{Path.GetFileNameWithoutExtension(file)}.{Method().Match(part).Groups[1].Value}";
                if (!part.StartsWith("    [OnBothDatabases") && !exceptions.ContainsKey(test)) missing.Add(test);
            }
        }
        Assert.True(seen > 10, "the tests are not written as this law reads them any more");
        Assert.True(
            missing.Count == 0,
            "Two things at once, SQL of its own, or a folder about the database: mark each with [OnBothDatabases], or write down in "
                + $"{nameof(DatabaseTests)} why not:\n{string.Join('\n', missing)}"
        );
    }

    [GeneratedRegex(@"(?m)^(?=    \[(?:OnBothDatabases, )?(?:Fact|Theory))")]
    private static partial Regex Test();

    [GeneratedRegex(@"Task\.WhenAll|Parallel\.|ExecuteSql|FromSql|SqlQuery|OnPostgreSql|UpgradeSite")]
    private static partial Regex Depends();

    [GeneratedRegex(@"\n    public (?:async )?[\w<>]+ (\w+)\(")]
    private static partial Regex Method();
}
