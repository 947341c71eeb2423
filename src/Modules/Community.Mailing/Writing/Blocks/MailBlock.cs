using System.Text.Json;
using System.Text.Json.Serialization;

namespace Community.Mailing;

/// <summary>What a block of a mail is.</summary>
public enum BlockKind { Heading, Text, Picture, Button, Columns, Divider, Page }

/// <summary>
/// A block of a mail. Which fields mean something depends on its kind; a column of <see cref="BlockKind.Columns"/> has a picture, a text
/// and a button, each of which may be missing.
/// </summary>
public sealed record MailBlock
{
    /// <summary>Enough for a magazine; a mail with more is cut by mail programs.</summary>
    public const int MaxBlocks = 30;
    public const int MinColumns = 2, MaxColumns = 3;

    public BlockKind Kind { get; init; }
    /// <summary>The words of a heading; Markdown of a text, a column or below a page's title.</summary>
    public string Text { get; init; } = "";
    /// <summary>On a button; the title of a page.</summary>
    public string Label { get; init; } = "";
    /// <summary>Where a button, picture or page leads, as typed; may contain merge fields.</summary>
    public string Url { get; init; } = "";
    /// <summary>What a picture shows, for those who do not see it.</summary>
    public string Alt { get; init; } = "";
    /// <summary>The name of a stored file, as <c>{hash}.png</c>.</summary>
    public string? Picture { get; init; }
    /// <summary>Of the stored picture, in pixels.</summary>
    public int Width { get; init; }
    /// <inheritdoc cref="Width"/>
    public int Height { get; init; }
    public IReadOnlyList<MailBlock> Columns { get; init; } = [];

    /// <summary>It and its columns.</summary>
    [JsonIgnore]
    public IEnumerable<MailBlock> Parts => Columns.Prepend(this);

    static readonly JsonSerializerOptions options = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        // Merge fields and hashes are searched for in it.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string ToJson(IReadOnlyList<MailBlock> blocks) => JsonSerializer.Serialize(blocks, options);
    public static IReadOnlyList<MailBlock> Parse(string json) => JsonSerializer.Deserialize<List<MailBlock>>(json, options)!;
}
