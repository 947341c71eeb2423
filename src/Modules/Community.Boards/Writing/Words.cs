using Community.Members;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>What a form that writes has brought.</summary>
sealed class Words(string? title, string? text, string? key)
{
    public string Text => text ?? "";
    /// <summary>The form's own key; a browser that sends none writes once more each time.</summary>
    public Guid Key { get; } = Guid.TryParse(key, out var given) ? given : Guid.NewGuid();

    /// <summary>What keeps the words from being a post, beside the fields.</summary>
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
