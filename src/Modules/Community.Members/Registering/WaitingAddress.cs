using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
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

    public string Url(string email, string? returnUrl = null, bool sent = false) =>
        "/check-your-mail?for=" + Sealed(email) + (sent ? "&sent=true" : "") + Back(returnUrl);

    public string Confirmed(string email, string? returnUrl) => "/sign-in?confirmed=true&for=" + Sealed(email) + Back(returnUrl);

    /// <summary>Longer than any address of ours that somebody registers from; it travels in a letter's link.</summary>
    const int LongestReturn = 200;

    /// <summary>Where somebody came from, if it is a page of this site to go back to.</summary>
    public static string? Kept(string? returnUrl) => LocalUrl.Or(returnUrl, "") is { Length: > 1 and <= LongestReturn } url ? url : null;

    /// <summary>The same as a part of an address's query; empty for none.</summary>
    public static string Back(string? returnUrl, bool first = false) => Kept(returnUrl) is { } url ? (first ? "?" : "&") + "returnUrl=" + Uri.EscapeDataString(url) : "";

    string Sealed(string email) => WebEncoders.Base64UrlEncode(protector.Protect(Encoding.UTF8.GetBytes(email.Trim())));

    /// <summary>Empty for what was not sealed here.</summary>
    public string Read(string? sealedAddress)
    {
        if (string.IsNullOrEmpty(sealedAddress)) return "";
        try { return Encoding.UTF8.GetString(protector.Unprotect(WebEncoders.Base64UrlDecode(sealedAddress))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return ""; }
    }
}
