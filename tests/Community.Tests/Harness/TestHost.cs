using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Community.Members;
using Community.Sites;
using Community.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Community.Tests.Harness;

/// <summary>
/// The real host on a loopback port, with SQLite files in its own folder, or with PostgreSQL if COMMUNITY_TEST_DATABASE says so.
/// All tests share one. A test whose state matters creates its own site; a test that moves the clock starts its own host.
/// </summary>
public sealed class TestHost : IAsyncLifetime
{
    readonly Dictionary<string, string?> settings = [];
    readonly Action<IServiceCollection>? configure;
    WebApplication? app;
    bool stopped;
    static int sites;

    public TestHost() : this(null, null) { }

    TestHost(Dictionary<string, string?>? extra, Action<IServiceCollection>? configure)
    {
        this.configure = configure;
        foreach (var (key, value) in extra ?? []) settings[key] = value;
    }

    public string Data { get; } = Directory.CreateTempSubdirectory("community-test-").FullName;
    /// <summary>The catalogue's connection string; empty on SQLite. A second host with the same one is a second node.</summary>
    public string Database => settings["Community:Database"]!;
    public int Port { get; private set; }
    public TestClock Clock { get; private init; } = new();
    public TestLog Log { get; } = new();
    public IServiceProvider Services => app!.Services;
    public static bool OnPostgreSql => Environment.GetEnvironmentVariable("COMMUNITY_TEST_DATABASE") == "postgresql";

    /// <summary>A host for one test, with other settings, additional services or a clock that can be moved. Dispose of it.</summary>
    public static async Task<TestHost> Start(
        Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? configure = null,
        TestClock? clock = null
    )
    {
        var host = new TestHost(settings, configure) { Clock = clock ?? new() };
        await host.InitializeAsync();
        return host;
    }

    public async ValueTask InitializeAsync()
    {
        Port = int.Parse(settings.GetValueOrDefault("port") ?? Ports.Free().ToString());
        settings.TryAdd("Community:Database", OnPostgreSql ? await PreparedData.NewCatalogue() : "");
        if (settings.TryAdd("Community:Data", Data) && Database.Length == 0) await PreparedData.CopyTo(Data);
        foreach (var (key, value) in Defaults(Port))
            settings.TryAdd(key, value);
        app = CommunityHost.Build(
            ["--urls", $"http://127.0.0.1:{Port}", "--environment", settings.GetValueOrDefault("environment") ?? "Development"],
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(settings);
                builder.Logging.ClearProviders().AddProvider(Log);
                builder.Services.AddSingleton<TimeProvider>(Clock);
                configure?.Invoke(builder.Services);
            }
        );
        await CommunityHost.Prepare(app);
        await app.StartAsync();
    }

    /// <summary>A new site with its own host name. <paramref name="change"/> may edit <see cref="TestSite.Recipe"/>.</summary>
    public async Task<TestSite> NewSite(Action<System.Text.Json.Nodes.JsonObject>? change = null, string culture = "en")
    {
        var recipe = TestSite.Recipe("t" + Interlocked.Increment(ref sites), culture);
        change?.Invoke(recipe);
        var made = Community.Sites.Recipe.Parse(recipe.ToJsonString());
        var site = await Services.GetRequiredService<CreateSite>().From(Community.Sites.Operators.OfMachine, made);
        return new TestSite(this, site);
    }

    /// <summary>The settings of every host in the tests, in this process or in another one.</summary>
    internal static Dictionary<string, string?> Defaults(int port) => new()
    {
        ["Community:Themes"] = Path.Combine(Repository.Root, "themes"),
        ["Community:Recipes"] = Path.Combine(Repository.Root, "recipes"),
        ["Community:PublicScheme"] = "http",
        ["Community:PublicPort"] = port.ToString(),
        ["Community:PasswordIterations"] = "1000",
        ["Community:RegisterSeconds"] = "0",
        ["Community:SamplePassword"] = TestSite.Password,
        ["Community:RateScale"] = "10000",
        ["Community:MailingsPerHour"] = "0",
        ["Community:RelaysInPrivateNetworks"] = "true",
        // Nobody answers there, at once.
        ["Community:DnsResolver"] = "127.0.0.1:9",
    };

    internal string? Setting(string key) => settings[key];

    /// <summary>
    /// Stops the host in an orderly way. Its services stay, so that a test can read the databases while another process works with them.
    /// </summary>
    public Task Stop()
    {
        stopped = true;
        return app!.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            // A second stop would wait for the host's whole shutdown timeout of 30 seconds.
            if (!stopped) await app.StopAsync();
            await app.DisposeAsync();
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        SqliteConnections.Instance.Close();
        try { Directory.Delete(Data, recursive: true); }
        catch (IOException) { /* A late writer holds a file; the system clears its temporary folder. */ }
    }
}
