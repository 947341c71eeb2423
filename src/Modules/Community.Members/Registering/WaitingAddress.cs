using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Community.Members;

/// <summary>
/// A mail address in the address of a page: of the one that waits for a letter to arrive, to send the letter again, and of the
/// sign-in after the letter's link was followed. Sealed, so that no log and no history on the way holds it.
/// </summary>
public sealed class WaitingAddress(IDataProtectionProvider protection)
{
    readonly IDataProtector protector = protection.CreateProtector("Community.Members.WaitingAddress");

    public string Url(string email, bool sent = false) =>
        "/check-your-mail?for=" + Sealed(email) + (sent ? "&sent=true" : "");

    public string Confirmed(string email) => "/sign-in?confirmed=true&for=" + Sealed(email);

    string Sealed(string email) => WebEncoders.Base64UrlEncode(protector.Protect(Encoding.UTF8.GetBytes(email.Trim())));

    /// <summary>Empty for what was not sealed here.</summary>
    public string Read(string? sealedAddress)
    {
        if (string.IsNullOrEmpty(sealedAddress)) return "";
        try { return Encoding.UTF8.GetString(protector.Unprotect(WebEncoders.Base64UrlDecode(sealedAddress))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return ""; }
    }
}
