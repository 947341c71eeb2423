using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace Community.Web.Hosting;

/// <summary>Section <c>Community</c>: where Prometheus may ask.</summary>
public sealed class MetricsOptions
{
    /// <summary>Such as <c>http://127.0.0.1:9464</c>, or <c>https://10.0.0.4:9464</c>; empty for nowhere.</summary>
    public string MetricsListen { get; set; } = "";

    /// <summary>Whoever asks has to know it. May be empty only on this machine's own address.</summary>
    public string MetricsToken { get; set; } = "";
}

/// <summary>
/// Metrics of this process for Prometheus, on an address and port of their own: never on a site's domain, where they would tell all sites
/// of each other.
/// </summary>
public sealed class MetricsDoor(IOptions<MetricsOptions> options, ILogger<MetricsDoor> logger) : IHostedService, IAsyncDisposable
{
    WebApplication? app;

    /// <summary>Where it listens; null if it does not.</summary>
    public Uri? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var (listen, token) = (options.Value.MetricsListen, options.Value.MetricsToken);
        if (listen.Length == 0) return;
        if (!Uri.TryCreate(listen, UriKind.Absolute, out var at) || at.Scheme is not ("http" or "https"))
            throw new FormatException("Community:MetricsListen is written http://127.0.0.1:9464 or https://address:port.");
        if (!at.IsLoopback && (at.Scheme is "http" || token.Length == 0))
            throw new FormatException("Community:MetricsListen on an address of a network is https, and wants a Community:MetricsToken.");
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.AddServerHeader = false);
        builder.WebHost.UseUrls(listen);
        builder.Logging.ClearProviders();
        builder.Services.AddOpenTelemetry().WithMetrics(m => Telemetry.Meters(m).AddPrometheusExporter());
        app = builder.Build();
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + token));
        app.Use(async (http, next) =>
        {
            var given = SHA256.HashData(Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()));
            if (token.Length == 0 || CryptographicOperations.FixedTimeEquals(given, expected)) await next(http);
            else (http.Response.StatusCode, http.Response.Headers.WWWAuthenticate) = (StatusCodes.Status401Unauthorized, "Bearer");
        });
        app.MapPrometheusScrapingEndpoint();
        await app.StartAsync(cancellationToken);
        Address = new(app.Urls.First());
        logger.LogInformation("Metrics are at {Address}metrics", Address);
    }

    public Task StopAsync(CancellationToken cancellationToken) => app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => app?.DisposeAsync() ?? ValueTask.CompletedTask;
}
