using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>How much a member may write who is not trusted yet.</summary>
/// <param name="Posts">Posts within an hour.</param>
/// <param name="Links">Links of one post to other sites.</param>
/// <param name="Pictures">Pictures of one post.</param>
/// <param name="Files">Files of one post that are no pictures.</param>
/// <param name="Mentions">Members whom one post mentions.</param>
public sealed record PostLimits(int Posts, int Links, int Pictures, int Files, int Mentions)
{
    /// <summary>
    /// What a post has of each, in the order of <see cref="Parts"/>. Read from its HTML: what only looks like a link is none.
    /// </summary>
    internal static int[] PartsOf(string text, string html, Site site) =>
    [
        LinksIn(html, site),
        Count(html, "<img"),
        Count(html, "<a href=\"/files/"),
        MentionText.MentionedIn(text),
    ];

    (string Name, int Max)[] Parts => [("links", Links), ("pictures", Pictures), ("files", Files), ("mentions", Mentions)];

    /// <summary>Refuses a text that has too much of something.</summary>
    /// <param name="parts">What it has, see <see cref="PartsOf"/>.</param>
    /// <param name="before">What it had before an edit, which it may keep; null for a new post.</param>
    /// <exception cref="Refused">It has too much of something.</exception>
    internal void Ask(int[] parts, int[]? before)
    {
        foreach (var (i, (name, max)) in Parts.Index())
            if (parts[i] > Math.Max(max, before?[i] ?? 0)) throw new Refused("boards.refused.trust." + name, max, parts[i]);
    }

    /// <summary>
    /// Links of a post to other sites, mail addresses included. Read from its HTML, so that every way of writing one is found, and one in
    /// a block of code is not. Those of the site's own pages are none, however they are written.
    /// </summary>
    internal static int LinksIn(string html, Site site) =>
        Count(html, "href=\"http") + Count(html, "href=\"mailto") - OwnLinks(html, site);

    // What stands behind the name ends it: http://example.com:80@other.example leads elsewhere.
    static int OwnLinks(string html, Site site) => site.Hosts.Sum(host => Regex.Count(
        html, $"href=\"https?://{Regex.Escape(host)}(?::[0-9]+)?[/\"?#]", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)));

    static int Count(string html, string what)
    {
        var count = 0;
        for (var at = 0; (at = html.IndexOf(what, at, StringComparison.OrdinalIgnoreCase)) >= 0; at += what.Length) count++;
        return count;
    }
}
