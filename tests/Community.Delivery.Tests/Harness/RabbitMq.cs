using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

[assembly: AssemblyFixture(typeof(Community.Bulk.Tests.Harness.RabbitMq))]

namespace Community.Bulk.Tests.Harness;

/// <summary>One RabbitMQ for the project, with data, ports and name daemon of its own; started when it is first asked for.</summary>
public sealed class RabbitMq : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("community-rabbitmq-").FullName;
    readonly (int Broker, int Nodes, int Names) ports = (Ports.Free(), Ports.Free(), Ports.Free());
    readonly SemaphoreSlim gate = new(1);
    Process? process;

    /// <summary>The broker, with empty queues.</summary>
    public async Task<Bulk.Broker> New()
    {
        await gate.WaitAsync();
        try
        {
            if (process is null) await Start();
            var broker = new Bulk.Broker(new($"amqp://guest:guest@127.0.0.1:{ports.Broker}/"))
            {
                Limit = TimeSpan.FromSeconds(20),
                Rest = TimeSpan.FromMilliseconds(200),
            };
            await using var connection = await broker.Connect("test", default);
            await using var channel = await connection.CreateChannelAsync();
            await EngineQueues.Declare(channel, default);
            foreach (var queue in Enumerable.Range(0, EngineQueues.ChunkQueues).Select(EngineQueues.ChunkQueue)
                .Concat([EngineQueues.ControlQueue, EngineQueues.OutcomeQueue, EngineQueues.DeadQueue]))
                await channel.QueuePurgeAsync(queue);
            return broker;
        }
        finally { gate.Release(); }
    }

    public async Task Start()
    {
        await File.WriteAllTextAsync($"{folder}/plugins", "[].");
        process = Process.Start(Command("rabbitmq-server"))!;
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        var began = Stopwatch.StartNew();
        while (began.Elapsed < TimeSpan.FromMinutes(2))
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, ports.Broker);
                return;
            }
            catch (SocketException) { await Task.Delay(100); }
        throw new InvalidOperationException("RabbitMQ did not start: " + await File.ReadAllTextAsync($"{folder}/rabbit.log"));
    }

    /// <summary>kill -9 of the broker.</summary>
    public void Kill()
    {
        process!.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    ProcessStartInfo Command(string program)
    {
        // The scripts of Debian's package change to another user; those below it do as they are told.
        var bin = Directory.Exists("/usr/lib/rabbitmq/lib")
            ? Directory.GetDirectories("/usr/lib/rabbitmq/lib").Order().LastOrDefault()
            : null;
        if (bin is null) throw new InvalidOperationException("RabbitMQ is not installed: ./test installs it on Debian (rabbitmq-server).");
        var start = new ProcessStartInfo(Path.Combine(bin, "sbin", program))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in new (string, string)[]
        {
            ("HOME", folder),
            ("RABBITMQ_NODENAME", $"test{ports.Broker}@localhost"),
            ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
            ("RABBITMQ_NODE_PORT", ports.Broker.ToString()),
            ("RABBITMQ_DIST_PORT", ports.Nodes.ToString()),
            ("RABBITMQ_MNESIA_BASE", $"{folder}/mnesia"),
            ("RABBITMQ_LOG_BASE", folder),
            ("RABBITMQ_LOGS", $"{folder}/rabbit.log"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", $"{folder}/plugins"),
            ("RABBITMQ_CONFIG_FILE", $"{folder}/rabbit"),
            ("RABBITMQ_ADVANCED_CONFIG_FILE", $"{folder}/advanced.config"),
            ("RABBITMQ_CONF_ENV_FILE", $"{folder}/env"),
            ("RABBITMQ_GENERATED_CONFIG_DIR", $"{folder}/generated"),
            ("RABBITMQ_FEATURE_FLAGS_FILE", $"{folder}/flags"),
            ("RABBITMQ_PID_FILE", $"{folder}/pid"),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"),
            ("ERL_EPMD_PORT", ports.Names.ToString()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1"),
        })
            start.Environment[name] = value;
        return start;
    }

    public void Dispose()
    {
        if (process is null) return;
        if (!process.HasExited) Kill();
        process.Dispose();
        // The daemon of names that the broker has started for itself, on a port of its own.
        using var names = Process.Start(new ProcessStartInfo("epmd", ["-port", ports.Names.ToString(), "-kill"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ERL_EPMD_RELAXED_COMMAND_CHECK"] = "true" },
        });
        names?.WaitForExit();
        Directory.Delete(folder, recursive: true);
    }
}
