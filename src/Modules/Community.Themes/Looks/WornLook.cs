using Community.Kernel;

namespace Community.Themes;

/// <summary>What the pages of this request wear: the site's look, or the one that its reader is trying.</summary>
public sealed class WornLook(Site site)
{
    public Look Look { get; private set; } = Look.Of(site);
    /// <summary>Names the try for addresses of style sheets; null if the site's own look is worn.</summary>
    public string? Tried { get; private set; }

    internal void Try(KeptLook tried) => (Look, Tried) = (tried.Look, $"{tried.Id}-{tried.At.Ticks}");
}
