namespace Community.Bulk;

/// <summary>
/// Whose message is next on one delivery server: turns by class of mail, then by site, then by mailing, then by destination, each by its
/// weight. Knows no database and no clock: time is a parameter.
/// </summary>
/// <remarks>
/// Start-time fair queueing (Goyal, Vin and Cheng 1996), which has the shares of deficit round robin and a better bound for the first
/// message of a newcomer: who comes in begins at the present virtual time, without credit for the time before, and is next but for
/// those who wait at the same time. What cannot be sent now (a destination that is full or rests, a mailing that keeps to its rate)
/// is not ready, and holds nobody up. Not thread-safe.
/// </remarks>
/// <param name="server">The delivery server.</param>
/// <param name="maxOfDestination">Messages at once that no destination exceeds, whatever its rule: the others need room.</param>
public sealed class FairShares(string server, int maxOfDestination = int.MaxValue)
{
    /// <summary>More are swept: those where nothing is under way, and of which nothing urgent is known.</summary>
    const int MaxDestinations = 10_000;
    const int MaxIdleSites = 1000;

    /// <summary>Shares among the classes.</summary>
    internal static int WeightOf(MailClass of) => of switch { MailClass.Essential => 16, MailClass.Service => 4, _ => 1 };

    readonly Turns root = new(null, 1, 0);
    readonly Dictionary<MailClass, Turns> classes = [];
    readonly Dictionary<(MailClass, int), SiteTurns> sites = [];
    readonly Dictionary<long, MailingTurns> mailings = [];
    readonly Dictionary<string, Destination> destinations = new(StringComparer.Ordinal);
    int servers = 1, sweepAt = MaxDestinations, sweepSitesAt = MaxIdleSites;
    readonly PriorityQueue<Action<DateTime>, DateTime> waiting = new();

    /// <summary>The mailings that take turns.</summary>
    public IReadOnlyCollection<long> Mailings => mailings.Keys;

    /// <summary>A mailing takes part; said again with a changed weight or rate, it goes on with that.</summary>
    public void Enter(RunningOffer offer)
    {
        if (!classes.TryGetValue(offer.Class, out var kind))
            classes[offer.Class] = kind = new(root, WeightOf(offer.Class), (long)offer.Class);
        if (!sites.TryGetValue((offer.Class, offer.SiteId), out var site))
            sites[(offer.Class, offer.SiteId)] = site = new(kind, offer.SiteWeight, Order(offer.SiteId));
        if (!mailings.TryGetValue(offer.Id, out var mailing))
        {
            mailings[offer.Id] = mailing = new(site, offer.Weight, Order(offer.Id));
            site.Mailings++;
        }
        // None has no share at all: its turn would never come again, nor that of those who come after it.
        (site.Weight, mailing.Weight) = (Math.Max(1, offer.SiteWeight), Math.Max(1, offer.Weight));
        servers = Math.Max(1, offer.Servers);
        mailing.Between = offer.PerMinute == 0 ? TimeSpan.Zero : TimeSpan.FromMinutes((double)Math.Max(1, offer.Servers) / offer.PerMinute);
    }

    // Each server begins with another newcomer, so that all of them have their first message soon.
    long Order(long id) => HashCode.Combine(server, id);

    /// <summary>A mailing takes no part any more.</summary>
    /// <returns>What it had here, to be given back.</returns>
    public List<LeasedRecipient> Leave(long offer)
    {
        if (!mailings.Remove(offer, out var mailing)) return [];
        ((SiteTurns)mailing.Parent!).Mailings--;
        var rest = mailing.Leaves.Values.SelectMany(l => l.Items).ToList();
        foreach (var leaf in mailing.Leaves.Values)
        {
            leaf.Items.Clear();
            leaf.Destination.Leaves.Remove(leaf);
            leaf.Settle();
        }
        if (sites.Count > sweepSitesAt) SweepSites();
        return rest;
    }

    /// <summary>
    /// Forgets sites without a mailing: they come back as newcomers. Those that were served ahead of the others are kept, or ending one
    /// mailing and beginning another would be an advantage of one message; too many are forgotten all the same.
    /// </summary>
    void SweepSites()
    {
        foreach (var (key, site) in sites)
            if (site.Mailings == 0 && site.IsEven) sites.Remove(key);
        if (sites.Values.Count(s => s.Mailings == 0) > MaxIdleSites)
            foreach (var (key, site) in sites)
                if (site.Mailings == 0) sites.Remove(key);
        sweepSitesAt = Math.Max(MaxIdleSites, 2 * sites.Count);
    }

    /// <summary>Sites of which something is kept, for each class.</summary>
    internal int SiteCount => sites.Count;

    /// <summary>Messages of a mailing that can be sent now.</summary>
    public int ReadyOf(long offer) =>
        mailings.TryGetValue(offer, out var m) ? m.Leaves.Values.Where(l => l.Destination.IsOpen).Sum(l => l.Items.Count) : 0;

    /// <summary>All messages of a mailing that are here.</summary>
    public int CountOf(long offer) => mailings.TryGetValue(offer, out var m) ? m.Leaves.Values.Sum(l => l.Items.Count) : 0;

    /// <summary>
    /// Takes out what a mailing has for destinations that take nothing now, but a little of each: others of the mailing need its place.
    /// </summary>
    public List<LeasedRecipient> Unready(long offer)
    {
        if (!mailings.TryGetValue(offer, out var mailing)) return [];
        List<LeasedRecipient> taken = [];
        foreach (var leaf in mailing.Leaves.Values.Where(l => !l.Destination.IsOpen))
        {
            var all = leaf.Items.ToArray();
            var kept = Math.Min(all.Length, leaf.Destination.Soon);
            leaf.Items.Clear();
            foreach (var item in all.AsSpan(0, kept)) leaf.Items.Enqueue(item);
            taken.AddRange(all.AsSpan(kept));
        }
        return taken;
    }

    /// <summary>
    /// Takes out what a mailing has had here for too long, since its rate or a destination's makes it wait: at its turn its lease would
    /// have run out, and the turn be spent for nothing.
    /// </summary>
    /// <param name="before">See <see cref="LeasedRecipient.TakenAt"/>.</param>
    public List<LeasedRecipient> Old(long offer, long before)
    {
        if (!mailings.TryGetValue(offer, out var mailing)) return [];
        List<LeasedRecipient> taken = [];
        foreach (var (name, leaf) in mailing.Leaves)
        {
            if (!leaf.Items.TryPeek(out var first) || first.TakenAt >= before) continue;
            while (leaf.Items.TryPeek(out first) && first.TakenAt < before) taken.Add(leaf.Items.Dequeue());
            leaf.Settle();
            if (leaf.Items.Count > 0) continue;
            mailing.Leaves.Remove(name);
            leaf.Destination.Leaves.Remove(leaf);
        }
        return taken;
    }

    /// <summary>Whether a mailing takes turns here.</summary>
    public bool Has(long offer) => mailings.ContainsKey(offer);

    /// <param name="recipient">Of a mailing that takes turns.</param>
    /// <param name="rule">How its destination is to be treated from now on; null for the usual.</param>
    public void Add(LeasedRecipient recipient, DestinationRule? rule = null)
    {
        if (!mailings.TryGetValue(recipient.Offer, out var mailing))
            throw new InvalidOperationException("A mailing enters before its messages.");
        var domain = recipient.Destination;
        if (!destinations.TryGetValue(domain, out var destination)) destinations[domain] = destination = new();
        destination.Obey(rule, maxOfDestination, servers);
        if (!mailing.Leaves.TryGetValue(domain, out var leaf))
        {
            mailing.Leaves[domain] = leaf = new(mailing, Order(StringComparer.Ordinal.GetHashCode(domain)), destination);
            destination.Leaves.Add(leaf);
        }
        leaf.Items.Enqueue(recipient);
        leaf.Settle();
    }

    /// <summary>The next message; null if none can be sent now. Its destination has a connection less until <see cref="Done"/>.</summary>
    public LeasedRecipient? Next(DateTime now)
    {
        while (waiting.TryPeek(out var wake, out var at) && at <= now)
        {
            waiting.Dequeue();
            wake(now);
        }
        Node node = root;
        while (node is Turns turns)
        {
            if (turns.First is not { } first) return null;
            node = first;
        }
        var leaf = (Leaf)node;
        var item = leaf.Items.Dequeue();
        leaf.Destination.InFlight++;
        if (leaf.Destination.Spend(now) is { } open) waiting.Enqueue(leaf.Destination.Wake, open);
        var mailing = (MailingTurns)leaf.Parent!;
        if (mailing.Between > TimeSpan.Zero)
        {
            // At most one message's time is saved up: a mailing that stood still does not make up for it at once.
            mailing.NextAt = (mailing.NextAt > now - mailing.Between ? mailing.NextAt : now) + mailing.Between;
            mailing.IsHeld = mailing.NextAt > now;
            if (mailing.IsHeld) waiting.Enqueue(t => Release(mailing, t), mailing.NextAt);
        }
        for (Node n = leaf; n.Parent is { } parent; n = parent) parent.Served(n);
        leaf.Destination.Settle();
        leaf.Settle();
        mailing.Settle();
        // A large mailing goes to very many domains: only those with messages here are kept.
        if (leaf.Items.Count == 0)
        {
            mailing.Leaves.Remove(item.Destination);
            leaf.Destination.Leaves.Remove(leaf);
        }
        return item;
    }

    void Release(MailingTurns mailing, DateTime now)
    {
        mailing.IsHeld = mailing.NextAt > now;
        mailing.Settle();
        if (mailing.IsHeld) waiting.Enqueue(t => Release(mailing, t), mailing.NextAt);
    }

    /// <summary>A message has been dealt with.</summary>
    /// <param name="wasWell">Null if it says nothing of the destination; false if it turned us away for the moment.</param>
    /// <param name="took">How long the destination took; zero if it says nothing of it.</param>
    /// <returns>Messages of a destination that rests now: to be given back until <paramref name="restsUntil"/>.</returns>
    public List<LeasedRecipient> Done(
        LeasedRecipient recipient, bool? wasWell, DateTime now, out DateTime restsUntil, TimeSpan took = default)
    {
        var destination = destinations[recipient.Destination];
        destination.InFlight--;
        restsUntil = default;
        if (wasWell == true) destination.Succeeded(took);
        if (wasWell == false && destination.Failed(now))
        {
            restsUntil = destination.RestsUntil;
            waiting.Enqueue(destination.Wake, restsUntil);
        }
        destination.Settle();
        if (destination.IsForgettable) destinations.Remove(recipient.Destination);
        else if (destinations.Count > sweepAt) Sweep();
        if (restsUntil == default) return [];
        var back = destination.Leaves.SelectMany(l => l.Items).ToList();
        foreach (var leaf in destination.Leaves)
        {
            leaf.Items.Clear();
            leaf.Settle();
        }
        return back;
    }

    /// <summary>Until when a recipient's destination rests; null if it does not.</summary>
    public DateTime? RestsUntil(LeasedRecipient recipient, DateTime now) =>
        destinations.TryGetValue(recipient.Destination, out var d) && d.RestsUntil > now ? d.RestsUntil : null;

    void Sweep()
    {
        foreach (var (name, destination) in destinations)
            if (destination.IsIdle) destinations.Remove(name);
        sweepAt = Math.Max(MaxDestinations, 2 * destinations.Count);
    }

    /// <summary>Destinations that rest, or take less at once than one that is new, the fullest first.</summary>
    public List<HeldDestination> Held(DateTime now, int most) =>
        [
            .. destinations
                .Where(d => d.Value.IsSlowed(now))
                .Select(d => new HeldDestination(
                    d.Key,
                    d.Value.RestsUntil > now ? d.Value.RestsUntil : null,
                    d.Value.Limit,
                    d.Value.InFlight,
                    d.Value.Leaves.Sum(l => l.Items.Count)
                ))
                .OrderByDescending(d => d.Waiting)
                .ThenByDescending(d => d.RestsUntil)
                .ThenBy(d => d.Name, StringComparer.Ordinal)
                .Take(most),
        ];

    /// <summary>Something that takes turns with others of the same parent.</summary>
    abstract class Node(Turns? parent, int weight, long order)
    {
        static long numbers;
        public long Number { get; } = Interlocked.Increment(ref numbers);
        public Turns? Parent => parent;
        public int Weight { get; set; } = weight;
        public long Order => order;
        public double Virtual { get; set; }
        public bool IsQueued { get; set; }
        public abstract bool IsReady { get; }

        /// <summary>Stands in its parent's turns exactly while it is ready.</summary>
        public void Settle()
        {
            if (parent is null || IsQueued == IsReady) return;
            if (IsReady) parent.Join(this);
            else parent.Quit(this);
            parent.Settle();
        }
    }

    class Turns(Turns? parent, int weight, long order) : Node(parent, weight, order)
    {
        readonly SortedSet<Node> ready = new(Comparer<Node>.Create((a, b) =>
            a.Virtual != b.Virtual ? a.Virtual.CompareTo(b.Virtual)
            : a.Order != b.Order ? a.Order.CompareTo(b.Order)
            : a.Number.CompareTo(b.Number)));
        double now;

        /// <summary>It has had no more than its turn.</summary>
        public bool IsEven => Parent is not { } parent || Virtual <= parent.now;

        public override bool IsReady => ready.Count > 0;
        public Node? First => ready.Min;

        public void Join(Node child)
        {
            child.Virtual = Math.Max(child.Virtual, now);
            child.IsQueued = ready.Add(child);
        }

        public void Quit(Node child)
        {
            ready.Remove(child);
            child.IsQueued = false;
        }

        public void Served(Node child)
        {
            now = Math.Max(now, child.Virtual);
            Quit(child);
            child.Virtual += 1.0 / child.Weight;
            // Whether it is still ready is settled from below; meanwhile it keeps its place.
            child.IsQueued = ready.Add(child);
        }
    }

    sealed class SiteTurns(Turns parent, int weight, long order) : Turns(parent, weight, order)
    {
        /// <summary>Its mailings that take turns.</summary>
        public int Mailings { get; set; }
    }

    sealed class MailingTurns(Turns parent, int weight, long order) : Turns(parent, weight, order)
    {
        public Dictionary<string, Leaf> Leaves { get; } = [];
        public TimeSpan Between { get; set; }
        public DateTime NextAt { get; set; }
        public bool IsHeld { get; set; }
        public override bool IsReady => !IsHeld && base.IsReady;
    }

    sealed class Leaf(MailingTurns parent, long order, Destination destination) : Node(parent, 1, order)
    {
        public Queue<LeasedRecipient> Items { get; } = [];
        public Destination Destination => destination;
        public override bool IsReady => Items.Count > 0 && destination.IsOpen;
    }

    /// <summary>
    /// How many messages at once a destination takes: one more after each window of successes, one less at a failure, as Postfix learns it;
    /// never more than its rule says. After failures in a row it rests, longer each time, and is then tried with one message. One that is
    /// slow gets fewer at once: it would hold the connections of all others.
    /// </summary>
    sealed class Destination
    {
        const int First = 5, UsualMax = 20, FailuresToRest = 3;
        static readonly TimeSpan usualRest = TimeSpan.FromSeconds(15), longestRest = TimeSpan.FromMinutes(15);
        static readonly TimeSpan slow = TimeSpan.FromSeconds(10);
        int max = UsualMax, limit = First, successes, failures, rests;
        TimeSpan firstRest = usualRest, between;
        DateTime nextAt;
        bool isResting, isHeld;

        public int InFlight { get; set; }
        public DateTime RestsUntil { get; private set; }
        public HashSet<Leaf> Leaves { get; } = [];

        /// <summary>Nothing is under way, and nothing was learnt that is not known of any other.</summary>
        public bool IsForgettable => IsIdle && successes == 0 && failures == 0 && rests == 0 && limit == Math.Min(First, max);

        /// <summary>Nothing is under way, and it waits for no moment.</summary>
        public bool IsIdle => InFlight == 0 && Leaves.Count == 0 && !isResting && !isHeld;

        /// <summary>Messages at once.</summary>
        public int Limit => limit;

        public bool IsSlowed(DateTime now) => RestsUntil > now || limit < Math.Min(First, max);

        public bool IsOpen => !isResting && !isHeld && InFlight < limit;

        /// <summary>So many will be begun before more could be leased.</summary>
        public int Soon => 2 * limit;

        public void Obey(DestinationRule? rule, int most, int servers)
        {
            max = Math.Max(1, Math.Min(most, rule?.Connections ?? UsualMax));
            limit = Math.Min(limit, max);
            firstRest = rule is null ? usualRest : TimeSpan.FromSeconds(rule.Rest);
            between = rule is { PerMinute: > 0 } ? TimeSpan.FromMinutes((double)servers / rule.PerMinute) : TimeSpan.Zero;
        }

        /// <summary>A message is begun.</summary>
        /// <returns>When the next may begin, if its rule wants some time between them; null if at once.</returns>
        public DateTime? Spend(DateTime now)
        {
            if (between == TimeSpan.Zero) return null;
            // At most one message's time is saved up: a provider counts in each minute, whatever was before.
            nextAt = (nextAt > now - between ? nextAt : now) + between;
            isHeld = nextAt > now;
            return isHeld ? nextAt : null;
        }

        public void Succeeded(TimeSpan took)
        {
            (failures, rests) = (0, 0);
            if (took > slow) (successes, limit) = (0, Math.Max(1, limit - 1));
            else if (++successes >= limit) (successes, limit) = (0, Math.Min(max, limit + 1));
        }

        /// <returns>Whether it rests from now on.</returns>
        public bool Failed(DateTime now)
        {
            (successes, limit) = (0, Math.Max(1, limit - 1));
            if (isResting || (++failures < FailuresToRest && rests == 0)) return false;
            var longest = longestRest > firstRest ? longestRest : firstRest;
            var rest = TimeSpan.FromTicks(Math.Min(longest.Ticks, firstRest.Ticks << Math.Min(rests, 10)));
            (isResting, RestsUntil, failures, rests, limit) = (true, now + rest, 0, rests + 1, 1);
            return true;
        }

        public void Wake(DateTime now)
        {
            (isResting, isHeld) = (isResting && RestsUntil > now, nextAt > now);
            Settle();
        }

        public void Settle()
        {
            foreach (var leaf in Leaves) leaf.Settle();
        }
    }
}
