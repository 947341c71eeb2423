using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Community.Bulk.Tests.Harness;

/// <summary>
/// One RabbitMQ for the project, with data, ports and name daemon of its own; started when it is first asked for. Others are made by tests
/// that kill it or need another: with TLS, or of several nodes.
/// </summary>
public sealed class RabbitMq : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("community-rabbitmq-").FullName;
    readonly (int Broker, int Nodes) ports = (Ports.Free(), Ports.Free());
    readonly SemaphoreSlim gate = new(1);
    Process? process;

    /// <summary>Where nodes on this machine find each other.</summary>
    public int Names { get; init; } = Ports.Free();

    /// <summary>Nodes that are started before this one, which it joins.</summary>
    public IReadOnlyList<RabbitMq> Peers { get; init; } = [];

    /// <summary>With TLS alone, and users by certificate.</summary>
    public TestAuthority? Authority { get; init; }

    /// <summary>In bytes; null for its own.</summary>
    public int? MaxMessageSize { get; init; }

    public string Address => Authority is null ? $"amqp://guest:guest@127.0.0.1:{ports.Broker}/" : Of("web");

    public int Port => ports.Broker;

    /// <summary>With TLS: the address of this node, and of others, as this user has it.</summary>
    public string Of(string user, params IEnumerable<RabbitMq> others) =>
        $"amqps://{string.Join(',', others.Prepend(this).Select(n => "localhost:" + n.Port))}/"
            + $"?cacertfile={Authority!.Ca}&certfile={Authority.File(user)}";

    /// <summary>Without TLS: the address of this node, and of others.</summary>
    public string With(params IEnumerable<RabbitMq> others) =>
        $"amqp://guest:guest@{string.Join(',', others.Prepend(this).Select(n => "127.0.0.1:" + n.Port))}/";

    /// <summary>The broker, with empty queues.</summary>
    public async Task<Bulk.Broker> New()
    {
        await gate.WaitAsync();
        try
        {
            if (process is null) await Start();
            var broker = Bulk.Broker.Parse(Address) with
            {
                Limit = TimeSpan.FromSeconds(20),
                Rest = TimeSpan.FromMilliseconds(200),
            };
            await using var connection = await broker.Connect("test", default);
            await using var channel = await connection.CreateChannelAsync();
            await EngineQueues.Declare(channel, default);
            foreach (var queue in EngineQueues.All)
                await channel.QueuePurgeAsync(queue);
            return broker;
        }
        finally { gate.Release(); }
    }

    public async Task Start()
    {
        await File.WriteAllTextAsync($"{folder}/plugins", Authority is null ? "[]." : "[rabbitmq_auth_mechanism_ssl].");
        await WriteConfiguration();
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

    async Task WriteConfiguration()
    {
        List<string> lines = MaxMessageSize is { } size ? [$"max_message_size = {size}"] : [];
        if (Peers.Count > 0)
        {
            // All nodes have the same secret.
            File.Copy($"{Peers[0].folder}/.erlang.cookie", $"{folder}/.erlang.cookie", overwrite: true);
            lines.Add("cluster_formation.peer_discovery_backend = classic_config");
            lines.AddRange(Peers.Append(this).Select((p, i) => $"cluster_formation.classic_config.nodes.{i + 1} = {p.Node}"));
        }
        if (Authority is not null)
        {
            var own = $$"""
                {cacertfile, "{{Authority.Ca}}"}, {certfile, "{{Authority.File("broker")}}"}, {keyfile, "{{Authority.File("broker")}}"},
                {verify, verify_peer}
                """;
            await File.WriteAllTextAsync(NodesTls, $"[{{server, [{own}, {{fail_if_no_peer_cert, true}}]}}, {{client, [{own}]}}].");
            await File.WriteAllTextAsync($"{folder}/users.json", """
                {
                  "users": [{"name": "community", "password_hash": "", "tags": ""}, {"name": "engine", "password_hash": "", "tags": ""}],
                  "vhosts": [{"name": "/"}],
                  "permissions": [
                    {"user": "community", "vhost": "/", "configure": "^mail\\.", "write": "^mail\\.", "read": "^mail\\."},
                    {"user": "engine", "vhost": "/", "configure": "^mail\\.", "write": "^mail\\.", "read": "^mail\\."}]
                }
                """);
            // As in docs/operating.md, but for the port.
            lines.AddRange([
                "listeners.tcp = none",
                $"listeners.ssl.1 = 127.0.0.1:{ports.Broker}",
                $"ssl_options.cacertfile = {Authority.Ca}",
                $"ssl_options.certfile = {Authority.File("broker")}",
                $"ssl_options.keyfile = {Authority.File("broker")}",
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = true",
                "auth_mechanisms.1 = EXTERNAL",
                "ssl_cert_login_from = common_name",
                $"load_definitions = {folder}/users.json",
            ]);
        }
        await File.WriteAllLinesAsync($"{folder}/rabbit.conf", lines);
    }

    string Node => $"test{ports.Broker}@localhost";

    string NodesTls => $"{folder}/nodes.config";

    /// <summary>Runs <c>rabbitmqctl</c>. It gives up nodes of a busy machine: then again, so what is asked may happen twice.</summary>
    public async Task Ask(params string[] words)
    {
        for (var attempt = 1; ; attempt++)
        {
            var start = Command("rabbitmqctl");
            foreach (var word in words) start.ArgumentList.Add(word);
            using var asked = Process.Start(start)!;
            var (said, failed) = (asked.StandardOutput.ReadToEndAsync(), asked.StandardError.ReadToEndAsync());
            await asked.WaitForExitAsync();
            if (asked.ExitCode == 0) return;
            var why = await said + await failed;
            if (attempt == 3 || !why.Contains("unable to perform an operation", StringComparison.Ordinal))
                throw new InvalidOperationException(why);
        }
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
            ("RABBITMQ_NODENAME", Node),
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
            ("ERL_EPMD_PORT", Names.ToString()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1"),
        })
            start.Environment[name] = value;
        if (Authority is not null)
        {
            // As in docs/operating.md: the nodes among themselves, too.
            var way = $"-pa {Directory.GetDirectories("/usr/lib/erlang/lib", "ssl-*").Order().Last()}/ebin -proto_dist inet_tls"
                + $" -ssl_dist_optfile {NodesTls}";
            start.Environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] += " " + way;
            start.Environment["RABBITMQ_CTL_ERL_ARGS"] = way;
        }
        else
            (start.Environment["RABBITMQ_NODE_IP_ADDRESS"], start.Environment["RABBITMQ_NODE_PORT"]) = (
                "127.0.0.1",
                ports.Broker.ToString()
            );
        return start;
    }

    public void Dispose()
    {
        if (process is null) return;
        if (!process.HasExited) Kill();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
        if (Peers.Count > 0) return;
        // The daemon of names that the broker has started for itself, on a port of its own.
        using var names = Process.Start(new ProcessStartInfo("epmd", ["-port", Names.ToString(), "-kill"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ERL_EPMD_RELAXED_COMMAND_CHECK"] = "true" },
        });
        names?.WaitForExit();
    }
}
