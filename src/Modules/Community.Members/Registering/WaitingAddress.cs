using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Community.Members;

/// <summary>
/// The address of the page that waits for a letter to arrive. It has to know the mail address, to send the letter again;
/// sealed, so that no log and no history on the way holds it.
/// </summary>
public sealed class WaitingAddress(IDataProtectionProvider protection)
{
    readonly IDataProtector protector = protection.CreateProtector("Community.Members.WaitingAddress");

    public string Url(string email, bool sent = false) =>
        "/check-your-mail?for=" + WebEncoders.Base64UrlEncode(protector.Protect(Encoding.UTF8.GetBytes(email.Trim()))) + (sent ? "&sent=true" : "");

    /// <summary>Empty for what was not sealed here.</summary>
    public string Read(string? sealedAddress)
    {
        if (string.IsNullOrEmpty(sealedAddress)) return "";
        try { return Encoding.UTF8.GetString(protector.Unprotect(WebEncoders.Base64UrlDecode(sealedAddress))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return ""; }
    }
}
