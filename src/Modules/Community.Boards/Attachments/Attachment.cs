using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// A picture or file that a member has uploaded for a post. Texts refer to it by its key; it belongs to the post in which its owner
/// publishes it first, and whoever may read that post may see it (<see cref="AttachmentRights"/>), wherever else it is quoted.
/// </summary>
public sealed partial class Attachment
{
    public const int KeyLength = 26;
    /// <summary>References that a text is searched for.</summary>
    public const int MaxInText = 100;

    public long Id { get; set; }
    /// <summary>Random, 130 bits: what stands in texts and addresses.</summary>
    public required string Key { get; set; }
    /// <summary>Null once the owner is erased.</summary>
    public long? OwnerId { get; set; }
    /// <summary>Null until a post with it is published.</summary>
    public long? PostId { get; set; }
    public Post? Post { get; set; }
    /// <summary>The stored content, see <see cref="StoredFile.Hash"/>.</summary>
    public required string Hash { get; set; }
    /// <summary>The content of the small version of a picture; null if there is none.</summary>
    public string? SmallHash { get; set; }
    /// <summary>As its owner called it, see <see cref="FileName"/>.</summary>
    public required string Name { get; set; }
    public required string MediaType { get; set; }
    public long Bytes { get; set; }
    /// <summary>In pixels; 0 if it is no picture.</summary>
    public int Width { get; set; }
    public int Height { get; set; }
    public DateTime At { get; set; }
    /// <summary>Identifies the sending: what is sent twice is kept once.</summary>
    public Guid? FormKey { get; set; }

    public bool IsPicture => Width > 0;

    /// <summary>
    /// Its address. A picture's size is part of it, so that a page with the text keeps room for the picture without asking for it.
    /// </summary>
    public string Url => IsPicture ? $"/files/{Key}-{Width}x{Height}" : $"/files/{Key}";

    /// <summary>What refers to it in a text, as Markdown: a picture, or a link with the size.</summary>
    public string Markdown =>
        IsPicture ? $"![{Markup.Literal(FileName.StemOf(Name))}]({Url})" : $"[{Markup.Literal(Name)}]({Url} \"{SizeOf(Bytes)}\")";

    /// <summary>The keys to which a text refers, each once.</summary>
    public static IReadOnlyCollection<string> KeysIn(string text) =>
        text.Contains("/files/", StringComparison.Ordinal)
            ? [.. Reference().Matches(text).Take(MaxInText).Select(m => m.Groups[1].Value).Distinct()]
            : [];

    /// <summary>A size for people, in any language: 2.3 MB.</summary>
    public static string SizeOf(long bytes) =>
        bytes < 1024 * 1024
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Math.Max(1, bytes / 1024)} KB")
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.#} MB");

    [GeneratedRegex("/files/([a-z2-7]{26})(?![a-z2-7])")]
    private static partial Regex Reference();
}
