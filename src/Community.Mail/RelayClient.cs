using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Community.Mail;

/// <summary>A connection to a relay. Hands messages over and reports for each exactly how far it got.</summary>
/// <remarks>One message at a time; not thread-safe.</remarks>
public sealed class RelayClient : IDisposable
{
    static readonly FormatOptions format = OutgoingMessage.Format();

    readonly Conversation smtp;
    readonly Socket socket;
    readonly RelayLimits limits;
    readonly TimeProvider clock;
    readonly long connectedAt;
    readonly PipelinedDialogue? pipelined;
    OctetsBody? octets;
    long usedAt;

    RelayClient(Conversation smtp, Socket socket, RelayLimits limits, TimeProvider clock)
    {
        (this.smtp, this.socket, this.limits, this.clock) = (smtp, socket, limits, clock);
        connectedAt = usedAt = clock.GetTimestamp();
        if (!smtp.IsSecure && smtp.Capabilities.HasFlag(SmtpCapabilities.Pipelining))
            pipelined = new(socket, smtp.Progress, limits, clock);
    }

    /// <summary>Messages accepted on this connection.</summary>
    public int MessagesSent { get; private set; }

    /// <summary>False when the connection has closed, reached its message limit, or is too old or was idle too long: reconnect.</summary>
    public bool IsUsable => IsOpen && !HasSpoken;

    /// <summary>The same as far as it is known without asking the system, as is done before it is used.</summary>
    public bool IsOpen =>
        smtp.IsConnected
        && MessagesSent < limits.MaxMessages
        && clock.GetElapsedTime(connectedAt) < limits.MaxAge
        && clock.GetElapsedTime(usedAt) < limits.MaxIdle;

    // Under TLS, pending data may just be a session ticket, so it proves nothing.
    bool HasSpoken => !smtp.IsSecure && (pipelined is { HasUnread: true } || socket.Poll(0, SelectMode.SelectRead));

    /// <summary>Connects, starts TLS as the relay's URI demands, and signs in.</summary>
    /// <returns>The connection, or why it failed: always <see cref="SendStatus.NotSent"/>, with a phase up to
    /// <see cref="SmtpPhase.Authenticate"/>.</returns>
    /// <param name="trust">Validates the server's certificate instead of the system.</param>
    /// <param name="mayConnect">Which of the relay's addresses may be connected to; null for all.</param>
    public static async Task<(RelayClient? Client, SendResult? Failure)> Connect(
        SmtpRelay relay,
        RelayLimits? limits = null,
        TimeProvider? clock = null,
        RemoteCertificateValidationCallback? trust = null,
        Func<IPAddress, bool>? mayConnect = null,
        CancellationToken ct = default
    )
    {
        (limits, clock) = (limits ?? RelayLimits.Default, clock ?? TimeProvider.System);
        using var time = new CancellationTokenSource(limits.Connect, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, time.Token);
        // A socket of both families for a name; for an address one of its family, which a source of that family needs.
        var socket = relay.Address is { } of ? new Socket(of.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        var progress = new Progress();
        var smtp = new Conversation(progress)
        {
            Timeout = (int)limits.Command.TotalMilliseconds,
            // The relay's CA may be unreachable behind a firewall, so no revocation check: the system's trust store alone decides.
            CheckCertificateRevocation = false,
            ServerCertificateValidationCallback = trust ?? ((_, _, _, errors) => errors == SslPolicyErrors.None),
        };
        try
        {
            if (relay.From is { } from) socket.Bind(new IPEndPoint(from, 0));
            if (relay.Address is { } address) await socket.ConnectAsync(address, relay.Port, either.Token);
            else if (mayConnect is null) await socket.ConnectAsync(relay.Host, relay.Port, either.Token);
            else await socket.ConnectAsync(await Allowed(relay.Host, mayConnect, either.Token), relay.Port, either.Token);
            // From here on, each reply has its own timeout, and all replies together have one.
            time.CancelAfter(limits.Delivery);
            progress.TlsBegins = () => time.CancelAfter(limits.Tls < limits.Delivery ? limits.Tls : limits.Delivery);
            smtp.LocalDomain = relay.LocalDomain ?? Literal(((IPEndPoint)socket.LocalEndPoint!).Address);
            await smtp.ConnectAsync(socket, relay.Host, relay.Port, relay.Security, either.Token);
            // Use the same dialogue with every server: IDNA addresses, 7-bit, DATA.
            smtp.Capabilities &= SmtpCapabilities.Authentication | SmtpCapabilities.Pipelining | SmtpCapabilities.EnhancedStatusCodes;
            time.CancelAfter(limits.Delivery);
            if (relay.UserName is not null) await SignIn(smtp, socket, relay, either.Token);
            return (new RelayClient(smtp, socket, limits, clock), null);
        }
        catch (Exception error)
        {
            smtp.Dispose();
            socket.Dispose();
            ct.ThrowIfCancellationRequested();
            return (null, WhyNotConnected(error, progress));
        }
    }

    // Connects to the very addresses that were judged: a second look-up may give others.
    static async Task<IPAddress[]> Allowed(string host, Func<IPAddress, bool> mayConnect, CancellationToken ct)
    {
        var allowed = (await Dns.GetHostAddressesAsync(host, ct)).Where(mayConnect).ToArray();
        return allowed.Length > 0 ? allowed : throw new IOException("The relay has no address on the public internet.");
    }

    static async Task SignIn(Conversation smtp, Socket socket, SmtpRelay relay, CancellationToken ct)
    {
        smtp.Progress.Phase = SmtpPhase.Authenticate;
        if (!MaySendPassword(smtp.IsSecure, ((IPEndPoint)socket.RemoteEndPoint!).Address))
            throw new InvalidOperationException("A password goes out under TLS with a verified certificate only.");
        if (relay.UserName!.Contains('\0') || relay.Password?.Contains('\0') == true)
            throw new InvalidOperationException("A name or password for SMTP knows no NUL (RFC 4616 §2).");
        await smtp.AuthenticateAsync(Encoding.UTF8, new NetworkCredential(relay.UserName, relay.Password ?? ""), ct);
    }

    /// <summary>A password is sent only to this machine or over TLS, which implies a verified certificate.</summary>
    public static bool MaySendPassword(bool secure, IPAddress remote) => secure || IPAddress.IsLoopback(remote);

    static SendResult WhyNotConnected(Exception error, Progress progress) => error switch
    {
        SmtpCommandException refused => SendResult.Of(SendStatus.NotSent, progress.Phase, (int)refused.StatusCode, refused.Message),
        AuthenticationException { InnerException: SmtpCommandException refused } =>
            SendResult.Of(SendStatus.NotSent, SmtpPhase.Authenticate, (int)refused.StatusCode, refused.Message),
        AuthenticationException => SendResult.NotSent(SmtpPhase.Authenticate, error.Message),
        SslHandshakeException => SendResult.NotSent(SmtpPhase.StartTls, FirstLine(error)),
        NotSupportedException when progress.Phase < SmtpPhase.Authenticate => SendResult.NotSent(SmtpPhase.StartTls, error.Message),
        OperationCanceledException or TimeoutException => SendResult.NotSent(progress.PhaseOfLoss, "Nothing came in time."),
        _ => SendResult.NotSent(progress.PhaseOfLoss, error.Message),
    };

    // The library's message continues with paragraphs of advice for developers.
    static string FirstLine(Exception error) => (error.InnerException?.Message ?? error.Message).Split('\n')[0];

    /// <summary>Hands over one message to one mailbox.</summary>
    /// <param name="message">Made by <see cref="OutgoingMessage"/>.</param>
    /// <param name="sender">The envelope's return path; empty for none.</param>
    /// <param name="beforeFinalDot">Called when the server has taken all but the text and its dot, or all but the dot: record here that the
    /// message may be delivered. If it throws, the connection is dropped, nothing is delivered, and this method rethrows the
    /// exception.</param>
    /// <param name="ct">Before the final dot: throws, nothing is delivered. After it: <see cref="SendStatus.Ambiguous"/>.</param>
    public Task<SendResult> Deliver(
        MimeMessage message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken ct = default
    )
    {
        if (message.Body is not MailBody body) throw new ArgumentException("A message is made by OutgoingMessage.", nameof(message));
        // One with files may be very long, and the library writes it piece by piece.
        return pipelined is not null && body.IsWritten
            ? Deliver(OutgoingMessage.ToBytes(message), sender, recipient, beforeFinalDot, ct)
            : Deliver(sender, recipient, beforeFinalDot, By(message, body.Dot, format), ct);
    }

    /// <inheritdoc cref="Deliver(MimeMessage, string, string, Func{CancellationToken, Task}?, CancellationToken)"/>
    /// <param name="message">Written by <see cref="MessageOctets"/>; not to be changed meanwhile.</param>
    public async Task<SendResult> Deliver(
        ReadOnlyMemory<byte> message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken ct = default
    )
    {
        if (pipelined is not null)
            return await Deliver(
                sender,
                recipient,
                beforeFinalDot,
                (from, to, commit, time, ct) => pipelined.Hand(message, from, to, commit, time, ct),
                ct
            );
        octets ??= new();
        octets.Hold(message);
        try { return await Deliver(sender, recipient, beforeFinalDot, By(octets.Message, octets.Dot, OctetsBody.Format), ct); }
        finally { octets.Hold(default); }
    }

    /// <summary>Hands over a message from and to addresses as on the wire, and awaits the commit before its dot.</summary>
    /// <returns>The server's reply, which is a yes.</returns>
    delegate Task<(int Code, string Text)> Dialogue(
        string from, string to, Func<Task> commit, CancellationTokenSource time, CancellationToken ct);

    /// <summary>By the library.</summary>
    Dialogue By(MimeMessage message, FinalDot dot, FormatOptions options) => async (from, to, commit, _, ct) =>
    {
        (dot.Started, dot.Before) = (() => smtp.Progress.Phase = SmtpPhase.Body, commit);
        try { return (250, await smtp.SendAsync(options, message, new MailboxAddress(null, from), [new(null, to)], ct)); }
        finally { (dot.Started, dot.Before) = (null, null); }
    };

    async Task<SendResult> Deliver(
        string sender, string recipient, Func<CancellationToken, Task>? beforeFinalDot, Dialogue hand, CancellationToken ct)
    {
        string from, to;
        try { (from, to) = (sender.Length == 0 ? "" : AddressRules.ToWire(sender), AddressRules.ToWire(recipient)); }
        catch (ArgumentException error) { return SendResult.Unwritable(error.Message); }
        var progress = smtp.Progress;
        progress.Begin();
        using var time = new CancellationTokenSource(limits.Delivery, clock);
        using var either = ct.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(ct, time.Token) : null;
        ExceptionDispatchInfo? ours = null;
        try
        {
            if (HasSpoken) throw new IOException("The server ended the connection.");
            var (code, text) = await hand(from, to, Commit, time, (either ?? time).Token);
            MessagesSent++;
            return SendResult.Of(SendStatus.Accepted, SmtpPhase.FinalDot, code, text);
        }
        catch (Exception error)
        {
            var result = Judge(error, progress);
            if (result.Status == SendStatus.Accepted) MessagesSent++;
            if (result.Code is null or 421 || result.Status is SendStatus.NotSent or SendStatus.Ambiguous || pipelined is { IsOver: true })
                Dispose();
            ours?.Throw();
            if (result.Status == SendStatus.NotSent) ct.ThrowIfCancellationRequested();
            return result;
        }
        finally
        {
            usedAt = clock.GetTimestamp();
            if (smtp.IsConnected) smtp.Timeout = (int)limits.Command.TotalMilliseconds;
        }

        async Task Commit()
        {
            try
            {
                if (beforeFinalDot is not null) await beforeFinalDot(ct);
                ct.ThrowIfCancellationRequested();
            }
            catch (Exception error)
            {
                ours = ExceptionDispatchInfo.Capture(error);
                throw;
            }
            // The server disconnected, or replied before the message ended: the dot is never sent, so the outcome is certain.
            if (HasSpoken) throw new IOException("The server left, or spoke before the message ended.");
            progress.Phase = SmtpPhase.FinalDot;
            smtp.Timeout = (int)limits.FinalDot.TotalMilliseconds;
            time.CancelAfter(limits.FinalDot);
        }
    }

    static SendResult Judge(Exception error, Progress progress)
    {
        // The server's reply counts even if the connection closed right after it.
        var (code, text) = error is SmtpCommandException refused ? ((int)refused.StatusCode, refused.Message) : progress.Refusal ?? default;
        if (code is >= 400 and < 600) return SendResult.Rejected(progress.Phase, code, text);
        // The library knows 250 alone; the first digit decides (RFC 5321 §4.2.1).
        if (code is >= 200 and < 300 && progress.Phase == SmtpPhase.FinalDot)
            return SendResult.Of(SendStatus.Accepted, SmtpPhase.FinalDot, code, text);
        var why = error is OperationCanceledException or TimeoutException ? "Nothing came in time." : error.Message;
        return progress.Phase == SmtpPhase.FinalDot ? SendResult.Ambiguous(why) : SendResult.NotSent(progress.Phase, why);
    }

    static string Literal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork) return $"[{address}]";
        return $"[IPv6:{new IPAddress(address.GetAddressBytes())}]"; // drops the scope ID
    }

    public void Dispose()
    {
        smtp.Dispose();
        socket.Dispose();
    }

    /// <summary>MailKit's client, with its progress tracked.</summary>
    sealed class Conversation(Progress progress) : SmtpClient(progress)
    {
        public Progress Progress => progress;

        protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
            progress.Phase = SmtpPhase.RcptTo;

        protected override void OnSenderNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response)
        {
            progress.Refusal = ((int)response.StatusCode, response.Response);
            base.OnSenderNotAccepted(message, mailbox, response);
        }

        // With pipelining, the recipient may be accepted although the sender was rejected.
        protected override void OnRecipientAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response)
        {
            if (progress.Refusal is null) progress.Phase = SmtpPhase.Data;
        }

        protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response)
        {
            progress.Refusal = ((int)response.StatusCode, response.Response);
            base.OnRecipientNotAccepted(message, mailbox, response);
        }

        // OutgoingMessage already built it in its final encoding.
        protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength) { }

        // Otherwise each message would be written twice, once just to compute its size.
        protected override Task<long> GetSizeAsync(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
            Task.FromResult(-1L);
    }

    /// <summary>How far a dialogue got. While connecting, this is derived from the commands that MailKit logs.</summary>
    internal sealed class Progress : IProtocolLogger
    {
        /// <summary>No server has so much to say in one reply. The library would read on until the memory is full.</summary>
        public const int MaxReply = 256 * 1024;

        public static IOException HasNoEnd() => new("The server's answer has no end.");

        int reply;
        bool isUnderTls;

        public Action? TlsBegins { get; set; }

        public SmtpPhase Phase { get; set; } = SmtpPhase.Connect;

        /// <summary>
        /// The phase to which a lost connection belongs. A server that wants a certificate of ours says so only when TLS is already in use
        /// (RFC 8446 §4.4.2.4): what breaks at the first command is still its TLS.
        /// </summary>
        public SmtpPhase PhaseOfLoss => Phase == SmtpPhase.Hello && isUnderTls ? SmtpPhase.StartTls : Phase;

        public (int Code, string Text)? Refusal { get; set; }

        public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

        public void Begin() => (Phase, Refusal) = (SmtpPhase.MailFrom, null);

        public void LogConnect(Uri uri) => Phase = SmtpPhase.Greeting;

        public void LogClient(byte[] buffer, int offset, int count)
        {
            reply = 0;
            if (Phase >= SmtpPhase.Authenticate) return;
            var command = buffer.AsSpan(offset, count);
            if (command.StartsWith("EHLO"u8) || command.StartsWith("HELO"u8))
            {
                isUnderTls |= Phase == SmtpPhase.StartTls;
                Phase = SmtpPhase.Hello;
            }
            else if (command.StartsWith("STARTTLS"u8))
            {
                Phase = SmtpPhase.StartTls;
                TlsBegins?.Invoke();
            }
        }

        public void LogServer(byte[] buffer, int offset, int count)
        {
            reply += count;
            if (reply > MaxReply) throw HasNoEnd();
        }

        public void Dispose() { }
    }
}
