using System.Globalization;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// Puts the posts of a page of the tree into each other, so that the browser folds a branch without script (<c>details</c>) and a screen
/// reader tells the levels. Posts stand in the order of the tree, so a list of those that are still open is enough. What a page begins
/// with in the middle of a branch stands for itself, indented by its level.
/// </summary>
sealed class Branches
{
    sealed class Open(int depth, int below, int children, int number)
    {
        public int Depth => depth;
        public int Below => below;
        public int Number => number;
        /// <summary>A line that folds below each post of a long exchange of two would be more lines than words.</summary>
        public bool Folds => depth == 1 || children > 1;
        public bool HasList { get; set; }
    }

    readonly IReadOnlyList<PostLine> posts;
    readonly IStringLocalizer texts;
    readonly bool inTree;
    readonly int[] below, children;
    readonly Stack<Open> open = new();

    public Branches(IReadOnlyList<PostLine> posts, bool inTree, IStringLocalizer texts)
    {
        (this.posts, this.inTree, this.texts) = (posts, inTree, texts);
        (below, children) = (new int[posts.Count], new int[posts.Count]);
        if (!inTree) return;
        var above = new Stack<int>();
        for (var i = 0; i < posts.Count; i++)
        {
            while (above.Count > 0 && posts[above.Peek()].Depth >= posts[i].Depth) above.Pop();
            if (above.Count > 0) children[above.Peek()]++;
            foreach (var post in above) below[post]++;
            above.Push(i);
        }
    }

    /// <summary>What stands before a post: the ends of the branches before it, and the beginning of its own.</summary>
    public MarkupString Before(int index)
    {
        var html = new StringBuilder();
        var depth = inTree ? posts[index].Depth : 0;
        // All answer the opening post: they stand beside it.
        while (open.Count > 0 && (open.Peek().Depth >= depth || open.Peek().Depth == 0)) Close(html);
        if (open.TryPeek(out var parent) && !parent.HasList)
        {
            parent.HasList = true;
            if (parent.Folds)
            {
                html.Append("<details class=\"replies\" open><summary>").Append(texts.Count("boards.replies", parent.Below))
                    .Append("<span class=\"visually-hidden\"> ").Append(texts["boards.branch.to", parent.Number].Value)
                    .Append("</span></summary>");
            }
            html.Append("<ol class=\"branch\">");
        }
        return new(html.ToString());
    }

    /// <summary>The beginning of a post's item.</summary>
    public MarkupString Item(int index)
    {
        var depth = inTree ? posts[index].Depth : 0;
        open.Push(new(depth, below[index], children[index], posts[index].Number));
        return new(inTree && Depths.Class(depth) is { } css ? string.Create(CultureInfo.InvariantCulture, $"<li class=\"{css}\">") : "<li>");
    }

    /// <summary>The ends of all that is open.</summary>
    public MarkupString End()
    {
        var html = new StringBuilder();
        while (open.Count > 0) Close(html);
        return new(html.ToString());
    }

    void Close(StringBuilder html)
    {
        var last = open.Pop();
        if (last.HasList) html.Append(last.Folds ? "</ol></details>" : "</ol>");
        html.Append("</li>");
    }
}
