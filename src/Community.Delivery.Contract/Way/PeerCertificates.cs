using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Community.Bulk;

/// <summary>How the parts of an installation know each other: by certificates of an authority of its own (tools/certificates).</summary>
/// <remarks>Files are read at each connection, so a renewed certificate needs no restart.</remarks>
public static class PeerCertificates
{
    const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <summary>Judges the certificate that the other end shows. Where others say no, it throws and says why: the reason reaches the
    /// log.</summary>
    /// <param name="peer">Host and port, for the log.</param>
    /// <param name="authorities">PEM file of the authorities that count; null for those of the system.</param>
    public static RemoteCertificateValidationCallback Prove(string peer, string? authorities) =>
        (_, shown, presented, errors) =>
        {
            var certificate = shown as X509Certificate2;
            if (Refusal(peer, certificate, presented, errors, authorities) is { } why) throw new AuthenticationException(why);
            return certificate is not null;
        };

    static string? Refusal(
        string peer,
        X509Certificate2? certificate,
        X509Chain? presented,
        SslPolicyErrors errors,
        string? authorities
    ) =>
        certificate is null ? $"{peer} shows no certificate."
        : DateTime.Now > certificate.NotAfter
            ? $"the certificate of {peer} expired on {Day(certificate.NotAfter)}: renew it (tools/certificates renew) and put it there."
        : DateTime.Now < certificate.NotBefore
            ? $"the certificate of {peer} is not valid before {Day(certificate.NotBefore)}: is the clock of this machine right?"
        : !IsSigned(certificate, presented, errors, authorities)
            ? $"the certificate of {peer} ({certificate.Subject}) is not signed by {authorities ?? "an authority of this system"}:"
                + " make it with the same authority (tools/certificates make), or correct the file of authorities."
        // The platform has compared the name with that of the connection.
        : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"the certificate of {peer} is for other names ({string.Join(", ", Names(certificate))}):"
                + " connect by one of them, or make it with this one (tools/certificates make)."
        : null;

    /// <summary>The certificate of this process, with its key.</summary>
    /// <exception cref="AuthenticationException">It cannot be read, or is not valid now.</exception>
    public static X509Certificate2 Own(string file, string? keyFile = null)
    {
        X509Certificate2 own;
        try { own = X509Certificate2.CreateFromPemFile(file, keyFile); }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AuthenticationException($"our certificate {file} cannot be used: {error.Message}", error);
        }
        if (DateTime.Now <= own.NotAfter) return own;
        var ended = Day(own.NotAfter);
        own.Dispose();
        throw new AuthenticationException(
            $"our certificate {file} expired on {ended}: renew it (tools/certificates renew) and put it there."
        );
    }

    /// <summary>Whether a host is this machine, by its name or address. All others are reached by TLS alone.</summary>
    public static bool IsThisMachine(string host) =>
        host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>The innermost reason of an error: the outer ones only say that there is one.</summary>
    public static string Reason(this Exception error)
    {
        while ((error is AggregateException several ? several.InnerExceptions[0] : error.InnerException) is { } inner) error = inner;
        return error.Message;
    }

    static bool IsSigned(X509Certificate2 certificate, X509Chain? presented, SslPolicyErrors errors, string? authorities)
    {
        if (authorities is null) return !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
        // The authority of an installation has no list of revoked certificates: a user of broker or database that is lost is deleted there.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ServerUse));
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }

    static IEnumerable<string> Names(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
            ? names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(a => a.ToString()))
            : [];

    static string Day(DateTime moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", null);
}
