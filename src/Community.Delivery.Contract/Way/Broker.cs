using System.Net.Security;
using System.Security.Authentication;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Community.Bulk;

/// <summary>Where the broker is, how both ends are proven, and how long anything asked of it may take.</summary>
/// <remarks>The client's own recovery is off: its publishes may hang for ever after a restart of the broker
/// (rabbitmq/rabbitmq-dotnet-client#1930). Every await has a limit of ours; after it the connection is thrown away.</remarks>
public sealed record Broker
{
    const string Form =
        "is written amqps://HOST,HOST/?cacertfile=FILE&certfile=FILE, or amqps://USER:PASSWORD@HOST/?cacertfile=FILE;"
        + " amqp:// only for a broker on this machine";

    readonly Dictionary<string, string> files;

    /// <inheritdoc cref="Parse(string)"/>
    public Broker(Uri address) : this([address]) { }

    Broker(IReadOnlyList<Uri> addresses)
    {
        Addresses = addresses;
        files = addresses[0]
            .Query.TrimStart('?')
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('=', 2))
            .DistinctBy(p => p[0])
            .ToDictionary(p => p[0], p => Uri.UnescapeDataString(p.ElementAtOrDefault(1) ?? ""));
        if (files.Keys.FirstOrDefault(k => k is not ("cacertfile" or "certfile" or "keyfile")) is { } unknown)
            throw new FormatException($"A broker has no setting {unknown}.");
        if (Address.Scheme == "amqp" && files.Count > 0) throw new FormatException("Certificates are for amqps://.");
        if (Address.Scheme == "amqp" && addresses.FirstOrDefault(a => !PeerCertificates.IsThisMachine(a.Host)) is { } other)
            throw new FormatException($"The broker {other.Host} is not this machine, and nothing goes there without TLS: it {Form}.");
    }

    /// <summary>
    /// Reads a broker's setting. The parameters are those of RabbitMQ's URIs: <c>cacertfile</c> the authorities that count (else those of
    /// the system), <c>certfile</c> our certificate, with its key in the same file or in <c>keyfile</c>. With a certificate and no user
    /// the certificate signs in. Of several hosts, the nodes of a cluster, whichever answers is used.
    /// </summary>
    /// <exception cref="FormatException">Not such a setting. The message does not repeat it: it may contain a password.</exception>
    public static Broker Parse(string setting)
    {
        var begin = setting.IndexOf("://", StringComparison.Ordinal) + 3;
        if (begin < 3 || setting[..begin] is not ("amqp://" or "amqps://")) throw new FormatException($"A broker {Form}.");
        var end = setting.IndexOfAny(['/', '?'], begin) is var found and >= 0 ? found : setting.Length;
        var hosts = setting.LastIndexOf('@', end - 1, end - begin) + 1 is var at and > 0 ? at : begin;
        var addresses = setting[hosts..end]
            .Split(',')
            .Select(h => Uri.TryCreate(setting[..hosts] + h + setting[end..], UriKind.Absolute, out var uri) && uri.Host.Length > 0
                ? uri
                : throw new FormatException($"A broker {Form}."))
            .ToList();
        return new(addresses);
    }

    public IReadOnlyList<Uri> Addresses { get; }

    /// <summary>The first of them.</summary>
    public Uri Address => Addresses[0];

    /// <summary>For each answer of the broker.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After a failure.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>To one of the nodes, whichever answers.</summary>
    /// <exception cref="IOException">None does. The message says of each why, without a password.</exception>
    public async Task<IConnection> Connect(string name, CancellationToken ct)
    {
        var first = Random.Shared.Next(Addresses.Count);
        List<string> reasons = [];
        for (var i = 0; i < Addresses.Count; i++)
            try
            {
                return await Connect(Addresses[(first + i) % Addresses.Count], name, ct);
            }
            catch (Exception error) when (!ct.IsCancellationRequested) { reasons.Add(error.Message); }
        throw new IOException(string.Join(" ", reasons));
    }

    async Task<IConnection> Connect(Uri address, string name, CancellationToken ct)
    {
        var isTls = address.Scheme == "amqps";
        var peer = $"{address.Host}:{(address.Port > 0 ? address.Port : isTls ? 5671 : 5672)}";
        using var own = files.GetValueOrDefault("certfile") is { } file
            ? PeerCertificates.Own(file, files.GetValueOrDefault("keyfile"))
            : null;
        var user = address.UserInfo.Split(':', 2);
        var factory = new ConnectionFactory
        {
            HostName = address.DnsSafeHost,
            VirtualHost = address.AbsolutePath is "" or "/" ? "/" : Uri.UnescapeDataString(address.AbsolutePath[1..]),
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            ClientProvidedName = name,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = Limit,
            ContinuationTimeout = Limit,
        };
        if (address.Port > 0) factory.Port = address.Port;
        if (user[0].Length > 0)
            (factory.UserName, factory.Password) = (
                Uri.UnescapeDataString(user[0]),
                Uri.UnescapeDataString(user.ElementAtOrDefault(1) ?? "")
            );
        else if (own is not null)
            factory.AuthMechanisms = [new ExternalMechanismFactory()];
        if (isTls)
            factory.Ssl = new(address.DnsSafeHost, enabled: true)
            {
                Version = SslProtocols.None,
                CertificateValidationCallback = PeerCertificates.Prove(peer, files.GetValueOrDefault("cacertfile")),
                ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
            };
        try
        {
            return await factory.CreateConnectionAsync(ct).WaitAsync(Limit, ct);
        }
        catch (Exception error) when (!ct.IsCancellationRequested) { throw new IOException(Why(error, peer, own?.Subject), error); }
    }

    static string Why(Exception error, string peer, string? own)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
            switch (cause)
            {
                // What PeerCertificates says names the peer.
                case AuthenticationException when cause.Message.Contains(peer, StringComparison.Ordinal): return cause.Message;
                case AuthenticationFailureException:
                    return $"{peer} does not let us in: is there a user {own ?? "with this password"}? ({cause.Message})";
            }
        var reason = error.Reason();
        return own is null
            ? $"{peer}: {reason}"
            : $"{peer}: {reason} If it is there, is this its port for TLS (listeners.ssl), and is our certificate of its authority?";
    }

    /// <summary>Lets go of a connection, whatever state it is in, without waiting for it.</summary>
    public static void Drop(IConnection? connection)
    {
        if (connection is null) return;
        _ = Task.Run(async () =>
        {
            try { await connection.AbortAsync(); }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // It is gone; that is what was wanted.
            }
            connection.Dispose();
        });
    }
}
