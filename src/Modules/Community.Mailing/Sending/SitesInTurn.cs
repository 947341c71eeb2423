using Community.Kernel;

namespace Community.Mailing;

/// <summary>
/// Round-robin over the sites with messages to send: some messages each, no more than fit in a second, so that one site's large mailing
/// delays no other. The concurrent messages per site are limited: if the relay takes minutes over each of its recipients, the other lanes
/// stay free for the others.
/// </summary>
public sealed class SitesInTurn(int mostOfOne)
{
    readonly LinkedList<Site> sites = [];
    readonly Dictionary<long, int> underWay = [];
    readonly SemaphoreSlim filled = new(0);

    public void Add(Site site)
    {
        lock (sites)
        {
            // Replace the value: the site may have been renamed.
            if (Find(site.Id) is { } node) node.Value = site;
            else sites.AddLast(site);
        }
        if (filled.CurrentCount == 0) filled.Release();
    }

    public void Remove(long id)
    {
        lock (sites)
            if (Find(id) is { } node) sites.Remove(node);
    }

    /// <summary>True if some site can send now.</summary>
    /// <param name="waits">Sites for which this is true are skipped.</param>
    public bool HasNext(Func<long, bool> waits)
    {
        lock (sites) return sites.Any(s => IsFree(s, waits));
    }

    /// <summary>The site, if it is the only one.</summary>
    public Site? Only
    {
        get { lock (sites) return sites.Count == 1 ? sites.First!.Value : null; }
    }

    /// <summary>Takes the next site and moves it to the end; null if there is none. Release it with <see cref="Done"/>.</summary>
    public Site? Next(Func<long, bool> waits)
    {
        lock (sites)
        {
            if (sites.FirstOrDefault(s => IsFree(s, waits)) is not { } next) return null;
            sites.Remove(Find(next.Id)!);
            sites.AddLast(next);
            underWay[next.Id] = underWay.GetValueOrDefault(next.Id) + 1;
            return next;
        }
    }

    public void Done(long id)
    {
        lock (sites)
            if (--underWay[id] == 0) underWay.Remove(id);
        if (filled.CurrentCount == 0) filled.Release();
    }

    public Task Filled(TimeSpan most, CancellationToken ct) => filled.WaitAsync(most, ct);

    bool IsFree(Site site, Func<long, bool> waits) => underWay.GetValueOrDefault(site.Id) < mostOfOne && !waits(site.Id);

    LinkedListNode<Site>? Find(long id)
    {
        for (var node = sites.First; node is not null; node = node.Next)
            if (node.Value.Id == id) return node;
        return null;
    }
}
