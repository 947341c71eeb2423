using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Community.Mail.Tests.Server;

/// <summary>A certificate for localhost that nobody vouches for.</summary>
internal static class SelfSigned
{
    public static readonly X509Certificate2 Certificate = Make();

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
