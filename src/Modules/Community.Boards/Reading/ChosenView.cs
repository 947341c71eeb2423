using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Boards;

/// <summary>What a board's page lists: its topics, its titles as a tree, its posts in order of registration.</summary>
public enum BoardListing { Topics, Tree, Posts }

/// <summary>
/// How this browser's reader wants topics and boards shown; null where nothing was chosen and the board's own view holds.
/// </summary>
public sealed record ChosenView(BoardView? Topic, BoardListing? Board)
{
    const string Cookie = "view";

    /// <summary>What was remembered, for the key of pages kept for visitors: one of a few words, whatever the cookie holds.</summary>
    public static string KeyOf(HttpContext http) => WordsOf(Remembered(http));

    /// <summary>What was remembered; with <paramref name="asked"/> (<c>?view=</c>) in place of it, and remembered from now on
    /// if its reader followed a link of this site.</summary>
    public static BoardView OfTopic(HttpContext http, string? asked, BoardView own)
    {
        var view = Remembered(http);
        if (Parse<BoardView>(asked) is { } chosen) view = Remember(http, view, view with { Topic = chosen });
        return view.Topic ?? own;
    }

    public static BoardListing OfBoard(HttpContext http, string? asked, BoardView own)
    {
        var view = Remembered(http);
        if (Parse<BoardListing>(asked) is { } chosen) view = Remember(http, view, view with { Board = chosen });
        return view.Board ?? (own == BoardView.Tree ? BoardListing.Tree : BoardListing.Posts);
    }

    static ChosenView Remembered(HttpContext http)
    {
        var parts = (http.Request.Cookies[Cookie] ?? "").Split('.');
        return new(Parse<BoardView>(parts[0]), parts.Length > 1 ? Parse<BoardListing>(parts[1]) : null);
    }

    // An answer that sets a cookie is not cached: set it only where it changes something.
    static ChosenView Remember(HttpContext http, ChosenView before, ChosenView view)
    {
        if (view != before && Visit.MayChoose(http))
            http.Response.Cookies.Append(Cookie, WordsOf(view), SiteCookie.Options(http, SiteCookie.Preference));
        return view;
    }

    static string WordsOf(ChosenView view) => $"{Name(view.Topic)}.{Name(view.Board)}";

    static string Name<T>(T? value) where T : struct, Enum => value?.ToString().ToLowerInvariant() ?? "";

    static T? Parse<T>(string? text) where T : struct, Enum =>
        Enum.GetValues<T>().Where(v => Name<T>(v) == text).Select(v => (T?)v).FirstOrDefault();
}
