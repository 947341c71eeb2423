using Community.Kernel;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The submitted fields of a form that writes a post.</summary>
public sealed class PostInput(string? title, string? text, string? key, string? earlier = null)
{
    public string Text { get; private set; } = text ?? "";

    /// <summary>Adds a paragraph at the end: a reference to a file that was sent with the form.</summary>
    public void Append(string paragraph) => Text = string.IsNullOrWhiteSpace(Text) ? paragraph : $"{Text.TrimEnd()}\n\n{paragraph}";

    /// <summary>The form's idempotency key; without one, each submission creates a post.</summary>
    public Guid Key { get; private set; } = Guid.TryParse(key, out var given) ? given : Guid.NewGuid();
    /// <summary>The key under which the form was sent before with a different text; see <see cref="WasSent"/>.</summary>
    public Guid? Earlier { get; private set; } = Guid.TryParse(earlier, out var before) ? before : null;

    /// <summary>Gives the form a new key and remembers the old one.</summary>
    public void WasSent() => (Earlier, Key) = (Key, Guid.NewGuid());

    /// <summary>Adds what is wrong with title and text to the fields.</summary>
    public void Check(Problems problems, IStringLocalizer texts, bool titleRequired)
    {
        Try(() => { if (PostText.Title(title) is null && titleRequired) throw new Refused("boards.refused.no-title"); }, "title");
        Try(() => PostText.Body(Text), "text");

        void Try(Action check, string field)
        {
            try { check(); }
            catch (Refused refused) { problems.Add(field, texts[refused.Message]); }
        }
    }
}
