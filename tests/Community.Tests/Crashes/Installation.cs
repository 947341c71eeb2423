using System.Collections.Concurrent;
using System.Diagnostics;

namespace Community.Tests.Crashes;

/// <summary>
/// An installation that is killed and started again on the same data, address and port: by turns the real program in a process of its own,
/// which can die, and a host in the tests' process, whose clock can be put forward past leases. Sessions and open forms outlive both.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    readonly Dictionary<string, string?> settings;
    readonly List<TestHost> hosts = [];
    readonly List<Killable> programs = [];

    Installation(Dictionary<string, string?> settings) => this.settings = settings;

    /// <summary>The latest host of the tests' process; while the program runs, it has stopped and only looks into the databases.</summary>
    public TestHost Host => hosts[^1];

    public static async Task<Installation> Start(Dictionary<string, string?>? settings = null)
    {
        var installation = new Installation(settings ?? []);
        await installation.StartHost(TimeSpan.Zero);
        foreach (var key in new[] { "Community:Data", "Community:Database" })
            installation.settings[key] = installation.Host.Setting(key);
        installation.settings["port"] = installation.Host.Port.ToString();
        return installation;
    }

    /// <summary>A host in the tests' process takes up what is there.</summary>
    public async Task<TestHost> StartHost(TimeSpan ahead, Dictionary<string, string?>? also = null)
    {
        var clock = new TestClock();
        clock.Advance(ahead);
        hosts.Add(await TestHost.Start(With(also), clock: clock));
        return Host;
    }

    /// <summary>The real program, in place of the host; dies at the places that are named (see <see cref="Faults"/>).</summary>
    public async Task<Killable> Run(string dieAt = "", Dictionary<string, string?>? also = null)
    {
        await Host.Stop();
        var program = new Killable(With(new(also ?? []) { ["Community:DieAt"] = dieAt }));
        programs.Add(program);
        await program.Ready();
        return program;
    }

    /// <summary>The same site, at the latest host.</summary>
    public TestSite Now(TestSite site) => new(Host, site.Site);

    Dictionary<string, string?> With(Dictionary<string, string?>? also)
    {
        var all = new Dictionary<string, string?>(settings);
        foreach (var (key, value) in also ?? [])
            all[key] = value;
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in programs)
            await program.DisposeAsync();
        foreach (var host in Enumerable.Reverse(hosts))
            await host.DisposeAsync();
    }
}

/// <summary>The program as it is installed, in a process of its own, killed in the end if it has not died before.</summary>
public sealed class Killable : IAsyncDisposable
{
    readonly Process process;
    readonly int port;
    readonly ConcurrentQueue<string> lines = new();

    public Killable(IReadOnlyDictionary<string, string?> settings)
    {
        port = int.Parse(settings["port"]!);
        // A write over a limit of the file's size is then an error as on a full disk, and no signal that ends the program.
        var start = new ProcessStartInfo(
            "sh",
            ["-c", "trap '' XFSZ; exec dotnet \"$0\" --urls \"$1\"", Repository.Program, $"http://127.0.0.1:{port}"]
        )
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var environment = start.Environment;
        environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        environment["Logging__LogLevel__Default"] = "Error";
        // It does not live long enough to be worth measuring for the compiler: it starts a fifth sooner.
        environment["DOTNET_TieredPGO"] = "0";
        foreach (var (key, value) in TestHost.Defaults(port))
            environment[key.Replace(":", "__")] = value;
        foreach (var (key, value) in settings)
            environment[key.Replace(":", "__")] = value;
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => lines.Enqueue(e.Data ?? "");
        process.ErrorDataReceived += (_, e) => lines.Enqueue(e.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;
    string Said => string.Join('\n', lines);

    public async Task Ready()
    {
        using var http = new HttpClient();
        for (var end = DateTime.UtcNow.AddSeconds(60); DateTime.UtcNow < end && !process.HasExited; await Task.Delay(20))
        {
            try
            {
                if ((await http.GetAsync($"http://127.0.0.1:{port}/healthz")).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            { /* Not yet. */
            }
        }
        Assert.Fail("The program did not start: " + Said);
    }

    /// <summary>Until it has come to a place where it waits to die, or is dead.</summary>
    public Task At(string place) =>
        TestSite.Until(
            () => Task.FromResult(process.HasExited || lines.Any(l => l.EndsWith("Waits to die at " + place))),
            $"it came to {place}: {Said}",
            60
        );

    /// <summary>It died at its place, by SIGKILL and nothing else.</summary>
    public async Task Dead()
    {
        await TestSite.Until(() => Task.FromResult(process.HasExited), "the program has died", 60);
        Assert.True(process.ExitCode == 137, $"{process.ExitCode}: {Said}");
    }

    /// <summary>kill -9, now.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await Kill();
        process.Dispose();
    }
}
