using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>A usable theme: its folder merged over its parents', checked and compiled. Immutable.</summary>
public sealed partial class Theme
{
    const int MaxParents = 4;

    readonly Layout layout;
    readonly string css;

    Theme(
        string name,
        LocalizedText title,
        LocalizedText about,
        IReadOnlyDictionary<string, Token> tokens,
        IReadOnlyDictionary<string, ThemeFile> files,
        string version,
        Layout layout,
        Func<Theme, string> css
    )
    {
        (Name, Title, About, Tokens, Files, Version, this.layout) = (name, title, about, tokens, files, version, layout);
        this.css = css(this);
    }

    /// <summary>The folder's name.</summary>
    public string Name { get; }
    public LocalizedText Title { get; }
    public LocalizedText About { get; }
    public IReadOnlyDictionary<string, Token> Tokens { get; }
    /// <summary>Pictures and fonts of the theme and its parents, by path in the folder.</summary>
    public IReadOnlyDictionary<string, ThemeFile> Files { get; }
    public string Version { get; }

    /// <summary>The style sheets of the chain, root parent first.</summary>
    public string Css => css;

    /// <summary>The URL of a theme file, with its hash; a folder's URL is returned unchanged.</summary>
    public string UrlOf(string file) => $"/themes/{Name}/{file}" + (Files.TryGetValue(file, out var known) ? "?v=" + known.Hash : "");

    public IReadOnlyList<FrameSegment> Frame(FrameValues values) => layout.Render(values.ToModel(this));

    /// <summary>
    /// The built-in fallback: used without a theme, or when a broken one has no earlier good version. The site stays reachable.
    /// </summary>
    public static Theme BuiltIn { get; } =
        new(
            "",
            LocalizedText.None,
            LocalizedText.None,
            new Dictionary<string, Token>(),
            new Dictionary<string, ThemeFile>(),
            "0",
            new Layout(
                """
                <!DOCTYPE html>
                <html lang="{{lang}}" data-scheme="{{scheme}}"><head>{{{head}}}</head>
                <body class="page-{{page.kind}}"><a class="skip-link" href="#main">{{text.skip}}</a>
                <header class="site-header"><div class="site-header-inner"><a class="site-brand" href="{{site.home}}">{{site.name}}</a>
                {{#if nav}}<nav class="site-nav" aria-label="{{text.navigation}}"><ul>{{#each nav}}<li><a href="{{url}}"{{#if current}} aria-current="page"{{/if}}>{{text}}</a></li>{{/each}}</ul></nav>{{/if}}
                <div class="site-account">{{{account}}}</div></div></header>
                <div class="site-columns"><main class="site-main" id="main" tabindex="-1">{{{body}}}</main><aside class="site-side">{{{sidebar}}}</aside></div>
                <footer class="site-footer"><div class="site-footer-inner">{{{footer}}}</div></footer>
                {{{scripts}}}</body></html>
                """,
                new Dictionary<string, string>()
            ),
            _ => ""
        );

    internal static string VersionOf(IReadOnlyList<ThemeFolder> chain) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(chain.Select(f => f.Hash)))).AsSpan(0, 8));

    /// <summary>The folders of a theme and its parents, root parent first.</summary>
    internal static List<ThemeFolder> Chain(string root, string name)
    {
        var chain = new List<ThemeFolder>();
        for (string? next = name; next is not null; next = chain[0].Manifest.Parent)
        {
            if (chain.Count > MaxParents || chain.Any(f => f.Name == next))
                throw new BrokenTheme("theme.json", 0, "themes.broken.parents", next).Of(name);
            try
            {
                chain.Insert(0, ThemeFolder.Read(root, next));
            }
            catch (BrokenTheme error)
            {
                throw error.Of(next);
            }
        }
        return chain;
    }

    /// <exception cref="BrokenTheme">Something in the chain breaks the contract.</exception>
    internal static Theme From(List<ThemeFolder> chain)
    {
        var tokens = new Dictionary<string, Token>();
        var files = new Dictionary<string, ThemeFile>();
        var partials = new Dictionary<string, string>();
        foreach (var folder in chain)
        {
            foreach (var (path, file) in folder.Files) files[path] = file;
            foreach (var (partial, source) in folder.Partials) partials[partial] = source;
            try { TokenReader.Add(tokens, folder.Manifest.Tokens, folder == chain[0], files.ContainsKey); }
            catch (BrokenTheme error) { throw error.Of(folder.Name); }
        }
        var own = chain[^1];
        try
        {
            var layout = new Layout(
                chain.Select(f => f.Layout).LastOrDefault(l => l is not null)
                    ?? throw new BrokenTheme("layout.hbs", 0, "themes.broken.layout"),
                partials
            );
            var theme = new Theme(
                own.Name,
                new LocalizedText(own.Manifest.Name),
                new LocalizedText(own.Manifest.About),
                tokens,
                files,
                VersionOf(chain),
                layout,
                t => StylesOf(t, chain)
            );
            theme.Try();
            return theme;
        }
        catch (BrokenTheme error) when (!error.File.Contains('/') || error.File.StartsWith("partials/", StringComparison.Ordinal))
        {
            throw error.Of(own.Name);
        }
    }

    static string StylesOf(Theme theme, List<ThemeFolder> chain)
    {
        var css = new StringBuilder();
        foreach (var folder in chain)
            try { css.Append(StyleRules.Apply(folder.Css, file => theme.Files.ContainsKey(file) ? theme.UrlOf(file) : null)).Append('\n'); }
            catch (BrokenTheme error) { throw error.Of(folder.Name); }
        return BlankLines().Replace(css.ToString(), "\n");
    }

    /// <summary>Renders a page for a member and one for a visitor, so that errors that only occur when rendering occur now.</summary>
    void Try()
    {
        var visitor = new FrameValues
        {
            Lang = "en",
            Scheme = "auto",
            SiteName = "Name",
            SiteTagline = "",
            PageKind = "home",
            Nav = [],
            Languages = [],
            Tokens = new Dictionary<string, string>(),
            Words = new("", "", ""),
        };
        try
        {
            Frame(visitor);
            Frame(
                visitor with
                {
                    SiteTagline = "Tagline",
                    Member = new("Name", "/"),
                    Nav = [new("Text", "/", true)],
                    Languages = [new("en", "English", "/", true)],
                }
            );
        }
        catch (Exception error) when (error is not BrokenTheme)
        {
            throw new BrokenTheme("layout.hbs", 0, "themes.broken.template", error.Message);
        }
    }

    [GeneratedRegex(@"\n\s*\n")] private static partial Regex BlankLines();
}
