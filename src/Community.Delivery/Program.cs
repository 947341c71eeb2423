using Community.Bulk;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

if (args is ["keys"])
{
    EngineCommands.Keys(Console.Out);
    return 0;
}
var builder = Host.CreateApplicationBuilder();
// Secrets that systemd keeps for the process: a file each, with the name of its setting.
if (Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } secrets)
    builder.Configuration.AddKeyPerFile(secrets, optional: true);
builder.Services.AddSystemd();
var options = builder.Configuration.GetSection("Engine").Get<EngineOptions>() ?? new();
try
{
    options.Check();
}
catch (FormatException error)
{
    Console.Error.WriteLine("engine: " + error.Message);
    return 2;
}
await using var ledger = EngineLedger.Open(options.Database);
try
{
    await ledger.Migrate();
}
catch (Exception error) when (error is NpgsqlException or TimeoutException)
{
    Console.Error.WriteLine("engine: the ledger (Engine:Database) cannot be used: " + error.Reason());
    return 1;
}
if (await EngineCommands.Run(ledger, args, Console.Out) is { } code) return code;
builder.Services.AddSingleton(options).AddSingleton(ledger);
// Messages in hand are finished first.
builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));
builder.Services.AddSingleton(_ => new EngineWatch(
    ledger, options.Has("control") ? Broker.Parse(options.Broker) : null, options.Data, options.CertificateFiles));
if (options.Has("control")) builder.Services.AddSingleton<EngineFigures>();
builder.Services.AddHostedService(s => new EngineDoor(
    options, ledger, s.GetService<EngineFigures>(), s.GetRequiredService<ILogger<EngineDoor>>()));
Telemetry.Add(builder.Services, options);
if (options.Has("control")) builder.Services.AddHostedService<DeliveryControl>();
if (options.Has("delivery")) builder.Services.AddHostedService<DeliveryRole>();
var host = builder.Build();
// Before the first command and the first lease: what an earlier life was allowed is void then.
if (await LedgerPosition.Check(ledger, options.Data))
    host.Services.GetRequiredService<ILogger<EngineLedger>>()
        .LogCritical("The ledger was set back: all that was under way is frozen until a person has looked.");
await host.RunAsync();
return 0;
