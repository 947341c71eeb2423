using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Boards;

/// <summary>What a board's page lists: its topics, its titles as a tree, or its posts by date.</summary>
public enum BoardListing { Topics, Tree, Posts }

/// <summary>
/// The views of topics and boards chosen in this browser; null where nothing was chosen, so that the board's own view applies.
/// </summary>
public sealed record ChosenView(BoardView? Topic, BoardListing? Board)
{
    const string Cookie = "view";

    /// <summary>The remembered choice, for the cache key of visitors' pages: one of a few values, whatever the cookie contains.</summary>
    public static string KeyOf(HttpContext http) => WordsOf(Remembered(http));

    /// <summary>The remembered view, or <paramref name="asked"/> (<c>?view=</c>) if given, which is then remembered
    /// if the reader followed a link on this site.</summary>
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

    // A response that sets a cookie is not cached, so set it only if it changes something.
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
