using System.Globalization;
using System.Text;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// Links and pixels of mails. They lead and answer for ever, on every host of the site, whether the feature is on or not; recorded is what
/// they say while it is on.
/// </summary>
static class TrackingEndpoints
{
    public const string Clicks = "/l", Opens = "/o";

    /// <summary>One transparent point.</summary>
    static readonly byte[] point = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    public static void Map(IEndpointRouteBuilder app)
    {
        var opens = app.MapGet(Opens + "/{token}.gif", Open).WithMetadata(new LoadedByPagesAttribute());
        foreach (var each in new[] { app.MapGet(Clicks + "/{token}", Click), opens })
            each.WithMetadata(new WithoutTermsAttribute(), new OnEveryHostAttribute(), new EvenWhenOffAttribute());
    }

    static async Task<IResult> Click(
        string token,
        HttpContext http,
        SiteDb db,
        LinkTargets targets,
        EngagementRecorder recorder,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        SecretAddress.Keep(http);
        http.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        if (await TrackingTokens.Present(db, ct) is not { } tokens || tokens.Read(token) is not { Kind: not EngagementKind.Open } read)
            return Unknown(texts);
        if (read.Kind is EngagementKind.Trap)
        {
            recorder.Record(http, db.Site, read);
            return Results.LocalRedirect("/");
        }
        if (await targets.Find(db, read, ct) is not { Length: > 0 } url) return Unknown(texts);
        recorder.Record(http, db.Site, read);
        // Not Results.Redirect, which writes the address anew: the browser is to arrive at the very one that was typed.
        http.Response.StatusCode = StatusCodes.Status302Found;
        http.Response.Headers.Location = InHeader(url);
        return Results.Empty;
    }

    static async Task<IResult> Open(
        string token,
        HttpContext http,
        SiteDb db,
        EngagementRecorder recorder,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        if (await TrackingTokens.Present(db, ct) is not { } tokens || tokens.Read(token) is not { Kind: EngagementKind.Open } read)
            return Unknown(texts);
        recorder.Record(http, db.Site, read);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Robots-Tag"] = "noindex";
        return Results.Bytes(point, "image/gif");
    }

    static IResult Unknown(IStringLocalizer texts) =>
        Results.Text(texts["mailing.link.unknown"], "text/plain; charset=utf-8", statusCode: StatusCodes.Status404NotFound);

    /// <summary>The address as a header can bear it: the same octets, with what is no ASCII written as browsers write it.</summary>
    internal static string InHeader(string url)
    {
        if (Ascii.IsValid(url) && !url.Any(char.IsControl)) return url;
        var start = url.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = url.IndexOfAny(['/', '?', '#'], start) is >= 0 and var found ? found : url.Length;
        var (host, written) = (url[start..end], new StringBuilder(url[..start]));
        try { written.Append(Ascii.IsValid(host) ? host : new IdnMapping().GetAscii(host)); }
        catch (ArgumentException) { written.Append(Uri.EscapeDataString(host)); }
        foreach (var octet in Encoding.UTF8.GetBytes(url[end..]))
            if (octet is > 0x20 and < 0x7F) written.Append((char)octet);
            else written.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        return written.ToString();
    }
}
