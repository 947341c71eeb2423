using System.Diagnostics;
using System.Runtime.InteropServices;
using Community.Data.PostgreSql;
using Community.Data.Sqlite;
using Community.Mailing;
using Community.Web;

namespace Community.Benchmarks;

/// <summary>
/// A process that sends the direct mail of an installation and does nothing else: the product's own sender, without the web server around
/// it, whose start takes ten times as long as what a killed process does. It waits before it sends, so that the next one starts while the
/// one before still lives.
/// </summary>
sealed class KilledSender : IDisposable
{
    readonly Process process;
    readonly Task<string> output, errors;

    KilledSender(Process process)
    {
        this.process = process;
        (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <param name="program">See <see cref="Publish"/>.</param>
    /// <param name="settings">Of the host.</param>
    public static KilledSender Start(string program, Dictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [program, "send", .. settings.Select(s => $"--{s.Key}={s.Value}")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // It lives for a second: nothing pays off that makes its code faster later.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return new(Process.Start(start)!);
    }

    /// <summary>Lets it send.</summary>
    public void Release() => process.StandardInput.WriteLine();

    /// <summary>Waits until it died as by kill -9; false if it still lives after this time.</summary>
    /// <exception cref="InvalidOperationException">It ended in another way.</exception>
    public async Task<bool> Died(TimeSpan within)
    {
        using var time = new CancellationTokenSource(within);
        try { await process.WaitForExitAsync(time.Token); }
        catch (OperationCanceledException) when (time.IsCancellationRequested) { return false; }
        return process.ExitCode == 137
            ? true : throw new InvalidOperationException($"The sender ended with {process.ExitCode}: {await output}{await errors}");
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>
    /// This program compiled ahead, where that can be had: of a start from scratch the just-in-time compiler is more than half.
    /// </summary>
    public static async Task<string> Publish()
    {
        var folder = Path.Combine(Places.Artifacts, "sender");
        await Run.Read(
            "dotnet",
            [
                "publish", Path.Combine(Places.Root, "tests", "Community.Benchmarks"), "-c", "Release", "-r",
                RuntimeInformation.RuntimeIdentifier, "--self-contained", "false", "-p:PublishReadyToRun=true", "-v", "q", "--nologo",
                "--artifacts-path", Path.Combine(Places.Artifacts, "published"), "-o", folder,
            ]
        );
        return Path.Combine(folder, "Community.Benchmarks.dll");
    }

    // ---- In the process itself

    public static async Task RunHere(string[] settings)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine(settings).Build();
        var services = new ServiceCollection();
        services.AddLogging(l => l.AddConsole().SetMinimumLevel(LogLevel.Error));
        services.AddSingleton<IConfiguration>(configuration);
        services.AddCommunity(configuration, HostModules.All);
        services.AddSingleton<Databases>(s =>
            configuration["Community:Database"] is { Length: > 0 } database
                ? new PostgreSqlDatabases(database, s.GetRequiredService<ModuleList>(), s.GetRequiredService<ILoggerFactory>())
                : new SqliteDatabases(
                    configuration["Community:Data"]!, s.GetRequiredService<ModuleList>(), s.GetRequiredService<ILoggerFactory>()));
        await using var host = services.BuildServiceProvider();
        var sender = ActivatorUtilities.CreateInstance<MailingSender>(host);
        // What does not depend on what the one before has left: EF's models.
        var site = (await host.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        await host.GetRequiredService<SiteScopes>().Run(site, s => Task.FromResult(s.GetRequiredService<SiteDb>().Model));
        if (await Console.In.ReadLineAsync() is null) return;
        await sender.StartAsync(default);
        await Task.Delay(Timeout.Infinite);
    }
}
