using Community.Kernel;
using Community.Members;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Boards;

/// <summary>The cards of the page that is asked for, as its reader may see them.</summary>
sealed class LinkCardsOfPage(
    SiteDb db, Site site, CurrentMember current, IOptions<CommunityOptions> options, IStringLocalizer texts)
{
    /// <param name="bodies">The HTML of the page's posts.</param>
    /// <param name="ct">Cancels the query.</param>
    public async Task<LinkCards> Of(IEnumerable<string> bodies, CancellationToken ct = default) =>
        await LinkCards.Of(db, await current.Reader(ct), site, options.Value.UrlOf(site, ""), texts, bodies, ct);
}
