using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Community.Tests.House;

/// <summary>What operators install from deploy: systemd's and nftables' own programs judge it.</summary>
public sealed partial class DeployTests
{
    static string Folder(string name) => Path.Combine(Repository.Root, "deploy", name);

    static (int Code, string Said) Run(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var run = Process.Start(start)!;
        var said = run.StandardError.ReadToEndAsync();
        var all = run.StandardOutput.ReadToEnd() + said.Result;
        run.WaitForExit();
        return (run.ExitCode, all);
    }

    [Fact]
    public void Units_are_what_systemd_takes_and_keep_what_is_ours_apart_from_the_system()
    {
        if (!File.Exists("/usr/bin/systemd-analyze")) Assert.Skip("systemd-analyze is not installed.");
        var units = Directory.GetFiles(Folder("systemd")).Where(f => f.EndsWith(".service") || f.EndsWith(".timer")).ToList();
        Assert.True(units.Count >= 4);
        var copies = Directory.CreateTempSubdirectory("community-units-").FullName;
        try
        {
            // The programs are not installed here.
            foreach (var unit in units)
                File.WriteAllText(
                    Path.Combine(copies, Path.GetFileName(unit)),
                    Program().Replace(File.ReadAllText(unit), "ExecStart=/bin/true")
                );
            var (code, said) = Run("systemd-analyze", ["verify", .. Directory.GetFiles(copies)]);
            var ours = said.Split('\n').Where(l => l.Contains("community")).ToList();
            Assert.True(code == 0 || ours.Count == 0, said);
            Assert.Equal([], ours);
            foreach (var unit in Directory.GetFiles(copies, "*.service").Where(u => !u.Contains("certificates")))
            {
                // 0 is best; a unit without a word about it has 9.6.
                var (_, judged) = Run("systemd-analyze", "security", "--offline=true", unit);
                Assert.True(double.Parse(Level().Match(judged).Groups[1].Value) < 3, judged);
                // Under a ProtectProc the runtime does not see that its parent is systemd, and the unit would start for ever (tools/units).
                var words = File.ReadAllText(unit);
                Assert.True(!words.Contains("Type=notify") || !words.Contains("\nProtectProc="), unit);
            }
        }
        finally { Directory.Delete(copies, recursive: true); }
    }

    [Fact]
    public void Rules_of_the_network_are_what_nftables_takes()
    {
        if (!File.Exists("/usr/sbin/nft")) Assert.Skip("nftables is not installed.");
        if (Environment.UserName != "root") Assert.Skip("nft looks at rules as root alone.");
        var files = Directory.GetFiles(Folder("nftables.d")).Where(f => !f.EndsWith("machines.nft")).ToList();
        Assert.Equal(6, files.Count);
        foreach (var file in files)
        {
            var (code, said) = Run("/usr/sbin/nft", "-c", "-I", Folder(""), "-f", file);
            Assert.True(code == 0, said);
            var rules = File.ReadAllText(file);
            Assert.Equal(3, Dropped().Count(rules));
            // From anywhere only the proxy is asked.
            var open = Input().Match(rules).Value.Split('\n').Where(l => l.Contains("dport") && !l.Contains("saddr")).ToList();
            Assert.Equal(file.EndsWith("proxy.nft") ? 2 : 0, open.Count);
        }
    }

    [Fact]
    public void The_guide_names_every_file_of_deploy()
    {
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operating.md"));
        Assert.Equal(
            [],
            Directory.GetFiles(Folder("systemd")).Concat(Directory.GetDirectories(Folder("systemd")))
                .Select(Path.GetFileName).Where(f => !guide.Contains(f!.Replace(".service", "").Replace(".d", "")))
        );
    }

    [GeneratedRegex("(?m)^ExecStart=\\S+")]
    private static partial Regex Program();

    [GeneratedRegex(@"exposure level for .*: ([0-9.]+)")]
    private static partial Regex Level();

    [GeneratedRegex("policy drop;")]
    private static partial Regex Dropped();

    [GeneratedRegex(@"(?s)chain input \{.*?\n    \}")]
    private static partial Regex Input();
}
