using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// How archives of ours name posts, authors and files: the same each time, on every site, and without anybody's address. Authors have
/// addresses below <c>author.invalid</c> (RFC 2606: nobody gets mail there), which tell two persons of one name apart and lead a member's
/// posts back to the member.
/// </summary>
static partial class ArchiveNames
{
    /// <summary>What the addresses of all authors end with.</summary>
    public const string Domain = "@author.invalid";
    const string Member = "member.", Posts = "post-";

    /// <summary>The author of a post whose author has been erased.</summary>
    public const string Nobody = "nobody" + Domain;

    public static string OfMember(string handle) => Member + handle + Domain;

    /// <summary>A guest: as an archive called them, or by the number of the row here.</summary>
    public static string OfGuest(Site site, long id, string? address) =>
        address?.EndsWith(Domain, StringComparison.Ordinal) == true ? address : $"guest-{id}.{site.Key}{Domain}";

    /// <summary>The handle of a member, of an address in any case; null if it names none.</summary>
    public static string? HandleOf(string address) =>
        address.StartsWith(Member, StringComparison.OrdinalIgnoreCase) && address.EndsWith(Domain, StringComparison.OrdinalIgnoreCase)
            ? address[Member.Length..^Domain.Length].ToLowerInvariant()
            : null;

    /// <summary>The key of a post that was written here; one that an import brought keeps the key that it had.</summary>
    public static string OfPost(Site site, long id) => $"{Posts}{id}@{site.CanonicalHost}";

    /// <summary>The id of a post that was written on this site, of its key; null if the key is no such one.</summary>
    public static long? PostOf(Site site, string key) =>
        key.StartsWith(Posts, StringComparison.Ordinal)
        && key.IndexOf('@') is > 0 and var at
        && site.Hosts.Contains(key[(at + 1)..])
        && long.TryParse(key.AsSpan(Posts.Length, at - Posts.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;

    /// <summary>Whether a key can stand in a mail's field as it is. In other files it may be any text, with line breaks.</summary>
    public static bool IsPlain(string key) => key.All(c => c is > ' ' and <= '~' and not ('<' or '>'));

    /// <summary>The key for a mail's field: what may not stand there, and the sign itself, as octets behind % (RFC 3986).</summary>
    public static string InMail(string key) => string.Concat(key.EnumerateRunes().Select(r =>
        r.IsAscii && r.Value is > ' ' and <= '~' and not ('<' or '>' or '%') ? r.ToString() : Uri.EscapeDataString(r.ToString())));

    /// <summary>What all keys of posts written here begin with.</summary>
    public static string PostsBegin => Posts;

    /// <summary>
    /// What stands in texts in place of an attachment's key, which is another one on each site: as long, of the same letters, made of
    /// content and name.
    /// </summary>
    public static string MarkOf(string hash, string name)
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyz234567";
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(hash + "\n" + name));
        return string.Create(Attachment.KeyLength, digest, (mark, bytes) =>
        {
            for (var i = 0; i < mark.Length; i++) mark[i] = Letters[bytes[i] & 31];
        });
    }

    /// <summary>The text with what <paramref name="marks"/> has for each key of an attachment.</summary>
    public static string Marked(string text, IReadOnlyDictionary<string, string> marks) =>
        marks.Count == 0 ? text : Key().Replace(text, m => marks.TryGetValue(m.Groups[1].Value, out var mark) ? "/files/" + mark : m.Value);

    /// <summary>Whether this can be a mark.</summary>
    public static bool IsMark(string text) =>
        text.Length == Attachment.KeyLength && text.All(c => c is >= 'a' and <= 'z' or >= '2' and <= '7');

    /// <summary>A moment to the millisecond.</summary>
    public static string Exactly(DateTime at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads what <see cref="Exactly(DateTime)"/> writes, and other forms of ISO 8601; without a zone it is UTC. Of 05/01/2009 nobody knows
    /// whether it is in January: it is no date.
    /// </summary>
    public static DateTime? Read(string? value) =>
        value is null || Ambiguous().IsMatch(value) ? null : DateTime.TryParse(
            value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    [GeneratedRegex(@"^\s*\d{1,2}\s*[./-]\s*\d{1,2}\s*[./-]")]
    private static partial Regex Ambiguous();

    [GeneratedRegex("/files/([a-z2-7]{26})(?![a-z2-7])")]
    private static partial Regex Key();
}
