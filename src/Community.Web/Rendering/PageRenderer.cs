using Community.Web.Frame;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.HtmlRendering.Infrastructure;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.AspNetCore.Components.Web.HtmlRendering;
using Microsoft.Extensions.Logging.Abstractions;

// A new major version of the framework may change these types. Only this file uses them.
#pragma warning disable BL0006

namespace Community.Web.Rendering;

/// <summary>
/// Renders one page to HTML and calls the handler of a submitted form. Nothing is streamed or interactive, so it
/// avoids the state that the framework's endpoint renderer keeps for both.
/// </summary>
sealed class PageRenderer(IServiceProvider services) : StaticHtmlRenderer(services, NullLoggerFactory.Instance)
{
    const string Submit = "onsubmit";

    /// <summary>The positions of the page's forms that have <c>@formname</c> and <c>@onsubmit</c>.</summary>
    readonly Dictionary<(int Component, int Frame), string> forms = [];

    Document? document;

    /// <summary>Renders the document, or the page alone, around which <see cref="Frame"/> puts the rest.</summary>
    public HtmlRootComponent Begin(bool framed)
    {
        document = (Document)InstantiateComponent(typeof(Document));
        return BeginRenderingComponent(document, Parameters(framed));
    }

    /// <summary>Renders the frame around the page, and completes when all of it is rendered.</summary>
    public Task Frame() => RenderRootComponentAsync(GetComponentState(document!).ComponentId, Parameters(framed: true));

    static ParameterView Parameters(bool framed) =>
        ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(Document.Framed)] = framed });

    /// <summary>Calls the handler of a form, and completes when all changes are rendered; null if the page has no such form.</summary>
    /// <exception cref="InvalidOperationException">Two forms of the page have this name.</exception>
    public Task? Send(string form)
    {
        var found = forms.Where(f => f.Value == form).Select(f => f.Key).ToList();
        if (found.Count == 0) return null;
        if (found.Count > 1) throw new InvalidOperationException($"The page has {found.Count} forms of the name {form}.");
        return HandlerOf(found[0].Component, found[0].Frame) is { } handler
            ? DispatchEventAsync(handler, null, EventArgs.Empty, waitForQuiescence: true)
            : Task.CompletedTask;
    }

    protected override Task UpdateDisplayAsync(in RenderBatch renderBatch)
    {
        if (renderBatch.NamedEventChanges is { } changes)
        {
            Note(changes, NamedEventChangeType.Removed);
            Note(changes, NamedEventChangeType.Added);
        }
        return base.UpdateDisplayAsync(renderBatch);
    }

    void Note(ArrayRange<NamedEventChange> changes, NamedEventChangeType type)
    {
        foreach (ref var change in changes.Array.AsSpan(0, changes.Count))
        {
            if (change.ChangeType != type || change.EventType != Submit) continue;
            if (type == NamedEventChangeType.Removed) forms.Remove((change.ComponentId, change.FrameIndex));
            else if (TryCreateScopeQualifiedEventName(change.ComponentId, change.AssignedName, out var name))
                forms.Add((change.ComponentId, change.FrameIndex), name);
        }
    }

    /// <summary>A form's name comes after its attributes, one of which is the handler.</summary>
    ulong? HandlerOf(int component, int named)
    {
        var frames = GetCurrentRenderTreeFrames(component).Array;
        for (var i = named - 1; i >= 0 && frames[i].FrameType != RenderTreeFrameType.Element; i--)
            if (
                frames[i] is
                { FrameType: RenderTreeFrameType.Attribute, AttributeName: Submit, AttributeEventHandlerId: > 0 and var handler }
            )
                return handler;
        return null;
    }
}
