using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Community.Mail.Mime;

/// <summary>Message identifiers (RFC 5322 §3.6.4), without their brackets.</summary>
public static partial class MessageIds
{
    private const int MaxLength = 250, MaxRead = 500;

    [GeneratedRegex(@"<\s*([^<>\s]{1,900})\s*>", RegexOptions.CultureInvariant)]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[A-Za-z0-9._-]+|\[[!-Z^-~]+\])\z", RegexOptions.CultureInvariant)]
    private static partial Regex WellFormed();

    /// <summary>A new one, random, at the domain (or <c>localhost</c>).</summary>
    public static string Make(string? domain)
    {
        var id = $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}@{domain}";
        return WellFormed().IsMatch(id) ? id : id[..32] + "@localhost";
    }

    internal static string Check(string id)
    {
        var bare = id.StartsWith('<') && id.EndsWith('>') ? id[1..^1] : id;
        if (bare.Length > MaxLength || !WellFormed().IsMatch(bare))
            throw new ArgumentException("A message identifier has the form left@right (RFC 5322 §3.6.4).", nameof(id));
        return bare;
    }

    internal static IReadOnlyList<string> Read(string? value) =>
        value is null ? [] : [.. Bracketed().Matches(value).Take(MaxRead).Select(m => m.Groups[1].Value)];
}
