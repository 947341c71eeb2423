using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Community.Boards;

/// <summary>
/// Addresses from before a topic was moved: they name the board where it stood. Whoever may read the topic is led on, with all that
/// follows in the address; a form that is sent to one is taken as it is, for its words would be lost on the way.
/// </summary>
static class OldAddress
{
    /// <returns>True if the page was opened by one, and goes on to the right one.</returns>
    public static bool LeadsOn(HttpContext http, NavigationManager navigation, string boardKey, Topic topic)
    {
        var opens = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (boardKey == topic.Board.Key || !opens) return false;
        // Behind /boards/{board}/{topic}.
        var rest = http.Request.Path.Value!.Split('/').Skip(4);
        navigation.NavigateTo(string.Join('/', rest.Prepend(Topic.UrlOf(topic.Board.Key, topic.Id))) + http.Request.QueryString);
        return true;
    }
}
