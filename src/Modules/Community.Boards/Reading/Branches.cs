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
    /// <summary>A deep branch ends with many of them at once.</summary>
    readonly StringBuilder ends = new();

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

    static readonly MarkupString end = new("</li>"), list = new("<ol class=\"branch\">"), plain = new("<li>");
    static readonly MarkupString[] items = [.. Enumerable.Range(0, 14).Select(d => new MarkupString($"<li class=\"{Depths.Class(d)}\">"))];

    /// <summary>What stands before a post: the ends of the branches before it, and the beginning of its own.</summary>
    public MarkupString Before(int index)
    {
        var depth = inTree ? posts[index].Depth : 0;
        // All answer the opening post: they stand beside it.
        var ends = Ends(depth);
        if (!open.TryPeek(out var parent) || parent.HasList) return ends;
        parent.HasList = true;
        if (!parent.Folds) return ends.Value is null ? list : new(ends.Value + list.Value);
        var (replies, to) = (texts.Count("boards.replies", parent.Below), texts["boards.branch.to", parent.Number].Value);
        return Html.Of(
            $"{ends}<details class=\"replies\" open><summary>{replies}<span class=\"visually-hidden\"> {to}</span></summary>{list}");
    }

    /// <summary>The beginning of a post's item.</summary>
    public MarkupString Item(int index)
    {
        var depth = inTree ? posts[index].Depth : 0;
        open.Push(new(depth, below[index], children[index], posts[index].Number));
        return depth > 0 ? items[Math.Min(depth, items.Length - 1)] : plain;
    }

    /// <summary>The ends of all that is open.</summary>
    public MarkupString End() => Ends(-1);

    /// <summary>Ends what is as deep or deeper; the most frequent answers are the same string.</summary>
    MarkupString Ends(int depth)
    {
        var count = 0;
        while (open.TryPeek(out var last) && (last.Depth >= depth || last.Depth == 0))
        {
            open.Pop();
            if (count++ == 0 && !last.HasList && !(open.TryPeek(out var next) && (next.Depth >= depth || next.Depth == 0))) return end;
            ends.Append(!last.HasList ? end.Value : last.Folds ? "</ol></details></li>" : "</ol></li>");
        }
        if (count == 0) return default;
        var html = new MarkupString(ends.ToString());
        ends.Clear();
        return html;
    }
}
