using System.Net;
using System.Net.Security;
using System.Text;

namespace Community.Mail.Smtp;

/// <summary>Hands messages to a mail server (RFC 5321), and says for each exactly how far it got.</summary>
/// <remarks>One conversation at a time; not for use from several threads at once. After a <see cref="SmtpProtocolException"/>
/// it is disconnected and may connect anew.</remarks>
public partial class SmtpClient : IDisposable
{
    private SmtpConnection? _connection;
    private EhloReply _ehlo = EhloReply.Nothing;
    private long _connectedAt, _usedAt;

    public SmtpClient(SmtpClientOptions? options = null, ProtocolLogger? protocolLogger = null) =>
        (Options, ProtocolLogger) = (options ?? new(), protocolLogger);

    public SmtpClientOptions Options { get; }

    public ProtocolLogger? ProtocolLogger { get; }

    public bool IsConnected => _connection is not null;

    public bool IsAuthenticated { get; private set; }

    /// <summary>True under TLS.</summary>
    public bool IsSecure { get; private set; }

    /// <summary>True under TLS with a certificate that holds for the host.</summary>
    public bool IsVerified { get; private set; }

    /// <summary>What the server offered last; after STARTTLS only what it said under TLS.</summary>
    public SmtpCapabilities Capabilities => _ehlo.Capabilities;

    /// <summary>The longest message in octets the server takes (RFC 1870), or null if it did not say.</summary>
    public long? MaxSize => _ehlo.MaxSize;

    /// <summary>Messages accepted on this connection.</summary>
    public int MessagesSent { get; private set; }

    /// <summary>True when the connection took its number of messages, is old, or lay idle for long: connect anew.</summary>
    public bool IsSpent => !IsConnected || MessagesSent >= Options.MaxMessages
        || Options.Clock.GetElapsedTime(_connectedAt) >= Options.MaxAge || Options.Clock.GetElapsedTime(_usedAt) >= Options.MaxIdle;

    /// <summary>
    /// The name said in EHLO: a full domain or an address literal. Null takes the literal of the own end of the connection.
    /// </summary>
    /// <exception cref="ArgumentException">It holds anything but letters, digits, dots, hyphens, or a literal in brackets.</exception>
    public string? LocalDomain
    {
        get;
        set
        {
            var bare = value is ['[', .., ']'] ? value[1..^1] : value;
            if (
                bare is not null
                && (
                    bare.Length is 0 or > 255
                    || !bare.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' || (c == ':' && value![0] == '['))
                )
            )
                throw new ArgumentException("The name for EHLO is a domain or an address literal (RFC 5321 §4.1.3).", nameof(value));
            field = value;
        }
    }

    /// <summary>Judges the server's certificate in place of the system. Return true to take it.</summary>
    public RemoteCertificateValidationCallback? ServerCertificateValidationCallback { get; set; }

    /// <summary>Asks whether the server is still there.</summary>
    /// <exception cref="SmtpException">It is not, or it refuses.</exception>
    public async Task NoOpAsync(CancellationToken cancellationToken = default)
    {
        await RequireQuietAsync(SmtpPhase.NoOp);
        Require(await CommandAsync("NOOP", SmtpPhase.NoOp, Options.Timeouts.Reset, cancellationToken), SmtpPhase.NoOp);
    }

    /// <summary>Ends the conversation; with <paramref name="quit"/> it says QUIT and does not wait for an answer.</summary>
    public async Task DisconnectAsync(bool quit, CancellationToken cancellationToken = default)
    {
        try
        {
            if (quit && IsConnected)
                await WithinAsync(
                    SmtpPhase.Quit,
                    Options.Timeouts.Reset,
                    cancellationToken,
                    async token =>
                    {
                        await WriteAsync("QUIT", token);
                        return 0;
                    }
                );
        }
        catch (SmtpProtocolException) { } // it is over either way
        finally { Drop(); }
    }

    private protected void Drop()
    {
        _connection?.Dispose();
        _connection = null;
        _ehlo = EhloReply.Nothing;
        IsAuthenticated = IsSecure = IsVerified = _needsReset = false;
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Drop();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}
