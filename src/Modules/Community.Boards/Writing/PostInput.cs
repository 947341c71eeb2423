using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>What a form that writes has brought.</summary>
public sealed class PostInput(string? title, string? text, string? key, string? earlier = null)
{
    public string Text => text ?? "";
    /// <summary>The form's own key; a browser that sends none writes once more each time.</summary>
    public Guid Key { get; private set; } = Guid.TryParse(key, out var given) ? given : Guid.NewGuid();
    /// <summary>The key under which the form was sent before, with another text; see <see cref="WasSent"/>.</summary>
    public Guid? Earlier { get; private set; } = Guid.TryParse(earlier, out var before) ? before : null;

    /// <summary>The form is a new one from now on, and remembers which it was.</summary>
    public void WasSent() => (Earlier, Key) = (Key, Guid.NewGuid());

    /// <summary>What keeps title and text from being a post, beside the fields.</summary>
    public void Check(Problems problems, IStringLocalizer texts, bool titleRequired)
    {
        Try(() => { if (PostText.Title(title) is null && titleRequired) throw new Refused("boards.refused.no-title"); }, "title");
        Try(() => PostText.Body(text), "text");

        void Try(Action check, string field)
        {
            try { check(); }
            catch (Refused refused) { problems.Add(field, texts[refused.Message]); }
        }
    }
}
