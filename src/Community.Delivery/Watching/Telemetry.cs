using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Community.Bulk;

/// <summary>
/// Metrics and traces of this process by OpenTelemetry, if somebody collects them: OTEL_EXPORTER_OTLP_ENDPOINT and the like.
/// </summary>
static class Telemetry
{
    public static MeterProviderBuilder Meters(MeterProviderBuilder metrics) =>
        metrics.AddMeter(EngineMeter.Name).AddMeter("Npgsql").AddRuntimeInstrumentation();

    public static void Add(IServiceCollection services, EngineOptions options)
    {
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is not { Length: > 0 }) return;
        services
            .AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("community-delivery", serviceInstanceId: options.Server))
            .WithMetrics(m => Meters(m).AddOtlpExporter())
            .WithTracing(t => t.AddSource(EngineTrace.Name).SetSampler(new MailingSampler(options.TraceRatio)).AddOtlpExporter());
    }
}

/// <summary>Which mailings are traced: as every other process decides it, by the identifier alone.</summary>
sealed class MailingSampler(double ratio) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(EngineTrace.IsSampled(samplingParameters.TraceId, ratio) ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
}
