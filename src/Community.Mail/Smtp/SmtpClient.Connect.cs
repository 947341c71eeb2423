using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Community.Mail.Smtp;

public partial class SmtpClient
{
    private const int SubmissionOverTls = 465;

    /// <summary>Connects, reads the greeting, says EHLO and starts TLS as told.</summary>
    /// <exception cref="SmtpCommandException">The server refused to talk.</exception>
    /// <exception cref="SmtpProtocolException">There is no connection, TLS failed, or STARTTLS was required and not offered.</exception>
    public async Task ConnectAsync(
        string host,
        int port = 587,
        SecureSocketOptions options = SecureSocketOptions.Auto,
        CancellationToken cancellationToken = default
    )
    {
        if (IsConnected) throw new InvalidOperationException("Already connected.");
        if (options == SecureSocketOptions.Auto)
            options = port == SubmissionOverTls ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTlsWhenAvailable;
        try
        {
            var socket = await WithinAsync(
                SmtpPhase.Connect,
                Options.Timeouts.Connect,
                cancellationToken,
                token => OpenAsync(host, port, token)
            );
            _connection = new SmtpConnection(socket) { Log = ProtocolLogger };
            (MessagesSent, _connectedAt) = (0, Options.Clock.GetTimestamp());
            if (options == SecureSocketOptions.SslOnConnect) await SecureAsync(host, cancellationToken);
            Require(await ReadAsync(SmtpPhase.Greeting, Options.Timeouts.Command, cancellationToken), SmtpPhase.Greeting);
            await HelloAsync(cancellationToken);
            await UpgradeAsync(host, options, cancellationToken);
        }
        catch
        {
            Drop();
            throw;
        }
    }

    private static async ValueTask<Socket> OpenAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task HelloAsync(CancellationToken cancellationToken)
    {
        var name = LocalDomain ?? Literal(((IPEndPoint)Connection.Socket.LocalEndPoint!).Address);
        var reply = await CommandAsync($"EHLO {name}", SmtpPhase.Hello, Options.Timeouts.Command, cancellationToken);
        if (reply.Code is >= 500 and < 510)
        {
            Require(await CommandAsync($"HELO {name}", SmtpPhase.Hello, Options.Timeouts.Command, cancellationToken), SmtpPhase.Hello);
            _ehlo = EhloReply.Nothing;
        }
        else _ehlo = EhloReply.Read(Require(reply, SmtpPhase.Hello));
    }

    private async Task UpgradeAsync(string host, SecureSocketOptions options, CancellationToken cancellationToken)
    {
        if (options is not (SecureSocketOptions.StartTls or SecureSocketOptions.StartTlsWhenAvailable)) return;
        if (!Capabilities.HasFlag(SmtpCapabilities.StartTls))
        {
            if (options == SecureSocketOptions.StartTlsWhenAvailable) return;
            throw new SmtpProtocolException(SmtpPhase.StartTls, "The server does not offer STARTTLS.");
        }
        Require(await CommandAsync("STARTTLS", SmtpPhase.StartTls, Options.Timeouts.Command, cancellationToken), SmtpPhase.StartTls);
        _ehlo = EhloReply.Nothing; // said in the clear, by whomever
        await SecureAsync(host, cancellationToken);
        await HelloAsync(cancellationToken);
    }

    private async Task SecureAsync(string host, CancellationToken cancellationToken)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = Validate };
        await WithinAsync(
            SmtpPhase.StartTls,
            Options.Timeouts.Tls,
            cancellationToken,
            async token => await Connection.StartTlsAsync(options, token)
        );
        IsSecure = true;
    }

    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        IsVerified = ServerCertificateValidationCallback?.Invoke(sender, certificate, chain, errors) ?? errors == SslPolicyErrors.None;
        return IsVerified || Options.AllowUnverifiedTls;
    }

    private static string Literal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork) return $"[{address}]";
        return $"[IPv6:{new IPAddress(address.GetAddressBytes())}]"; // without the scope
    }
}
