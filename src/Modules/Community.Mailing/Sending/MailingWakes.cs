using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Which sites have mailings to do, in the catalogue's <c>site_work</c> under the queue <c>mailing</c>. No node claims a site here: all of
/// them send for it at once. <c>next_at</c> is when the site must next be looked at; <c>lease_until</c> is until when it may not be put to
/// sleep, because somebody announced work whose commit is still to come.
/// </summary>
public sealed class MailingWakes(Databases databases, SiteBell bell, TimeProvider time)
{
    public const string Queue = "mailing";
    /// <summary>Longer than a commit takes.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>No matter what the clock says: put back while a mailing runs, it must not hold that up.</summary>
    static readonly DateTime AtOnce = DateTime.UnixEpoch;

    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Call before the commit that gives the site something to do at <paramref name="at"/>.</summary>
    public async Task Announce(Site site, DateTime at, CancellationToken ct = default)
    {
        await bell.Before(site, [(Queue, at)], ct);
        var until = Now + Grace;
        await using var db = databases.OpenCatalogue();
        await db
            .Work.Where(w => w.SiteId == site.Id && w.Queue == Queue)
            .ExecuteUpdateAsync(s => s.SetProperty(w => w.LeaseUntil, until), ct);
    }

    /// <summary>Call after the commit: this node looks at once.</summary>
    public async Task Ring(Site site, DateTime at)
    {
        if (at > Now) return;
        await using var db = databases.OpenCatalogue();
        await db
            .Work.Where(w => w.SiteId == site.Id && w.Queue == Queue && (w.NextAt == null || w.NextAt > AtOnce))
            .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, AtOnce));
        bell.After(site, [(Queue, at)]);
    }

    public async Task<IReadOnlyList<long>> Due(CancellationToken ct)
    {
        var now = Now;
        await using var db = databases.OpenCatalogue();
        return await db.Work.Where(w => w.Queue == Queue && w.NextAt <= now).OrderBy(w => w.NextAt).Select(w => w.SiteId).ToListAsync(ct);
    }

    /// <summary>
    /// Nothing to do on the site before <paramref name="next"/> (null: at all), as it looked at <paramref name="looked"/>.
    /// </summary>
    public async Task Sleep(Site site, DateTime? next, DateTime looked, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        await db.Work.Where(w => w.SiteId == site.Id && w.Queue == Queue && (w.LeaseUntil == null || w.LeaseUntil < looked))
            .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, next), ct);
    }
}
