using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace Community.Tests.Crashes;

/// <summary>
/// An installation that is killed and restarted with the same data, address and port: alternately the real program in its own process,
/// which can die, and a host in the test process, whose clock can be advanced past leases. Sessions and open forms survive both.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    readonly Dictionary<string, string?> settings;
    readonly List<TestHost> hosts = [];
    readonly List<Killable> programs = [];

    Installation(Dictionary<string, string?> settings) => this.settings = settings;

    /// <summary>The latest host in the test process. While the program runs, it is stopped and only serves database access.</summary>
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

    /// <summary>Starts a host in the test process on the existing data.</summary>
    public async Task<TestHost> StartHost(TimeSpan ahead, Dictionary<string, string?>? also = null)
    {
        var clock = new TestClock();
        clock.Advance(ahead);
        hosts.Add(await TestHost.Start(With(also), clock: clock));
        return Host;
    }

    /// <summary>Runs the real program instead of the host; it dies at the named places (see <see cref="Faults"/>).</summary>
    public async Task<Killable> Run(string dieAt = "", Dictionary<string, string?>? also = null)
    {
        await Host.Stop();
        var program = new Killable(With(new(also ?? []) { ["Community:DieAt"] = dieAt }));
        programs.Add(program);
        await program.Ready();
        return program;
    }

    /// <summary>The same, after the host has been stopped, without waiting until it answers.</summary>
    public Killable Begin(string dieAt)
    {
        var program = new Killable(With(new() { ["Community:DieAt"] = dieAt }));
        programs.Add(program);
        return program;
    }

    /// <summary>What the database's sessions do and wait for, to explain a failure; empty on SQLite.</summary>
    public async Task<string> Sessions()
    {
        if (!TestHost.OnPostgreSql) return "";
        await using var connection = new NpgsqlConnection(Host.Setting("Community:Database"));
        await connection.OpenAsync();
        await using var query = new NpgsqlCommand(
            """
            SELECT pid || ' ' || coalesce(state, '') || ' ' || coalesce(wait_event, '') || ' by ' || pg_blocking_pids(pid)::text
                || ' since ' || coalesce(query_start::text, '') || ': ' || left(query, 200)
            FROM pg_stat_activity WHERE state <> 'idle'
            """,
            connection
        );
        await using var rows = await query.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync()) lines.Add(rows.GetString(0));
        return string.Join('\n', lines);
    }

    /// <summary>Runs one of the program's commands in its own process, which dies at the named places.</summary>
    public Killable Command(string dieAt, params string[] arguments)
    {
        var program = new Killable(With(new() { ["Community:DieAt"] = dieAt }), arguments);
        programs.Add(program);
        return program;
    }

    /// <summary>The same site on the latest host.</summary>
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

/// <summary>The program as installed, in its own process; killed on disposal if it is still alive.</summary>
public sealed class Killable : IAsyncDisposable
{
    readonly Process process;
    readonly int port;
    readonly ConcurrentQueue<string> lines = new();
    bool isDisposed;

    /// <param name="settings">Those of the installation.</param>
    /// <param name="command">A command with its arguments; null for the server.</param>
    public Killable(IReadOnlyDictionary<string, string?> settings, IReadOnlyList<string>? command = null)
    {
        port = int.Parse(settings["port"]!);
        // With SIGXFSZ ignored, exceeding the file size limit is a write error, as on a full disk, and does not kill the program.
        var start = new ProcessStartInfo(
            "sh",
            [
                "-c", "trap '' XFSZ; exec dotnet \"$0\" \"$@\"", Repository.Program,
                .. command ?? ["--urls", $"http://127.0.0.1:{port}"],
            ]
        )
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var environment = start.Environment;
        environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        environment["Logging__LogLevel__Default"] = "Error";
        // The process is too short-lived for anything to pay off that makes its code faster later: so it takes two fifths less of the
        // processor.
        environment["DOTNET_TieredPGO"] = "0";
        environment["DOTNET_TC_CallCounting"] = "0";
        environment["DOTNET_EnableWriteXorExecute"] = "0";
        environment["DOTNET_GCgen0size"] = "0x4000000";
        environment["DOTNET_hostBuilder__reloadConfigOnChange"] = "false";
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
    public bool HasEnded => process.HasExited;
    public string Said => string.Join('\n', lines);

    public async Task Ready()
    {
        using var http = new HttpClient();
        // It starts in three seconds on an idle machine; beside the rest of the suite on two cores it has taken more than sixty.
        for (var end = DateTime.UtcNow.AddSeconds(180); DateTime.UtcNow < end && !process.HasExited; await Task.Delay(20))
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
        Assert.Fail($"The program {(process.HasExited ? $"ended with {process.ExitCode}" : "did not answer within 180 s")}: {Said}");
    }

    /// <summary>Waits until it has reached a place where it waits to die, or is dead.</summary>
    public Task At(string place) =>
        TestSite.Until(
            () => Task.FromResult(process.HasExited || lines.Any(l => l.EndsWith("Waits to die at " + place))),
            $"it came to {place}: {Said}"
        );

    /// <summary>Asserts that it died at its place, by SIGKILL and nothing else.</summary>
    public async Task Dead()
    {
        var code = await Ended();
        Assert.True(code == 137, $"{code}: {Said}");
    }

    /// <summary>Waits until it has ended by itself, or died. With which code.</summary>
    public async Task<int> Ended()
    {
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        try { await process.WaitForExitAsync(time.Token); }
        catch (OperationCanceledException) { Assert.Fail("The program has not ended: " + Said); }
        return process.ExitCode;
    }

    /// <summary>Kills it now, as by kill -9.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        if (!process.HasExited)
            await Kill();
        process.Dispose();
    }
}
