using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Components;

namespace Community.Boards;

/// <summary>Links to what the reader may do with a post.</summary>
static class PostActions
{
    /// <summary>The form of the page that the posts' buttons send: one for all, as a token in each would double the page.</summary>
    public const string FormId = "in-post";

    public static MarkupString Of(
        PageTexts texts,
        PostLine post,
        string url,
        string topicUrl,
        Reader reader,
        bool moderates,
        bool mayReply,
        bool takesEdits,
        HistoryReaders readers,
        bool offersReactions
    )
    {
        var own = post.IsBy(reader);
        var answer =
            mayReply && !post.IsRemoved && post.Withheld is Withheld.No
                ? Html.Part(
                    $"<a class=\"button quiet small\" href=\"{topicUrl}/reply?to={post.Number}\">{texts["boards.reply"]}</a>"
                    + $"<a class=\"button quiet small\" href=\"{topicUrl}/reply?to={post.Number}&amp;quote=true\">"
                    + $"{texts["boards.quote"]}</a>"
                )
                : default;
        var react =
            offersReactions && !own && !post.IsRemoved && post.HiddenAt is null
                ? Html.Part(
                    $"<a class=\"button quiet small react\" href=\"{url}/reactions\">{texts["boards.react"]}</a>"
                )
                : default;
        var (verb, word) = post.IsBookmarked ? ("unbookmark", "boards.bookmark.on") : ("bookmark", "boards.bookmark");
        var bookmark =
            reader.May(BoardsPermissions.Write) && (!post.IsRemoved || post.IsBookmarked)
                ? Html.Part(
                    $"<button class=\"button quiet small\" form=\"{FormId}\" formaction=\"{url}/{verb}\">{texts[word]}</button>"
                )
                : default;
        var hidden =
            own && post is { HiddenAt: not null, DeletedAt: null, Withheld: Withheld.No }
                ? Html.Part($"<a class=\"button quiet small\" href=\"{url}/history\">{texts["boards.hidden.show"]}</a>")
                : default;
        var history =
            Post.ShowsHistory(own, moderates, reader.IsMember, post.IsRemoved, readers)
            && (post.EditedAt is not null || post.DeletedAt is not null)
                ? Html.Part($"<a href=\"{url}/history\">{texts["boards.history"]}</a>")
                : default;
        var edit = takesEdits ? Html.Part($"<a href=\"{url}/edit\">{texts["boards.edit"]}</a>") : default;
        var change =
            post.IsRemoved ? default
            : post.MayDelete(reader)
                ? Html.Part(
                    $"{edit}<a class=\"danger\" href=\"{url}/delete\">{texts["boards.delete"]}</a>"
                )
            : Html.Part($"<a href=\"{url}/report\">{texts["boards.report"]}</a>");
        var split =
            moderates && post is { Number: > 1, Withheld: Withheld.No }
                ? Html.Part($"<a href=\"{url}/split\">{texts["boards.act.Split"]}</a>")
                : default;
        var hiding =
            moderates && !post.IsRemoved && post.Withheld is Withheld.No
                ? Html.Part($"<hr /><a class=\"danger\" href=\"{url}/hide\">{texts["boards.act.HidePost"]}</a>")
                : default;
        var dossier =
            moderates && post.AuthorId is { } author
                ? Html.Part($"<a href=\"{DossierPage.UrlOf(author)}\">{texts["boards.dossier"]}</a>")
                : default;
        var correct =
            moderates && !own && post is { DeletedAt: null, Withheld: Withheld.No }
                ? Html.Part($"<a href=\"{url}/correct\">{texts["boards.act.EditPost"]}</a>")
                : default;
        var erase =
            moderates && reader.May(BoardsPermissions.Erase)
                ? Html.Part($"<a class=\"danger\" href=\"{url}/erase\">{texts["boards.act.Erase"]}</a>")
                : default;
        var hide = Html.Part($"{correct}{split}{dossier}{hiding}{erase}");
        var list = Html.Part($"<a href=\"{url}\">{texts["boards.permalink"]}</a>{history}{change}{hide}");
        var more = Html.Part($"<summary class=\"button quiet small\">{texts["boards.more"]}</summary>");
        var first = Html.Part($"{answer}{react}{bookmark}{hidden}");
        return Html.Of(
            $"{first}<details class=\"menu start\" name=\"menu\">{more}<div class=\"menu-list\">{list}</div></details>"
        );
    }
}
