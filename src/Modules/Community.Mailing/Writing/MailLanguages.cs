using System.Globalization;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>The languages in which a mailing can be written besides the site's own.</summary>
public static class MailLanguages
{
    public static IEnumerable<string> Others(Site site) => Texts.Languages.Where(l => l != site.Culture);

    /// <summary>Whether a content can have this language; empty is the site's own.</summary>
    public static bool Has(Site site, string language) => language.Length == 0 || Others(site).Contains(language);

    /// <summary>As those who speak it call it; as it was asked for if there is none.</summary>
    public static string NameOf(string language) =>
        Texts.Languages.Contains(language) ? CultureInfo.GetCultureInfo(language).NativeName : language;
}
