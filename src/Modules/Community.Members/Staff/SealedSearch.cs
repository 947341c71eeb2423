using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Community.Members;

/// <summary>
/// Keeps what staff search members by, above all names and addresses, out of URLs: proxies log those, and browsers
/// remember them. The search is a POST that redirects to the list with the words encrypted by the site's keys, so that paging, sorting
/// and going back work as with any list. The encryption is personal: nobody can open a colleague's search found in a log or a
/// message.
/// </summary>
public sealed partial class SealedSearch(IDataProtectionProvider keys, CurrentMember current)
{
    /// <summary>
    /// Prefix of encrypted words. Plain words, as in an older bookmark, are accepted, and encrypted in the page's links.
    /// </summary>
    const char Mark = '~';
    /// <summary>Longest value of a field; longer ones are truncated.</summary>
    const int MaxLength = 200;
    /// <summary>Most values of a multi-valued field, such as groups.</summary>
    const int MaxValues = 100;

    readonly IDataProtector protector = keys.CreateProtector("staff.search", $"{current.Id}");

    public string? Seal(string? words) =>
        string.IsNullOrWhiteSpace(words) ? null : Mark + protector.Protect(Truncate.To(MaxLength, words.Trim()));

    /// <summary>The decrypted words; null if there are none, or if somebody else encrypted them.</summary>
    public string? Open(string? asked)
    {
        if (asked is not [Mark, .. var seal]) return asked;
        try { return protector.Unprotect(seal); }
        catch (Exception error) when (error is CryptographicException or FormatException) { return null; }
    }

    /// <summary>Encrypts the fields of a form, compressed.</summary>
    public string SealFields(IEnumerable<KeyValuePair<string, string>> fields)
    {
        var text = Encoding.UTF8.GetBytes(QueryString.Create(fields.Select(f => KeyValuePair.Create(f.Key, (string?)f.Value))).Value ?? "");
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true)) brotli.Write(text);
        return Mark + WebEncoders.Base64UrlEncode(protector.Protect(packed.ToArray()));
    }

    /// <summary>The decrypted fields; null if there are none, or if somebody else encrypted them.</summary>
    public IEnumerable<KeyValuePair<string, StringValues>>? OpenFields(string? asked)
    {
        if (asked is not [Mark, .. var seal]) return null;
        try
        {
            using var packed = new MemoryStream(protector.Unprotect(WebEncoders.Base64UrlDecode(seal)));
            using var text = new MemoryStream();
            using (var brotli = new BrotliStream(packed, CompressionMode.Decompress)) brotli.CopyTo(text);
            return QueryHelpers.ParseQuery(Encoding.UTF8.GetString(text.ToArray()));
        }
        catch (Exception error) when (error is CryptographicException or FormatException or InvalidDataException) { return null; }
    }

    /// <summary>Maps <c>POST {page}/find</c>, which redirects to the page.</summary>
    /// <param name="app">Receives the endpoint.</param>
    /// <param name="page">The list's path.</param>
    /// <param name="permission">The list's permission.</param>
    /// <param name="field">The field to encrypt.</param>
    /// <param name="others">Fields that may appear in the URL as they are.</param>
    public static RouteHandlerBuilder Map(
        IEndpointRouteBuilder app,
        string page,
        string permission,
        string field,
        params string[] others
    ) =>
        app.MapPost(
                page + "/find",
                async (HttpRequest request, SealedSearch search, CancellationToken ct) =>
                {
                    var form = await request.ReadFormAsync(ct);
                    var asked = others
                        .SelectMany(o => form[o].Take(MaxValues), (o, v) => (Name: o, Value: (string?)Truncate.To(MaxLength, v ?? "")))
                        .Prepend((Name: field, Value: Number(form[field].ToString()) ?? search.Seal(form[field].ToString())));
                    var query = QueryString.Create(
                        asked.Where(a => !string.IsNullOrEmpty(a.Value)).Select(a => KeyValuePair.Create(a.Name, a.Value))
                    );
                    var path = request.Path.Value!;
                    return Results.LocalRedirect(new PathString(path[..path.LastIndexOf('/')]).ToUriComponent() + query);
                }
            )
            .RequireAuthorization(permission);

    /// <summary>A member's number, as our pages write it after a name: <c>Anna #12</c>.</summary>
    internal static string? Number(string words) => MemberNumber().Match(words) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"(#\d{1,18})\s*$")]
    private static partial Regex MemberNumber();
}
