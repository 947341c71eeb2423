using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The button "Save draft" of the forms that write, for browsers without script: saves, and shows the form again.</summary>
public sealed class DraftOfForm(SaveDraft save, Flash flash, NavigationManager navigation, IStringLocalizer texts)
{
    /// <summary>The value of the button that carries a reply into a topic of its own.</summary>
    public const string AsTopic = "topic";

    /// <param name="writer">Who writes.</param>
    /// <param name="place">Where the form stands.</param>
    /// <param name="input">What it holds.</param>
    /// <param name="button">The value of the button.</param>
    /// <param name="problems">Gets what is wrong: then nothing was saved, and the form is shown with all that was typed.</param>
    public async Task Keep(Reader writer, DraftPlace place, DraftInput input, string button, Problems problems)
    {
        try
        {
            if (await save.Save(writer, place, input, default) is not { } saved) { navigation.NotFound(); return; }
            var carried = button == AsTopic && place.Kind is DraftKind.Reply;
            if (carried) place = new(DraftKind.Topic, place.Board);
            if (saved.Other is { } other)
                flash.Say(new FlashMessage("boards.draft.conflict") { Tone = FlashTone.Warn, Link = new(other, "boards.draft.look") });
            else flash.Say(carried ? "boards.draft.carried" : saved.Token is null ? "boards.draft.nothing" : "boards.draft.saved");
            navigation.NavigateTo(saved.Token is { } token ? place.UrlWith(token.Id) : place.Url);
        }
        catch (Refused refused) when (refused is not Denied) { problems.Add("", texts[refused.Message]); }
    }
}
