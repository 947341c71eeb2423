using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore.Internal;

// Databases makes contexts of two types that need more than options, so EF's public pool does not take them. A new version of EF may
// change its pool's types. Only this file uses them.
#pragma warning disable EF1001

namespace Community.Kernel;

/// <summary>
/// Opens the database of a site. A context that was disposed of is kept for the next request to the same site: making one costs as much
/// as several queries. It gives its connection back meanwhile.
/// </summary>
public sealed class SiteDatabases(
    Databases databases,
    ModuleList modules,
    JobList jobs,
    EventList events,
    WriteGates gates,
    QueueSignals signals,
    ContentVersions versions,
    SiteCache cache,
    TimeProvider time,
    IHttpContextAccessor http
)
{
    /// <summary>For all sites together; each takes some 50 KB.</summary>
    const int MaxIdle = 32;
    static readonly TimeSpan MaxIdleTime = TimeSpan.FromMinutes(2);

    readonly record struct Idle(SiteDb Db, long Since);

    // Ordered by idle time, longest first.
    readonly List<Idle> idle = [];

    /// <summary>Dispose of it once; nobody may use it afterwards.</summary>
    public SiteDb Open(Site site)
    {
        var lease = new DbContextLease(new Pool(this, site), standalone: true);
        lease.Context.SetLease(lease);
        return (SiteDb)lease.Context;
    }

    SiteDb Make(Site site)
    {
        var db = databases.OpenSite(
            new SiteDbParts(site, modules, jobs, events, gates, signals, versions, time, () => Audit.ActorOf(http.HttpContext), cache)
        );
        ((IDbContextPoolable)db).SnapshotConfiguration();
        return db;
    }

    // A changed site is another object: a context knows its site's features.
    SiteDb? Take(Site site)
    {
        lock (idle)
            for (var i = idle.Count - 1; i >= 0; i--)
                if (idle[i].Db is var db && ReferenceEquals(db.Site, site))
                {
                    idle.RemoveAt(i);
                    return db;
                }
        return null;
    }

    void Keep(SiteDb db)
    {
        List<SiteDb>? old = null;
        lock (idle)
        {
            idle.Add(new(db, Stopwatch.GetTimestamp()));
            while (idle.Count > MaxIdle || Stopwatch.GetElapsedTime(idle[0].Since) > MaxIdleTime)
            {
                (old ??= []).Add(idle[0].Db);
                idle.RemoveAt(0);
            }
        }
        foreach (var one in old ?? []) End(one);
    }

    static void End(IDbContextPoolable db)
    {
        db.ClearLease();
        db.Dispose();
    }

    /// <summary>What EF asks when a context is disposed of.</summary>
    sealed class Pool(SiteDatabases all, Site site) : IDbContextPool
    {
        public IDbContextPoolable Rent() => all.Take(site) ?? all.Make(site);

        public void Return(IDbContextPoolable context)
        {
            var db = (SiteDb)context;
            if (db.Forget())
            {
                context.ResetState();
                all.Keep(db);
            }
            else End(context);
        }

        public async ValueTask ReturnAsync(IDbContextPoolable context, CancellationToken cancellationToken = default)
        {
            var db = (SiteDb)context;
            if (db.Forget())
            {
                await context.ResetStateAsync(cancellationToken);
                all.Keep(db);
            }
            else End(context);
        }
    }
}
