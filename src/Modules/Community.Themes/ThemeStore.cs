namespace Community.Themes;

/// <summary>The themes on disk.</summary>
public sealed class ThemeStore
{
    public string VersionOf(string theme) => "1";

    /// <summary>The document's frame around the slots, for one page.</summary>
    public IReadOnlyList<FrameSegment> Frame(string theme, FrameValues values) =>
    [
        new($"<!DOCTYPE html><html lang=\"{values.Lang}\" data-scheme=\"{values.Scheme}\"><head>", null), new(null, "head"), new("</head><body>", null),
        new(null, "account"), new(null, "body"), new(null, "sidebar"), new(null, "footer"), new(null, "scripts"), new("</body></html>", null),
    ];
}

/// <summary>A piece of the frame: literal HTML, or the name of a slot.</summary>
public sealed record FrameSegment(string? Html, string? Slot);

/// <summary>What a theme's layout may show. Values only; slots are filled by the host.</summary>
public sealed record FrameValues
{
    public required string Lang { get; init; }
    /// <summary><c>auto</c>, <c>light</c> or <c>dark</c>.</summary>
    public required string Scheme { get; init; }
    public required string SiteName { get; init; }
    public required string SiteTagline { get; init; }
    public required string PageKind { get; init; }
    public required IReadOnlyList<FrameLink> Nav { get; init; }
    /// <summary>Null when nobody is signed in.</summary>
    public FrameLink? Member { get; init; }
    public required IReadOnlyList<FrameLanguage> Languages { get; init; }
    /// <summary>The site's values of the theme's tokens, the logo among them.</summary>
    public required IReadOnlyDictionary<string, string> Tokens { get; init; }
}

public sealed record FrameLink(string Text, string Url, bool Current = false);
public sealed record FrameLanguage(string Code, string Name, string Url, bool Current);
