using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>Validates return URLs, which come from the request: only those inside the site are followed.</summary>
public static class LocalUrl
{
    /// <summary>The page of this site that sent a form, according to the Referer header; null if there is none.</summary>
    public static string? Sender(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Referer.ToString(), UriKind.Absolute, out var from)
        && from.Authority == request.Host.Value
        && Or(from.PathAndQuery, "") is { Length: > 0 } page
            ? page
            : null;

    /// <summary>
    /// <paramref name="url"/> if it is a path of this site that is safe in a header; otherwise <paramref name="otherwise"/>.
    /// </summary>
    public static string Or(string? url, string otherwise) =>
        url is ['/', ..] and not ['/', '/' or '\\', ..] && url.All(c => c is > ' ' and < (char)127) ? url : otherwise;
}
