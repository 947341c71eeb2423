namespace Community.Kernel;

/// <summary>Opens the database of a site.</summary>
public sealed class SiteDatabases(
    Databases databases,
    ModuleList modules,
    JobList jobs,
    WriteGates gates,
    QueueSignals signals,
    ContentVersions versions,
    TimeProvider time
)
{
    public SiteDb Open(Site site) => databases.OpenSite(new SiteDbParts(site, modules, jobs, gates, signals, versions, time));
}
