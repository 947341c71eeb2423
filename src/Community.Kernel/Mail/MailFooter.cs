using System.Net;
using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>What stands below each mail of a site: who runs it, how to reach them, and what every page links to.</summary>
/// <param name="Lines">Address and contact.</param>
/// <param name="Links">Texts and absolute addresses, such as the privacy policy.</param>
/// <param name="ReplyTo">Where answers go; empty for the sender.</param>
public sealed record MailFooter(IReadOnlyList<string> Lines, IReadOnlyList<(string Text, string Url)> Links, string ReplyTo = "")
{
    public static readonly MailFooter None = new([], []);

    /// <param name="services">The site's services.</param>
    /// <param name="culture">The language of the mail.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task<MailFooter> Of(IServiceProvider services, string culture, CancellationToken ct)
    {
        var (site, texts) = (services.GetRequiredService<Site>(), services.GetRequiredService<IStringLocalizer>());
        var options = services.GetRequiredService<IOptions<CommunityOptions>>().Value;
        var contact = await services.GetRequiredService<Settings<ContactSettings>>().Get(ct);
        var links = await services.GetRequiredService<Menus>().Of(MenuPlace.Footer, new ClaimsPrincipal());
        return new(
            [.. contact.Lines],
            [.. links.Select(l => (l.Item.Label ?? texts.In(culture, l.Item.Text), options.UrlOf(site, l.Item.Url)))],
            contact.ReplyTo
        );
    }

    /// <summary>As plain text, one line each; empty for nothing.</summary>
    public string ToText() => string.Concat(Lines.Select(l => l + "\n").Concat(Links.Select(l => $"{l.Text}: {l.Url}\n")));

    /// <summary>As HTML for <see cref="MailLayout.Around"/>; empty for nothing.</summary>
    /// <param name="link">The colour of links.</param>
    public string ToHtml(string link)
    {
        var html = new StringBuilder();
        if (Lines.Count > 0) html.Append("<p style=\"margin:0\">").AppendJoin("<br>", Lines.Select(WebUtility.HtmlEncode)).Append("</p>");
        if (Links.Count > 0)
            html.Append("<p style=\"margin:6px 0 0\">")
                .AppendJoin(
                    " · ",
                    Links.Select(l =>
                        $"<a href=\"{WebUtility.HtmlEncode(l.Url)}\" style=\"color:{link}\">{WebUtility.HtmlEncode(l.Text)}</a>"
                    )
                )
                .Append("</p>");
        return html.ToString();
    }

    /// <summary>The field Reply-To; none if answers go to the sender.</summary>
    public IEnumerable<(string Field, string Value)> Fields => ReplyTo.Length > 0 ? [("Reply-To", $"<{ReplyTo}>")] : [];
}
