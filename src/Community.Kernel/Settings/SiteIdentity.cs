using System.ComponentModel.DataAnnotations;

namespace Community.Kernel;

/// <summary>
/// What a site is called. Its staff edit it like other settings; it stands in the catalogue, since it is needed before the site's database
/// is opened, and the operator may change it there too.
/// </summary>
public sealed record SiteIdentity
{
    [Required, MaxLength(100)]
    public string Name { get; set; } = "Community";

    /// <summary>A line below the name.</summary>
    [MaxLength(200)]
    public string Tagline { get; set; } = "";

    /// <summary>The name that mail comes from; empty for the site's.</summary>
    [MaxLength(100)]
    public string MailFromName { get; set; } = "";

    /// <summary>Pages and mails in the site's own language alone.</summary>
    public bool OneLanguage { get; set; }

    internal static SiteIdentity Of(Site site) =>
        new()
        {
            Name = site.Name,
            Tagline = site.Tagline,
            MailFromName = site.MailFromName == site.Name ? "" : site.MailFromName,
            OneLanguage = site.Languages.Count == 1,
        };

    internal void Apply(CatalogueSite row) =>
        (row.Name, row.Tagline, row.MailFromName, row.OneLanguage) = (Name, Tagline, MailFromName, OneLanguage);
}
