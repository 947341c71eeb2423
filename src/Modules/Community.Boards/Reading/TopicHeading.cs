using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>A topic's heading in a list: link to the first unread post, title, state.</summary>
static class TopicHeading
{
    /// <param name="texts">In the reader's language.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="unread">What the reader has not read of it.</param>
    /// <param name="level">The heading's level: 2 or 3.</param>
    public static MarkupString Of(IStringLocalizer texts, TopicLine topic, Unseen unread, int level = 2)
    {
        var way = unread.First is { } first
            ? Html.Of(
                $"<a href=\"{topic.Url}/posts/{first}\" rel=\"nofollow\"><span class=\"unread-mark\">{texts.Count("boards.unread", unread.Count)}</span></a>"
            )
            : default;
        var title = Html.Part($"<a href=\"{topic.PageUrl}\">{topic.Title}</a>");
        var state = TopicState.Of(texts, topic.Pinned, topic.Locked, topic.Archived, topic.Hidden);
        return Html.Of($"<h{level} class=\"topic-title\">{way}{title}{state}</h{level}>");
    }
}
