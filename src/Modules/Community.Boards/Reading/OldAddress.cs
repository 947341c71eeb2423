using System.Globalization;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Community.Boards;

/// <summary>
/// Addresses from before a topic was moved to another board, or a post to another topic. Readers who may read it are redirected, with the
/// rest of the address. A form posted to an old address is handled as it is, because a redirect would lose its text. The status is 302:
/// a browser keeps a 301 for ever, and two of them lead in a circle when what was split off is merged back. Only an address that lacks the
/// words of the title leads on with 301, and no browser may keep that one, see <see cref="MovedForGood"/>.
/// </summary>
static class OldAddress
{
    /// <returns>True if the page was opened by an old address and is redirected.</returns>
    public static bool LeadsOn(HttpContext http, NavigationManager navigation, string boardKey, Topic topic) =>
        LeadsOn(http, navigation, boardKey, topic, null);

    /// <summary>The same for a page about a post.</summary>
    public static bool LeadsOn(HttpContext http, NavigationManager navigation, string boardKey, Post post) =>
        LeadsOn(http, navigation, boardKey, post.Topic, post.Number);

    /// <summary>The same for a topic that was merged into another one: to the post that the address led to.</summary>
    /// <returns>False if the reader sees no such post.</returns>
    public static async Task<bool> LeadsOn(
        HttpContext http, NavigationManager navigation, SiteDb db, Reader reader, long topicId, int after, int before)
    {
        if (!Opens(http) || await db.PageToday(reader, topicId, after, before, http.RequestAborted) is not { } place) return false;
        navigation.NavigateTo(place.Url);
        return true;
    }

    /// <summary>
    /// The address of a topic's page without the words of its title, or with those of an old one. Only for who may read the topic: the
    /// address that it leads to says the title.
    /// </summary>
    /// <returns>True if the page is redirected.</returns>
    public static bool LeadsToWords(HttpContext http, NavigationManager navigation, Topic topic)
    {
        if (!Opens(http) || !TopicAddress.IsOutdated(http, topic.Title)) return false;
        http.Features.Set(new MovedForGood());
        navigation.NavigateTo(Topic.PageOf(topic.Board.Key, topic.Id, topic.Title) + http.Request.QueryString);
        return true;
    }

    static bool Opens(HttpContext http) => HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);

    static bool LeadsOn(HttpContext http, NavigationManager navigation, string boardKey, Topic topic, int? number)
    {
        if (!Opens(http)) return false;
        // /boards/{board}/{topic}/posts/{number}/…, or /boards/{board}/{topic}/reply?to={number}
        var parts = http.Request.Path.Value!.Split('/');
        var query = http.Request.QueryString;
        var movedTopic = number is not null && parts[3] != topic.Id.ToString(CultureInfo.InvariantCulture);
        if (number is { } n && parts is [_, _, _, _, "posts", _, ..])
        {
            movedTopic |= parts[5] != n.ToString(CultureInfo.InvariantCulture);
            parts[5] = n.ToString(CultureInfo.InvariantCulture);
        }
        else if (movedTopic && http.Request.Query.ContainsKey("to"))
        {
            var rest = http.Request.Query.Where(q => q.Key != "to").Select(q => KeyValuePair.Create(q.Key, (string?)q.Value));
            query = QueryString.Create([new("to", number!.Value.ToString(CultureInfo.InvariantCulture)), .. rest]);
        }
        if (boardKey == topic.Board.Key && !movedTopic) return false;
        var place = parts.Length > 4 ? Topic.UrlOf(topic.Board.Key, topic.Id) : Topic.PageOf(topic.Board.Key, topic.Id, topic.Title);
        navigation.NavigateTo(string.Join('/', parts.Skip(4).Prepend(place)) + query);
        return true;
    }
}
