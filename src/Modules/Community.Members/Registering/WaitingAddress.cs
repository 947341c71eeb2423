using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Community.Members;

/// <summary>
/// An e-mail address in a page's URL: on the page that waits for an e-mail, in order to send it again, and on the
/// sign-in page after the e-mail's link was followed. Encrypted, to keep it out of logs and browser histories.
/// </summary>
public sealed class WaitingAddress(IDataProtectionProvider protection)
{
    readonly IDataProtector protector = protection.CreateProtector("Community.Members.WaitingAddress.2");

    /// <param name="email">The address.</param>
    /// <param name="returnUrl">Where to go at the end.</param>
    /// <param name="registration">The pending registration; 0 if there is none, which the URL does not reveal.</param>
    public string Url(string email, string? returnUrl = null, long registration = 0) =>
        "/check-your-mail?for=" + Sealed(email, registration) + Back(returnUrl);

    public string Confirmed(string email, string? returnUrl) => "/sign-in?for=" + Sealed(email, 0) + Back(returnUrl);

    /// <summary>Limited because it travels in an e-mail's link; longer than any of our URLs that somebody registers from.</summary>
    const int MaxReturnLength = 200;

    /// <summary>The page to return to, if it is one of this site; null otherwise.</summary>
    public static string? Kept(string? returnUrl) => LocalUrl.Or(returnUrl, "") is { Length: > 1 and <= MaxReturnLength } url ? url : null;

    /// <summary>The same as a part of a URL's query; empty for none.</summary>
    public static string Back(string? returnUrl, bool first = false) =>
        Kept(returnUrl) is { } url ? (first ? "?" : "&") + "returnUrl=" + Uri.EscapeDataString(url) : "";

    // Always eight bytes: a variable length would reveal whether a registration is pending.
    string Sealed(string email, long registration) =>
        WebEncoders.Base64UrlEncode(protector.Protect([.. BitConverter.GetBytes(registration), .. Encoding.UTF8.GetBytes(email.Trim())]));

    /// <summary>The address; empty if it was not encrypted by this site.</summary>
    public string Read(string? sealedAddress) => Open(sealedAddress).Email;

    /// <summary>The address and its pending registration; empty and 0 if it was not encrypted by this site.</summary>
    public (string Email, long Registration) Open(string? sealedAddress)
    {
        if (string.IsNullOrEmpty(sealedAddress)) return ("", 0);
        try
        {
            var bytes = protector.Unprotect(WebEncoders.Base64UrlDecode(sealedAddress));
            return (Encoding.UTF8.GetString(bytes.AsSpan(sizeof(long))), BitConverter.ToInt64(bytes));
        }
        catch (Exception error) when (error is FormatException or CryptographicException) { return ("", 0); }
    }
}
