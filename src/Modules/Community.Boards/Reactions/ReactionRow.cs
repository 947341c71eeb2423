using System.Globalization;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// What a post shows of its reactions: each with its number, as a button for who may give it too. As text without a component: a page has
/// many posts.
/// </summary>
static class ReactionRow
{
    /// <summary>What is put in by the script, and by each page.</summary>
    /// <param name="reactions">Those of the site.</param>
    /// <param name="counts">See <see cref="Post.Reactions"/>.</param>
    /// <param name="own">The sum of the reader's own.</param>
    /// <param name="postUrl">The post's address.</param>
    /// <param name="mayReact">Whether the reader may give reactions to this post.</param>
    /// <param name="texts">In the reader's language.</param>
    public static MarkupString Of(
        IReadOnlyList<Reaction> reactions, string? counts, long own, string postUrl, bool mayReact, IStringLocalizer texts)
    {
        if (counts is null) return default;
        var given = ReactionCounts.Read(counts).ToDictionary(c => c.Reaction, c => c.Count);
        var row = default(MarkupString);
        foreach (var reaction in reactions)
            if (given.TryGetValue(reaction.Id, out var count))
                row = Html.Of($"{row}{One(reaction, count, (own & reaction.Id) != 0, postUrl, mayReact)}");
        var who = Html.Part($"<a href=\"{postUrl}/reactions\" rel=\"nofollow\">{texts["boards.reactions.who"].Value}</a>");
        return Html.Of($"<div class=\"reactions\" role=\"group\" aria-label=\"{texts["boards.reactions"].Value}\">{row}{who}</div>");
    }

    static MarkupString One(Reaction reaction, int count, bool isOwn, string postUrl, bool mayReact)
    {
        var number = count.ToString("N0", CultureInfo.CurrentCulture);
        var content = Html.Of(
            $"<span aria-hidden=\"true\">{reaction.Emoji}</span> {number}<span class=\"visually-hidden\"> {reaction.Name}</span>");
        // A retired one can be taken back, and given by nobody.
        return mayReact && (isOwn || reaction.IsOffered) ? Button(reaction, content, isOwn, postUrl)
            : Html.Of($"<span class=\"reaction\" title=\"{reaction.Name}\">{content}</span>");
    }

    /// <summary>The reactions to choose from, each as a button.</summary>
    /// <param name="reactions">Those of the site.</param>
    /// <param name="own">The sum of the reader's own: these are taken back.</param>
    /// <param name="postUrl">The post's address.</param>
    /// <param name="texts">In the reader's language.</param>
    public static MarkupString Choices(IReadOnlyList<Reaction> reactions, long own, string postUrl, IStringLocalizer texts)
    {
        var row = default(MarkupString);
        foreach (var reaction in reactions.Where(r => r.IsOffered || (own & r.Id) != 0))
        {
            var content = Html.Of($"<span aria-hidden=\"true\">{reaction.Emoji}</span> <span>{reaction.Name}</span>");
            row = Html.Of($"{row}{Button(reaction, content, (own & reaction.Id) != 0, postUrl)}");
        }
        var label = texts["boards.react.choose"].Value;
        return Html.Of($"<div class=\"reactions choices\" role=\"group\" aria-label=\"{label}\">{row}</div>");
    }

    /// <summary>The button that gives a reaction, or takes it back. It belongs to the form that all posts of a page share.</summary>
    public static MarkupString Button(Reaction reaction, MarkupString content, bool isOwn, string postUrl)
    {
        var (verb, pressed) = isOwn ? ("unreact", "true") : ("react", "false");
        var place = Html.Part($"form=\"{PostActions.FormId}\" formaction=\"{postUrl}/{verb}/{reaction.Id}\"");
        return Html.Of(
            $"<button class=\"reaction\" {place} aria-pressed=\"{pressed}\" title=\"{reaction.Name}\">{content}</button>");
    }
}
