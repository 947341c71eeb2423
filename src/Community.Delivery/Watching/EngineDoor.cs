using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Community.Bulk;

/// <summary>
/// What the engine answers over HTTP: figures and the draining of servers for the operator's console, metrics for Prometheus. Never on
/// a member site's domain, and without a token only on this machine.
/// </summary>
public sealed class EngineDoor(EngineOptions options, EngineLedger ledger, EngineFigures? figures, ILogger<EngineDoor> logger)
    : IHostedService, IAsyncDisposable
{
    /// <summary>Of rules, in the console.</summary>
    const int MaxChanges = 100;

    static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    WebApplication? app;

    /// <summary>Where it listens; null if it does not.</summary>
    public Uri? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Listen.Length == 0) return;
        var builder = WebApplication.CreateSlimBuilder();
        // Its certificate stands in Kestrel__Certificates__Default__Path and __KeyPath.
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            // A rule with fifty domains and its note.
            k.Limits.MaxRequestBodySize = 64 * 1024;
        });
        builder.WebHost.UseUrls(options.Listen);
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(o =>
        {
            foreach (var converter in EngineJson.Options.Converters) o.SerializerOptions.Converters.Add(converter);
        });
        builder.Services.AddOpenTelemetry().WithMetrics(m => Telemetry.Meters(m).AddPrometheusExporter());
        app = builder.Build();
        app.Use(Admit);
        app.MapPrometheusScrapingEndpoint();
        if (figures is not null) MapConsole(app, figures);
        await app.StartAsync(cancellationToken);
        Address = new(app.Urls.First());
        logger.LogInformation("The engine's figures and metrics are at {Address}", Address);
    }

    async Task Admit(HttpContext http, RequestDelegate next)
    {
        if (options.Token.Length > 0)
        {
            var given = Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString());
            if (
                !CryptographicOperations.FixedTimeEquals(
                    SHA256.HashData(given),
                    SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + options.Token))
                )
            )
            {
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
                http.Response.Headers.WWWAuthenticate = "Bearer";
                return;
            }
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(patience);
        http.RequestAborted = limit.Token;
        try { await next(http); }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            logger.LogWarning("{Path}: {Error}", http.Request.Path.Value, error.Message);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    void MapConsole(IEndpointRouteBuilder routes, EngineFigures of)
    {
        var console = routes.MapGroup("/console");
        console.MapGet("", (CancellationToken ct) => of.Overview(ct));
        console.MapGet("/mailings/{id:long}", async (long id, CancellationToken ct) => Found(await of.Offer(id, ct)));
        // Names stand in the query: a slash in a path would not come back as it was.
        console.MapGet("/server", async (string name, CancellationToken ct) => Found(await of.Server(name, ct)));
        console.MapGet("/destinations", (CancellationToken ct) => of.Destinations(ct));
        console.MapGet("/destination", async (string domain, CancellationToken ct) => Found(await of.Destination(domain, ct)));
        console.MapGet("/dead-letters", (CancellationToken ct) => of.DeadLetters(ct));
        console.MapPut("/draining", async (string name, CancellationToken ct) => Done(await DrainServer.Set(ledger, name, true, ct)));
        console.MapDelete("/draining", async (string name, CancellationToken ct) => Done(await DrainServer.Set(ledger, name, false, ct)));

        var rules = new KeepDestinationRules(ledger);
        console.MapGet("/rules", async (CancellationToken ct) =>
            Found(new RuleList(await rules.All(ct), await rules.History(MaxChanges, ct))));
        console.MapPut("/rules", async (RuleEdit edit, CancellationToken ct) =>
            Found(new RuleAnswer(await rules.Save(edit.Rule, edit.Rev, edit.By, ct))));
        console.MapPut("/rules/removed", async (RuleEdit edit, CancellationToken ct) =>
            Found(new RuleAnswer(await rules.Remove(edit.Rule.Name, edit.Rev, edit.By, ct))));

        static IResult Found<T>(T? value) => value is null ? Results.NotFound() : Results.Json(value, EngineJson.Options);
        static IResult Done(bool found) => found ? Results.NoContent() : Results.NotFound();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (app is not null) await app.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null) await app.DisposeAsync();
    }
}
