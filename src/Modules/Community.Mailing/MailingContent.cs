using System.Text.Json.Serialization;

namespace Community.Mailing;

/// <summary>
/// What a mailing says, in one language and one variant. Every mailing has the one of variant 0 in the site's own language.
/// </summary>
public sealed class MailingContent
{
    public const int MaxSubjectLength = 200, MaxPreheaderLength = 200, MaxTextLength = 60_000;

    [JsonIgnore]
    public long MailingId { get; set; }
    /// <summary>Of a test of several (A/B); 0 is what there is without one.</summary>
    public byte Variant { get; set; }
    /// <summary>Two letters; empty for the site's own language.</summary>
    public string Language { get; set; } = "";
    public string Subject { get; set; } = "";
    /// <summary>What mail programs show behind the subject in their lists; empty for the beginning of the text.</summary>
    public string Preheader { get; set; } = "";
    /// <summary>The blocks that it is put together from, as JSON; null if it is Markdown alone.</summary>
    public string? Blocks { get; set; }
    /// <summary>Markdown with merge fields; with blocks, the plain text that replaces the one made from them, or empty.</summary>
    public string Text { get; set; } = "";

    /// <summary>Of a further variant: its words are its own; else it has those of variant 0, whatever becomes of them.</summary>
    [JsonIgnore]
    public bool OwnWords { get; set; }

    [JsonIgnore]
    public bool IsMain => Variant == 0 && Language.Length == 0;
    /// <summary>Everything in which a merge field may stand.</summary>
    [JsonIgnore]
    public string Words => string.Join('\n', Subject, Preheader, Text, Blocks);

    /// <summary>
    /// What a recipient gets: the only place where that is decided. A reader's language comes before the variant: a variant that was
    /// written in one language alone reaches those who read that language.
    /// </summary>
    /// <param name="all">All contents of the mailing.</param>
    /// <param name="variant">The delivery's.</param>
    /// <param name="language">The member's; one in which nothing was written means the site's own.</param>
    public static MailingContent For(IReadOnlyCollection<MailingContent> all, byte variant, string language) =>
        all.FirstOrDefault(c => c.Variant == variant && c.Language == language)
        ?? all.FirstOrDefault(c => c.Variant == 0 && c.Language == language)
        ?? all.FirstOrDefault(c => c.Variant == variant && c.Language.Length == 0)
        ?? all.FirstOrDefault(c => c.IsMain)
        ?? throw new InvalidOperationException("The mailing's contents were not loaded.");

    /// <summary>The same words, of no mailing yet.</summary>
    public MailingContent Copy() =>
        new()
        {
            Variant = Variant,
            Language = Language,
            Subject = Subject,
            Preheader = Preheader,
            Blocks = Blocks,
            Text = Text,
            OwnWords = OwnWords,
        };

    /// <summary>Whether the other says the same.</summary>
    public bool Says(MailingContent other) =>
        (Subject, Preheader, Blocks, Text) == (other.Subject, other.Preheader, other.Blocks, other.Text);
}
