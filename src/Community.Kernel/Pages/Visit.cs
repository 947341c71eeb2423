using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>
/// How a request came about, according to headers that the browser sets and no page can (W3C Fetch Metadata Request Headers).
/// A client that does not send them, such as an old browser or a program, is treated as having opened the page.
/// </summary>
public static class Visit
{
    static readonly string[] ahead = ["Sec-Purpose", "Purpose", "X-Moz"];

    /// <summary>The request's destination: <c>document</c>, <c>image</c>, <c>iframe</c> …; empty if the browser does not send it.</summary>
    public static string DestinationOf(HttpRequest request) => request.Headers["Sec-Fetch-Dest"].ToString();

    /// <summary>
    /// Opened in a window, or fetched by one of our scripts. Not what a page loads by itself: a picture, a style sheet, a frame.
    /// </summary>
    public static bool IsOpened(HttpRequest request) => DestinationOf(request) switch
    {
        "" or "document" => true,
        "empty" => !IsFromElsewhere(request),
        _ => false,
    };

    /// <summary>The browser prefetches or prerenders it for a visit that may never come.</summary>
    public static bool IsAhead(HttpRequest request) =>
        ahead.Any(h =>
            request.Headers[h].ToString() is var value
            && (
                value.Contains("prefetch", StringComparison.OrdinalIgnoreCase)
                || value.Contains("prerender", StringComparison.OrdinalIgnoreCase)
            )
        );

    /// <summary>Another site caused the request. A same-site host counts as another site too: it belongs to another customer.</summary>
    public static bool IsFromElsewhere(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none" or "same-origin");

    /// <summary>
    /// Somebody will see the response: not for a HEAD, a prefetch, or a window that another site opened without a click.
    /// </summary>
    public static bool HasReader(HttpContext http) =>
        HttpMethods.IsGet(http.Request.Method)
        && http.Features.Get<HeadRequest>() is null
        && IsOpened(http.Request)
        && !IsAhead(http.Request)
        && (!IsFromElsewhere(http.Request) || http.Request.Headers["Sec-Fetch-User"] == "?1");

    /// <summary>
    /// Whether a link may change this browser's preferences: only if followed on this site. No other site may choose for a reader.
    /// </summary>
    public static bool MayChoose(HttpContext http) => HasReader(http) && !IsFromElsewhere(http.Request);
}

/// <summary>
/// Marks a URL that pages load by themselves: a picture, a style sheet, a frame. All others may only be opened by people
/// (<see cref="Visit.IsOpened"/>). Answering it must have no side effects.
/// </summary>
/// <param name="destination">The only use besides opening it, such as <c>iframe</c>, and only by pages of this site; empty for
/// any.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class LoadedByPagesAttribute(string destination = "") : Attribute
{
    /// <summary>It is only a part of pages, like a picture; a frame holds a page of its own.</summary>
    public bool IsPart => destination.Length == 0;

    /// <summary>Whether this request may load it.</summary>
    public bool Takes(HttpRequest request) =>
        IsPart || Visit.IsOpened(request) || (Visit.DestinationOf(request) == destination && !Visit.IsFromElsewhere(request));
}

/// <summary>
/// Marks a page whose opening is recorded in its reader's name, although it is not staff-only. Another site cannot open it
/// on somebody's behalf, nor a staff page.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RecordsItsReaderAttribute : Attribute;
