using Community.Kernel;

namespace Community.Mailing;

/// <summary>The sites that have messages to send now, in turn: one message each, so that a large mailing of one site delays no other.</summary>
public sealed class SitesInTurn
{
    readonly LinkedList<Site> sites = [];
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

    public bool IsEmpty { get { lock (sites) return sites.Count == 0; } }

    /// <summary>The next site in turn, which goes to the end; null if there is none.</summary>
    public Site? Next()
    {
        lock (sites)
        {
            if (sites.First is not { } first) return null;
            sites.RemoveFirst();
            sites.AddLast(first);
            return first.Value;
        }
    }

    public Task Filled(TimeSpan most, CancellationToken ct) => filled.WaitAsync(most, ct);

    LinkedListNode<Site>? Find(long id)
    {
        for (var node = sites.First; node is not null; node = node.Next)
            if (node.Value.Id == id) return node;
        return null;
    }
}
