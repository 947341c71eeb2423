using Community.Kernel;

namespace Community.Mailing;

/// <summary>
/// The sites that have messages to send now, in turn: one message each, so that a large mailing of one site delays no other. No site has
/// more than some under way: a relay that thinks for minutes about each recipient of one leaves the other lanes to the others.
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
            // The value is taken anew: the site may have been renamed.
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

    /// <summary>True if a site has its turn now.</summary>
    /// <param name="waits">Sites that wait by themselves are passed over.</param>
    public bool HasNext(Func<long, bool> waits)
    {
        lock (sites) return sites.Any(s => IsFree(s, waits));
    }

    /// <summary>The next site in turn, which goes to the end; null if there is none. Give it back by <see cref="Done"/>.</summary>
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
