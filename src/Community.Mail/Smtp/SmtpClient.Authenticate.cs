using System.Net;
using System.Text;

namespace Community.Mail.Smtp;

public partial class SmtpClient
{
    private const int Challenge = 334, MechanismUnknown = 504;

    /// <summary>Logs in by PLAIN with an initial response, else by LOGIN (RFC 4954, RFC 4616). Does not say EHLO again.</summary>
    /// <exception cref="InvalidOperationException">The connection is neither under TLS with a verified certificate nor to
    /// loopback, or the server offers no mechanism known here.</exception>
    /// <exception cref="SmtpCommandException">Refused: 535 for a wrong password.</exception>
    public async Task AuthenticateAsync(string userName, string password, CancellationToken cancellationToken = default)
    {
        if (userName.Contains('\0') || password.Contains('\0'))
            throw new ArgumentException("PLAIN knows no NUL (RFC 4616 §2).", nameof(userName));
        var remote = ((IPEndPoint)Connection.Socket.RemoteEndPoint!).Address;
        if (!MayAuthenticate(IsSecure, IsVerified, remote))
            throw new InvalidOperationException("A password goes out under TLS with a verified certificate only.");
        var plain = _ehlo.Mechanisms.Contains("PLAIN");
        var login = _ehlo.Mechanisms.Contains("LOGIN");
        if (!plain && !login) throw new InvalidOperationException("The server offers neither PLAIN nor LOGIN.");
        var reply = plain ? await PlainAsync(userName, password, cancellationToken) : null;
        if (reply is null || (reply.Code == MechanismUnknown && login)) reply = await LoginAsync(userName, password, cancellationToken);
        Require(reply, SmtpPhase.Authenticate);
        IsAuthenticated = true;
    }

    internal static bool MayAuthenticate(bool secure, bool verified, IPAddress remote) =>
        (secure && verified) || IPAddress.IsLoopback(remote);

    private async Task<SmtpReply> PlainAsync(string userName, string password, CancellationToken cancellationToken)
    {
        var response = Base64($"\0{userName}\0{password}");
        var reply = await SecretAsync($"AUTH PLAIN {response}", "AUTH PLAIN ", cancellationToken);
        return reply.Code == Challenge ? await SecretAsync(response, "", cancellationToken) : reply;
    }

    private async Task<SmtpReply> LoginAsync(string userName, string password, CancellationToken cancellationToken)
    {
        var reply = await CommandAsync("AUTH LOGIN", SmtpPhase.Authenticate, Options.Timeouts.Command, cancellationToken);
        if (reply.Code == Challenge) reply = await SecretAsync(Base64(userName), "", cancellationToken);
        if (reply.Code == Challenge) reply = await SecretAsync(Base64(password), "", cancellationToken);
        return reply;
    }

    private Task<SmtpReply> SecretAsync(string line, string shown, CancellationToken cancellationToken) =>
        CommandAsync(line, SmtpPhase.Authenticate, Options.Timeouts.Command, cancellationToken, shown);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
