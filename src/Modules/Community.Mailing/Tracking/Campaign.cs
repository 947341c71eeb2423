using Community.Kernel;

namespace Community.Mailing;

/// <summary>The fields that tell the statistics of a linked web site from where a visitor came (UTM), by the author's choice.</summary>
static class Campaign
{
    /// <summary>
    /// The address with the fields, or as it was typed: if there is no campaign, if the address has fields of its own, or leads to no web
    /// page.
    /// </summary>
    public static string AddTo(string url, string campaign, Site site)
    {
        var end = url.IndexOf('#') is >= 0 and var hash ? hash : url.Length;
        var (page, rest) = (url[..end], url[end..]);
        if (campaign.Length == 0 || HasFields(page)) return url;
        var fields = $"utm_source={Uri.EscapeDataString(site.Key)}&utm_medium=email&utm_campaign={Uri.EscapeDataString(campaign)}";
        var mark = !page.Contains('?') ? "?" : page.EndsWith('?') || page.EndsWith('&') ? "" : "&";
        return page + mark + fields + rest;
    }

    // Any of them: half of an author's and half of ours would tell nothing. What only looks so, within the value of another field or behind
    // the number sign, is none.
    static bool HasFields(string page) =>
        page.IndexOf('?') is >= 0 and var query
        && page[(query + 1)..].Split('&', ';').Any(field => field.StartsWith("utm_", StringComparison.OrdinalIgnoreCase));
}
