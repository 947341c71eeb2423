using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using Community.Tests.Harness;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Community.Benchmarks;

/// <summary>A process that is measured: the host, or the floor. It answers on <see cref="Port"/>.</summary>
sealed class Server : IAsyncDisposable
{
    readonly Process process;
    readonly TcpClient control = new();
    readonly List<string> output = [];
    StreamReader reader = null!;
    StreamWriter writer = null!;

    public int Port { get; }
    public TimeSpan StartUp { get; private set; }
    public int Id => process.Id;

    Server(Process process, int port) => (this.process, Port) = (process, port);

    /// <summary>The host as it is shipped, on a data folder, quiet, without limits of rate.</summary>
    public static Task<Server> Host(string data, string database = "", Dictionary<string, string>? settings = null)
    {
        var all = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Logging__LogLevel__Default"] = "Error",
            ["Logging__LogLevel__Microsoft"] = "Error",
            ["Community__Data"] = data,
            ["Community__Database"] = database,
            ["Community__Themes"] = Path.Combine(Places.Root, "themes"),
            ["Community__Recipes"] = Path.Combine(Places.Root, "recipes"),
            ["Community__PublicScheme"] = "http",
            ["Community__ConsoleHost"] = "console.localhost",
            ["Community__RateScale"] = "1000000",
            ["Community__Relay"] = "smtp://127.0.0.1:9",
        };
        foreach (var (key, value) in settings ?? [])
            all[key] = value;
        return Start(
            Path.Combine(AppContext.BaseDirectory, "Community.Web.dll"),
            port => ["--urls", $"http://127.0.0.1:{port}"],
            all,
            "/healthz"
        );
    }

    /// <summary>The hand-written endpoints beside which the host is measured.</summary>
    public static Task<Server> Floor(string specification) =>
        Start(
            Path.Combine(AppContext.BaseDirectory, "Community.Benchmarks.dll"),
            port => ["floor", "--urls", $"http://127.0.0.1:{port}", "--spec", specification],
            new() { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["Logging__LogLevel__Default"] = "Error" },
            "/ready"
        );

    static async Task<Server> Start(string program, Func<int, string[]> arguments, Dictionary<string, string> environment, string ready)
    {
        int port = Ports.Free(),
            controlPort = Ports.Free();
        var start = new ProcessStartInfo("dotnet", [program, .. arguments(port)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        start.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "Community.Benchmarks.dll");
        start.Environment["COMMUNITY_BENCH_CONTROL"] = controlPort.ToString();
        var clock = Stopwatch.StartNew();
        var server = new Server(Process.Start(start)!, port);
        server.process.OutputDataReceived += server.Keep;
        server.process.ErrorDataReceived += server.Keep;
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        while (true)
        {
            if (server.process.HasExited) throw new InvalidOperationException($"{program} ended: {string.Join('\n', server.output)}");
            try { if ((await http.GetAsync($"http://127.0.0.1:{port}{ready}")).IsSuccessStatusCode) break; }
            catch (HttpRequestException) { await Task.Delay(5); }
        }
        server.StartUp = clock.Elapsed;
        await server.control.ConnectAsync(IPAddress.Loopback, controlPort);
        server.reader = new StreamReader(server.control.GetStream());
        server.writer = new StreamWriter(server.control.GetStream()) { AutoFlush = true };
        return server;
    }

    void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text) lock (output) output.Add(text);
    }

    string Ask(string command)
    {
        writer.WriteLine(command);
        return reader.ReadLine() ?? throw new InvalidOperationException("The server is gone: " + string.Join('\n', output));
    }

    public ProcessUse Use() => JsonSerializer.Deserialize<ProcessUse>(Ask("use"))!;
    public ProcessUse Collect() => JsonSerializer.Deserialize<ProcessUse>(Ask("collect"))!;

    /// <summary>The statements of what is done meanwhile.</summary>
    public async Task<List<Statement>> Record(Func<Task> work)
    {
        Ask("record");
        await work();
        return JsonSerializer.Deserialize<List<Statement>>(Ask("recorded"))!;
    }

    /// <summary>The statements that a request sends to the site's database, without those of the work in the background.</summary>
    public async Task<List<Statement>> RecordRequest(Func<Task> request)
    {
        var sent = await Record(request);
        return sent.FindAll(s => s.OfRequest && (s.Source.Contains("bench/site.db") || s.Source.Contains("_bench")));
    }

    /// <summary>
    /// Waits until start-up is over: new sites have their first jobs to do, as to index all posts, and the just-in-time compiler compiles
    /// what was used.
    /// </summary>
    public async Task Settle()
    {
        var before = Use();
        for (var quiet = 0; quiet < 3;)
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            var now = Use();
            quiet = now.CpuMs - before.CpuMs < 250 ? quiet + 1 : 0;
            before = now;
        }
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}

static class Places
{
    public static string Root { get; } = FindRoot();
    /// <summary>Data that is made once and used again until the schema changes; may be deleted.</summary>
    public static string Artifacts { get; } = Fresh(Path.Combine(Root, "artifacts", "bench"));

    static string Fresh(string folder)
    {
        var newest = typeof(Community.Data.Sqlite.SqliteDatabases)
            .Assembly.GetTypes()
            .Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id)
            .Where(id => id is not null)
            .Max()!;
        var mine = Path.Combine(folder, newest.Split('_')[0]);
        if (Directory.Exists(folder))
            foreach (var old in Directory.GetDirectories(folder).Where(d => d != mine))
                Directory.Delete(old, recursive: true);
        return Directory.CreateDirectory(mine).FullName;
    }

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Community.sln")))
            folder =
                Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The repository's root is not above the program.");
        return folder;
    }
}
