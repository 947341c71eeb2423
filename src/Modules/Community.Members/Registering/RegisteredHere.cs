using System.Buffers.Binary;
using System.Security.Cryptography;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;

namespace Community.Members;

/// <summary>
/// Remembers in a cookie, encrypted, which registration was made in this browser. Whoever follows the e-mail's link in the same browser
/// chose the password and is signed in at once; in any other browser the link confirms, and then the password is asked for. The cookie by
/// itself grants nothing, and looks the same for an address that already belonged to a member.
/// </summary>
public sealed class RegisteredHere(IDataProtectionProvider protection, IHttpContextAccessor accessor, IConfiguration configuration)
{
    readonly IDataProtector protector = protection.CreateProtector("Community.Members.RegisteredHere");
    readonly string cookie = CookieNames.For("registered", configuration);

    HttpContext Http => accessor.HttpContext!;

    public void Remember(long registration)
    {
        var id = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(id, registration);
        Http.Response.Cookies.Append(
            cookie,
            WebEncoders.Base64UrlEncode(protector.Protect(id)),
            SiteCookie.Options(Http, MailLinks.Lifetime)
        );
    }

    public bool Is(long registration)
    {
        if (Http.Request.Cookies[cookie] is not { Length: > 0 and < 500 } value)
            return false;
        try
        {
            return registration > 0
                && BinaryPrimitives.ReadInt64BigEndian(protector.Unprotect(WebEncoders.Base64UrlDecode(value))) == registration;
        }
        catch (Exception error) when (error is FormatException or CryptographicException)
        {
            return false;
        }
    }

    public void Forget() => Http.Response.Cookies.Delete(cookie, SiteCookie.Options(Http, lifetime: null));
}
