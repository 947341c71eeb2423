using System.Net;
using System.Text.RegularExpressions;
using MailKit.Security;

namespace Community.Mail;

/// <summary>The relay for outgoing mail, as an administrator writes it: <c>smtp://user:password@host:587?tls=required</c>.</summary>
/// <remarks><c>smtps://</c> means implicit TLS, port 465. <c>tls=required</c> (the default, except on loopback), <c>tls=available</c>
/// or <c>tls=none</c>; <c>helo=name</c> sets the EHLO name. User and password are percent-encoded.</remarks>
public sealed partial class SmtpRelay
{
    [GeneratedRegex(@"^(?:[A-Za-z0-9.-]{1,255}|\[[A-Za-z0-9.:-]{1,253}\])\z", RegexOptions.CultureInvariant)]
    private static partial Regex HelloName();

    public required string Host { get; init; }

    /// <summary>Default 587; 465 for smtps; 25 on loopback.</summary>
    public required int Port { get; init; }

    public SecureSocketOptions Security { get; init; } = SecureSocketOptions.StartTls;

    /// <summary>Null to send without authentication.</summary>
    public string? UserName { get; init; }

    public string? Password { get; init; }

    /// <summary>Connects to this address of the host, which has to prove <see cref="Host"/> all the same; null looks the name up.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Our address from which to connect; null lets the system choose.</summary>
    public IPAddress? From { get; init; }

    /// <summary>The EHLO name; null for the IP address of our end of the connection.</summary>
    public string? LocalDomain { get; init; }

    /// <summary>The same way without TLS.</summary>
    internal SmtpRelay WithoutTls =>
        new() { Host = Host, Port = Port, Address = Address, From = From, LocalDomain = LocalDomain, Security = SecureSocketOptions.None };

    /// <exception cref="FormatException">Not such a URI. The message does not repeat it: it may contain a password.</exception>
    public static SmtpRelay Parse(string uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out var parsed)
            ? Parse(parsed)
            : throw new FormatException("A relay is written smtp://user:password@host:port?tls=required.");

    /// <inheritdoc cref="Parse(string)"/>
    public static SmtpRelay Parse(Uri uri)
    {
        if (uri.Scheme is not ("smtp" or "smtps") || uri.Host.Length == 0 || uri.AbsolutePath is not ("" or "/"))
            throw new FormatException("A relay is written smtp://user:password@host:port?tls=required.");
        var query = uri
            .Query.TrimStart('?')
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('=', 2))
            .DistinctBy(p => p[0].ToLowerInvariant())
            .ToDictionary(p => p[0].ToLowerInvariant(), p => Uri.UnescapeDataString(p.ElementAtOrDefault(1) ?? ""));
        if (query.Keys.FirstOrDefault(k => k is not ("tls" or "helo")) is { } unknown)
            throw new FormatException($"A relay has no setting {unknown}.");
        var helo = query.GetValueOrDefault("helo");
        if (helo is not null && !HelloName().IsMatch(helo))
            throw new FormatException("helo is a domain or an address literal (RFC 5321 §4.1.3).");
        var user = uri.UserInfo.Split(':', 2);
        var implicitTls = uri.Scheme == "smtps";
        var port = uri.Port > 0 ? uri.Port : implicitTls ? 465 : IsLoopback(uri) ? 25 : 587;
        return new()
        {
            Host = uri.DnsSafeHost,
            Port = port,
            Security = implicitTls || port == 465 ? SecureSocketOptions.SslOnConnect : Tls(query.GetValueOrDefault("tls"), IsLoopback(uri)),
            UserName = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user[0].Length > 0 ? Uri.UnescapeDataString(user.ElementAtOrDefault(1) ?? "") : null,
            LocalDomain = helo,
        };
    }

    /// <summary>Without the password.</summary>
    public override string ToString() =>
        $"{(Security == SecureSocketOptions.SslOnConnect ? "smtps" : "smtp")}://{(UserName is null ? "" : Uri.EscapeDataString(UserName) + ":***@")}{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}"
        + Security switch
        {
            SecureSocketOptions.StartTls => "?tls=required",
            SecureSocketOptions.None => "?tls=none",
            SecureSocketOptions.SslOnConnect => "",
            _ => "?tls=available",
        };

    static SecureSocketOptions Tls(string? word, bool loopback) => word?.ToLowerInvariant() switch
    {
        null => loopback ? SecureSocketOptions.None : SecureSocketOptions.StartTls,
        "required" => SecureSocketOptions.StartTls,
        "available" => SecureSocketOptions.StartTlsWhenAvailable,
        "none" => SecureSocketOptions.None,
        _ => throw new FormatException("tls is required, available or none."),
    };

    static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));
}
