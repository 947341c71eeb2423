namespace Community.Kernel;

/// <summary>How a site looks where its style sheet does not reach: in a mail, on white.</summary>
/// <param name="Brand">The colour of the site, as <c>#rrggbb</c>.</param>
/// <param name="Link">The colour of links, dark enough to be read on white.</param>
/// <param name="Logo">Root-relative address of its logo, if it is of a kind that mail programs show.</param>
public sealed record MailColors(string Brand, string Link, string? Logo)
{
    public static readonly MailColors Plain = new("#5c6063", "#1c587f", null);
}

/// <summary>The look of a site; the module that knows themes says it.</summary>
public delegate MailColors MailColorsOf(Site site);
