namespace Community.Themes;

/// <summary>A fragment of the frame: literal HTML, or the name of a slot.</summary>
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
    public required FrameTexts Words { get; init; }

    /// <summary>The model that the layout sees. Dictionaries only: templates can read any property of other objects.</summary>
    internal Dictionary<string, object?> ToModel(Theme theme) =>
        new()
        {
            ["lang"] = Lang,
            ["scheme"] = Scheme,
            ["site"] = new Dictionary<string, object?>
            {
                ["name"] = SiteName,
                ["tagline"] = SiteTagline,
                ["home"] = "/",
                ["logo"] = Logo.UrlFor(theme, Tokens),
            },
            ["nav"] = Nav.Take(Layout.MaxListLength)
                .Select(n => new Dictionary<string, object?>
                {
                    ["text"] = n.Text,
                    ["url"] = n.Url,
                    ["current"] = n.Current,
                })
                .ToList(),
            ["member"] = Member is null ? null : new Dictionary<string, object?> { ["name"] = Member.Text, ["url"] = Member.Url },
            ["languages"] = Languages
                .Take(Layout.MaxListLength)
                .Select(l => new Dictionary<string, object?>
                {
                    ["code"] = l.Code,
                    ["name"] = l.Name,
                    ["url"] = l.Url,
                    ["current"] = l.Current,
                })
                .ToList(),
            ["text"] = new Dictionary<string, object?>
            {
                ["skip"] = Words.Skip,
                ["menu"] = Words.Menu,
                ["navigation"] = Words.Navigation,
            },
            ["page"] = new Dictionary<string, object?> { ["kind"] = PageKind },
            ["images"] = theme.UrlOf("images"),
        };
}

public sealed record FrameLink(string Text, string Url, bool Current = false);
public sealed record FrameLanguage(string Code, string Name, string Url, bool Current);
/// <summary>The texts of a frame, in the reader's language.</summary>
public sealed record FrameTexts(string Skip, string Menu, string Navigation);
