using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Community.Boards;

/// <summary>
/// Addresses from before a topic was moved, which name its old board. Readers who may read the topic are redirected, with the rest of the
/// address. A form posted to an old address is handled as it is, because a redirect would lose its text.
/// </summary>
static class OldAddress
{
    /// <returns>True if the page was opened by an old address and is redirected.</returns>
    public static bool LeadsOn(HttpContext http, NavigationManager navigation, string boardKey, Topic topic)
    {
        var opens = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (boardKey == topic.Board.Key || !opens) return false;
        // What follows /boards/{board}/{topic}.
        var rest = http.Request.Path.Value!.Split('/').Skip(4);
        navigation.NavigateTo(string.Join('/', rest.Prepend(Topic.UrlOf(topic.Board.Key, topic.Id))) + http.Request.QueryString);
        return true;
    }
}
