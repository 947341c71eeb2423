using System.Buffers.Binary;
using System.Security.Cryptography;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;

namespace Community.Members;

/// <summary>
/// Remembers in the browser that somebody registered in which registration it was, sealed. Who follows the e-mail's link there chose the
/// password a moment ago, and is signed in at once; in any other browser the link confirms, and the password is asked for. The cookie by
/// itself opens nothing, and looks the same for an address that was a member's already.
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
