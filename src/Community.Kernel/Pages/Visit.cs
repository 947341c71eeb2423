using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>
/// How a request came about, as the browser says it in headers that no page can set (W3C Fetch Metadata Request Headers).
/// Who says nothing, such as an old browser or a program, is taken at its word: it opened what it asks for.
/// </summary>
public static class Visit
{
    static readonly string[] ahead = ["Sec-Purpose", "Purpose", "X-Moz"];

    /// <summary>What the answer is for: <c>document</c>, <c>image</c>, <c>iframe</c> …; empty if the browser does not say.</summary>
    public static string DestinationOf(HttpRequest request) => request.Headers["Sec-Fetch-Dest"].ToString();

    /// <summary>
    /// Opened in a window, or asked for by a script of ours. Not what a page loads by itself: a picture, a style sheet, a frame.
    /// </summary>
    public static bool IsOpened(HttpRequest request) => DestinationOf(request) switch
    {
        "" or "document" => true,
        "empty" => !IsFromElsewhere(request),
        _ => false,
    };

    /// <summary>The browser fetches it ahead of a visit that may never come.</summary>
    public static bool IsAhead(HttpRequest request) =>
        ahead.Any(h =>
            request.Headers[h].ToString() is var value
            && (
                value.Contains("prefetch", StringComparison.OrdinalIgnoreCase)
                || value.Contains("prerender", StringComparison.OrdinalIgnoreCase)
            )
        );

    /// <summary>Another site led here. A neighbour below the same domain is another customer's site.</summary>
    public static bool IsFromElsewhere(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none" or "same-origin");

    /// <summary>
    /// Somebody reads what is answered: a HEAD, a prefetch and a window that another site opened by itself have no reader.
    /// </summary>
    public static bool HasReader(HttpContext http) =>
        HttpMethods.IsGet(http.Request.Method)
        && http.Features.Get<HeadRequest>() is null
        && IsOpened(http.Request)
        && !IsAhead(http.Request)
        && (!IsFromElsewhere(http.Request) || http.Request.Headers["Sec-Fetch-User"] == "?1");

    /// <summary>
    /// What a link changes in this browser, it changes for whoever follows it on this site: no other site chooses for a reader.
    /// </summary>
    public static bool MayChoose(HttpContext http) => HasReader(http) && !IsFromElsewhere(http.Request);
}

/// <summary>
/// Marks an address that pages load by themselves: a picture, a style sheet, a frame. All others are opened by people alone
/// (<see cref="Visit.IsOpened"/>). Answering it must change nothing.
/// </summary>
/// <param name="destination">The only one beside opening it, such as <c>iframe</c>, and then for pages of this site alone; empty for
/// any.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class LoadedByPagesAttribute(string destination = "") : Attribute
{
    /// <summary>It is a part of pages alone, as a picture is; a frame holds a page of its own.</summary>
    public bool IsPart => destination.Length == 0;

    /// <summary>Whether a request as this one may have it.</summary>
    public bool Takes(HttpRequest request) =>
        IsPart || Visit.IsOpened(request) || (Visit.DestinationOf(request) == destination && !Visit.IsFromElsewhere(request));
}

/// <summary>
/// Marks a page whose opening is recorded in its reader's name though it is no page of staff alone. Such a page another site cannot
/// open for somebody; neither can it a page of staff.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RecordsItsReaderAttribute : Attribute;
