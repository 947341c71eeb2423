using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Community.Members;

/// <summary>
/// A mail address in the address of a page: of the one that waits for an e-mail to arrive, to send the e-mail again, and of the
/// sign-in after the e-mail's link was followed. Sealed, so that no log and no history on the way holds it.
/// </summary>
public sealed class WaitingAddress(IDataProtectionProvider protection)
{
    readonly IDataProtector protector = protection.CreateProtector("Community.Members.WaitingAddress.2");

    /// <param name="email">The address.</param>
    /// <param name="returnUrl">Where to go in the end.</param>
    /// <param name="registration">What waits for the e-mail; 0 where nothing does, which cannot be told from outside.</param>
    public string Url(string email, string? returnUrl = null, long registration = 0) =>
        "/check-your-mail?for=" + Sealed(email, registration) + Back(returnUrl);

    public string Confirmed(string email, string? returnUrl) => "/sign-in?for=" + Sealed(email, 0) + Back(returnUrl);

    /// <summary>Longer than any address of ours that somebody registers from; it travels in an e-mail's link.</summary>
    const int MaxReturnLength = 200;

    /// <summary>Where somebody came from, if it is a page of this site to go back to.</summary>
    public static string? Kept(string? returnUrl) => LocalUrl.Or(returnUrl, "") is { Length: > 1 and <= MaxReturnLength } url ? url : null;

    /// <summary>The same as a part of an address's query; empty for none.</summary>
    public static string Back(string? returnUrl, bool first = false) =>
        Kept(returnUrl) is { } url ? (first ? "?" : "&") + "returnUrl=" + Uri.EscapeDataString(url) : "";

    // The number as eight bytes whatever it is: its length would tell whether something waits.
    string Sealed(string email, long registration) =>
        WebEncoders.Base64UrlEncode(protector.Protect([.. BitConverter.GetBytes(registration), .. Encoding.UTF8.GetBytes(email.Trim())]));

    /// <summary>Empty for what was not sealed here.</summary>
    public string Read(string? sealedAddress) => Open(sealedAddress).Email;

    /// <summary>The address and what waits for its e-mail; empty and 0 for what was not sealed here.</summary>
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
