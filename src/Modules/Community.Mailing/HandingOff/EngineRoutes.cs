using System.Collections.Concurrent;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>Which mailings the delivery engine sends, and how long before their time they are handed to it.</summary>
public sealed class EngineRoutes(IOptions<MailingOptions> options)
{
    const int MaxKept = 10_000;

    /// <summary>Reserved mailings of which the lead has come, and which are not for the engine: nobody counts them every second.</summary>
    readonly ConcurrentDictionary<(long Site, long Mailing, DateTime Start, MailingRoute Route), bool> notForIt = new();

    /// <summary>There is an engine.</summary>
    public bool IsThere => options.Value.Engine.Length > 0;

    /// <summary>
    /// The engine can send the site's mail as web servers would: a site's own relay takes its mail from its own servers only, and mail that
    /// is signed here needs an engine that can sign.
    /// </summary>
    public async Task<bool> CanSend(SiteDb db, OwnRelay? own, CancellationToken ct) =>
        IsThere && own is null && (options.Value.EngineKey.Length > 0 || (await SigningKeys.Of(db, ct)).Keys.Present is null);

    public TimeSpan GoLead => options.Value.EngineGoLead;

    /// <summary>When a reserved mailing is to be begun.</summary>
    public DateTime? BeginsAt(Site site, long mailing, DateTime? start, MailingRoute route) =>
        start is not { } at || !IsThere || route is MailingRoute.WebServers || notForIt.ContainsKey((site.Id, mailing, at, route))
            ? start
            : at - options.Value.EngineOfferLead;

    /// <inheritdoc cref="BeginsAt(Site, long, DateTime?, MailingRoute)"/>
    public DateTime? BeginsAt(Site site, Mailing mailing) => BeginsAt(site, mailing.Id, mailing.StartAt, mailing.Route);

    /// <summary>Who is to send it, if it begins now.</summary>
    public async Task<MailingHolder> HolderOf(Mailing mailing, SiteDb db, OwnRelay? own, CancellationToken ct)
    {
        if (await IsFor(mailing, db, own, ct)) return MailingHolder.Engine;
        if (notForIt.Count >= MaxKept) notForIt.Clear();
        if (mailing.StartAt is { } start) notForIt[(db.Site.Id, mailing.Id, start, mailing.Route)] = true;
        return MailingHolder.WebServers;
    }

    /// <summary>Whether the engine is to send it, as things are now.</summary>
    public async Task<bool> IsFor(Mailing mailing, SiteDb db, OwnRelay? own, CancellationToken ct)
    {
        // Of several variants web servers send the sample. An offer has words alone: what a mailing carries stays with the web servers.
        if (mailing.Route is MailingRoute.WebServers || mailing.IsTest || mailing.IsSplit || mailing.Carries) return false;
        if (!await CanSend(db, own, ct)) return false;
        if (mailing.Route is MailingRoute.Engine) return true;
        return await (await Audience.Receivers(mailing, db, ct)).CountAsync(ct) >= options.Value.EngineFrom;
    }
}
