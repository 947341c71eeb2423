using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>Opens the database of a site.</summary>
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
    public SiteDb Open(Site site) =>
        databases.OpenSite(
            new SiteDbParts(site, modules, jobs, events, gates, signals, versions, time, () => Audit.ActorOf(http.HttpContext), cache)
        );
}
