namespace Community.Kernel;

/// <summary>The site that the running request, job or command belongs to. Throws if none is set.</summary>
public sealed class CurrentSite
{
    static readonly AsyncLocal<Site?> current = new();

    /// <exception cref="InvalidOperationException">No site is set: the caller runs outside any site.</exception>
    public Site Site => current.Value ?? throw new InvalidOperationException("No site is set here. Open one with SiteScopes.Open(site).");

    /// <summary>Sets the site until the result is disposed.</summary>
    public IDisposable Use(Site site)
    {
        var before = current.Value;
        current.Value = site;
        return new Restore(before);
    }

    sealed class Restore(Site? before) : IDisposable
    {
        public void Dispose() => current.Value = before;
    }
}
