using Community.Bulk;
using Community.Kernel;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Community.Web.Hosting;

/// <summary>
/// Metrics and traces of this process by OpenTelemetry, if somebody collects them: OTEL_EXPORTER_OTLP_ENDPOINT and the like.
/// Requests are not traced: their addresses have tokens of members in them.
/// </summary>
static class Telemetry
{
    public static MeterProviderBuilder Meters(MeterProviderBuilder metrics) =>
        metrics
            .AddMeter("Community.Mailing", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql")
            .AddRuntimeInstrumentation();

    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<MetricsOptions>(configuration.GetSection("Community"));
        services.AddSingleton<MetricsDoor>();
        services.AddHostedService(s => s.GetRequiredService<MetricsDoor>());
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 }) return;
        services
            .AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("community-web", serviceInstanceId: configuration["Community:Node"]))
            .WithMetrics(m => Meters(m).AddOtlpExporter())
            .WithTracing(t => t
                .AddSource(EngineTrace.Name)
                .SetSampler(new MailingSampler(configuration.GetValue("Community:TraceRatio", 1.0)))
                .AddOtlpExporter());
    }
}

/// <summary>Which mailings are traced: as every other process decides it, by the identifier alone.</summary>
sealed class MailingSampler(double ratio) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(EngineTrace.IsSampled(samplingParameters.TraceId, ratio) ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
}
