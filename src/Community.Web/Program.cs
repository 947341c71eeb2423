using Community.Kernel;
using Community.Sites;
using Community.Web;
using Community.Web.Hosting;
using Microsoft.Extensions.Options;

// For every pattern of the process that names no timeout of its own: text that makes one backtrack without end costs one request.
AppContext.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(5));

if (CommandLine.Wants(args)) return await CommandLine.Run(args, CommunityHost.ForCommand, HostModules.All);

IConfiguration settings = new ConfigurationBuilder().Build();
try
{
    // Turns the switch "--samples" into a setting with a value.
    await using var app = CommunityHost.Build(
        [.. args.Select(a => a == "--samples" ? "--Community:Samples=true" : a)],
        builder => settings = builder.Configuration
    );
    await CommunityHost.Prepare(app);
    app.Lifetime.ApplicationStarted.Register(() =>
    {
        app.Logger.LogInformation("Community {Version} has started", ProgramVersion.Current);
        if (StartProblem.Warning(app.Services.GetRequiredService<IOptions<CommunityOptions>>().Value) is { } warning)
            app.Logger.LogWarning("{Warning}", warning);
        _ = Welcome.Print(app);
    });
    await app.RunAsync();
    return 0;
}
catch (Exception error) when (StartProblem.Explain(error, settings) is { } text)
{
    await Console.Error.WriteLineAsync("community: " + text);
    return 1;
}
