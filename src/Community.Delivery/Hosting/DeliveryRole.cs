using Community.Mail;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Bulk;

/// <summary>The delivery server of this process.</summary>
public sealed class DeliveryRole(EngineLedger ledger, EngineOptions options, ILogger<DeliveryServer> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new DeliveryServer(
            ledger,
            new()
            {
                Name = options.Server,
                Relay = options.IsDirect ? null : SmtpRelay.Parse(options.Relay),
                Direct = options.IsDirect ? options.Direct : new(),
                Keys = EngineKeys.Parse(options.Keys),
                Connections = options.ConnectionsOf,
                TraceEvery = options.TraceEvery,
            },
            logger
        ).Run(stoppingToken);
}
