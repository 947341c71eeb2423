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
            options.IsDirect
                ? new() { Name = options.Server, Relay = null, Direct = options.Direct, Connections = options.Connections }
                : new() { Name = options.Server, Relay = SmtpRelay.Parse(options.Relay), Connections = options.Connections },
            logger
        ).Run(stoppingToken);
}
