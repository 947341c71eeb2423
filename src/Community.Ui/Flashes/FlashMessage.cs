namespace Community.Ui;

public enum FlashTone { Ok, Info, Warn, Danger }

/// <summary>What the next page says of an act that was just done, once.</summary>
/// <param name="Text">The key of its text: the words are chosen in the language of the page that shows them.</param>
/// <param name="Arguments">What the text has places for.</param>
public sealed record FlashMessage(string Text, params string[] Arguments)
{
    public FlashTone Tone { get; init; } = FlashTone.Ok;

    /// <summary>The number of a text with two forms, <c>.one</c> and <c>.other</c>; null for a plain text.</summary>
    public long? Count { get; init; }

    /// <summary>
    /// The name of the place that shows it, such as the one above a post; see <see cref="FlashNotices.At"/>. Null for the top of the page.
    /// </summary>
    public string? At { get; init; }

    public FlashLink? Link { get; init; }

    /// <summary>The way back.</summary>
    public FlashButton? Button { get; init; }
}

/// <param name="Url">Root-relative address.</param>
/// <param name="Text">The key of its text.</param>
public sealed record FlashLink(string Url, string Text);

/// <param name="Url">What the button posts to.</param>
/// <param name="Text">The key of its text.</param>
/// <param name="Arguments">What the text has places for.</param>
public sealed record FlashButton(string Url, string Text, params string[] Arguments)
{
    /// <summary>The name of a hidden field; null for none.</summary>
    public string? Field { get; init; }
    public string? Value { get; init; }
}
