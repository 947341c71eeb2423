using Community.Kernel;

namespace Community.Themes;

/// <summary>The site shows another theme, or other values of its tokens. Which stands in the site's row of the catalogue.</summary>
public sealed record ThemePublished : SiteEvent;
