using Community.Kernel;

namespace Community.Themes;

/// <summary>The theme settings that the pages of this request use: the published ones, or the reader's preview.</summary>
public sealed class ActiveTheme(Site site)
{
    public ThemeSettings Settings { get; private set; } = ThemeSettings.Of(site);
    /// <summary>Part of the address of the preview's style sheet; null without a preview.</summary>
    public string? PreviewKey { get; private set; }

    internal void Preview(ThemeVersion preview) => (Settings, PreviewKey) = (preview.Settings, $"{preview.Id}-{preview.At.Ticks}");
}
