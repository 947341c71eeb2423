namespace Community.Kernel;

/// <summary>A site's look where its style sheet does not apply: in mail, on white.</summary>
/// <param name="Brand">The site's brand colour, as <c>#rrggbb</c>.</param>
/// <param name="Link">The link colour, dark enough to read on white.</param>
/// <param name="Logo">Root-relative URL of its logo, if it has a format that mail programs show.</param>
/// <param name="OnBrand">White or black, whichever is easier to read on the brand colour.</param>
public sealed record MailColors(string Brand, string Link, string? Logo, string OnBrand = "#ffffff")
{
    public static readonly MailColors Plain = new("#5c6063", "#1c587f", null);
}

/// <summary>Returns a site's look; implemented by the module that knows themes.</summary>
public delegate MailColors MailColorsOf(Site site);
