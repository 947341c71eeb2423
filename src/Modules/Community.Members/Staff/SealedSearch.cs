using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>
/// What staff look for members by, names and addresses above all, stands in no address of a page: proxies write those down, and browsers
/// remember them. The search is posted, and its answer leads to the list with the words sealed by the site's keys, so that paging, sorting
/// and going back work as with any list. What one of the staff searched for nobody else reads: the seal of a colleague, out of a log or a
/// message, opens to nothing.
/// </summary>
public sealed partial class SealedSearch(IDataProtectionProvider keys, CurrentMember current)
{
    /// <summary>
    /// Begins what is sealed. Words in an older bookmark are taken as they are, and sealed in whatever the page links to.
    /// </summary>
    const char Mark = '~';
    /// <summary>Of a field; more finds nobody.</summary>
    const int MaxLength = 200;
    /// <summary>Of a field that takes several values, such as groups.</summary>
    const int MaxValues = 100;

    readonly IDataProtector protector = keys.CreateProtector("staff.search", $"{current.Id}");

    public string? Seal(string? words) =>
        string.IsNullOrWhiteSpace(words) ? null : Mark + protector.Protect(Truncate.To(MaxLength, words.Trim()));

    /// <summary>What was sealed; null if nothing was asked, or if the seal is not who asks' own.</summary>
    public string? Open(string? asked)
    {
        if (asked is not [Mark, .. var seal]) return asked;
        try { return protector.Unprotect(seal); }
        catch (Exception error) when (error is CryptographicException or FormatException) { return null; }
    }

    /// <summary>Maps <c>POST {page}/find</c>, which leads back to the page.</summary>
    /// <param name="app">Where.</param>
    /// <param name="page">The list's address.</param>
    /// <param name="permission">As the list's.</param>
    /// <param name="field">The field that is sealed.</param>
    /// <param name="others">Those that may stand in the address as they are.</param>
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

    /// <summary>A member's number, as a page of ours names the one who was found: <c>Anna #12</c>.</summary>
    static string? Number(string words) => MemberNumber().Match(words) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"(#\d{1,18})\s*$")]
    private static partial Regex MemberNumber();
}
