using System.Collections.Concurrent;
using System.Diagnostics;
using Community.Mail;
using Microsoft.Extensions.Logging;

namespace Community.Bulk;

/// <summary>How a delivery server sends.</summary>
public sealed record DeliveryServerOptions
{
    /// <summary>A name of its own among the delivery servers; the same at each start.</summary>
    public required string Name { get; init; }

    /// <summary>Null: straight to the hosts of the recipients' domains.</summary>
    public required SmtpRelay? Relay { get; init; }

    public DirectSettings Direct { get; init; } = new();

    /// <summary>Opens the keys that sites have encrypted for the engine.</summary>
    public EngineKeys Keys { get; init; } = EngineKeys.None;

    /// <summary>Messages at once.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>How often the operator's rules for destinations are read.</summary>
    public TimeSpan ReadRulesEvery { get; init; } = TimeSpan.FromSeconds(2);

    public RelayLimits Limits { get; init; } = RelayLimits.Default;

    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often it says that it lives.</summary>
    public TimeSpan LiveEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// What has waited here for longer is given back, and what is under way for longer has its lease renewed. Far below
    /// <see cref="DeliveryLeases.Lease"/>.
    /// </summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// A process that stood still for longer between its intent and its dot, such as in a suspended machine, sends no dot: its lease may
    /// run out meanwhile, and the recipient be told as ambiguous. Far below <see cref="DeliveryLeases.InFlight"/>.
    /// </summary>
    public TimeSpan MaxIntentAge { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Of a traced mailing, each so many-th message is traced.</summary>
    public int TraceEvery { get; init; } = 1000;

    /// <summary>The first rest after the relay has turned connections away; longer while it does not end, up to a minute.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Sends: leases a little of each mailing that runs, takes turns between them, commits each intent before its dot.</summary>
public sealed class DeliveryServer(EngineLedger ledger, DeliveryServerOptions options, ILogger<DeliveryServer> logger)
{
    static readonly TimeSpan reportEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan betweenTries = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan longestRest = TimeSpan.FromMinutes(1), untilKeys = TimeSpan.FromMinutes(1);
    // What is given back because its destination is full comes again after this time.
    static readonly TimeSpan full = TimeSpan.FromSeconds(10);
    static readonly TimeSpan fromStartEvery = TimeSpan.FromSeconds(5);
    // As long as a small transaction takes.
    static readonly TimeSpan gather = TimeSpan.FromMilliseconds(5);
    const int MaxLease = 500;

    readonly DeliveryLeases leases = new(ledger);
    readonly KeepDestinationRules rules = new(ledger);
    // Of its own way, a destination has no more than three quarters: a slow one leaves some to all others.
    readonly FairShares shares = new(options.Name, options.Relay is null ? Math.Max(1, options.Connections * 3 / 4) : int.MaxValue);
    readonly Connections connections = new(options.Relay, options.Direct, options.Limits);
    readonly SemaphoreSlim arrived = new(0);
    readonly ConcurrentBag<MessageOctets> octets = [];
    readonly ConcurrentDictionary<long, ReadyText> texts = new();
    readonly SemaphoreSlim readingText = new(1);
    readonly ConcurrentDictionary<(long, long), LeasedRecipient> underWay = new();
    // How far this server has come in an offer. From time to time it looks from the start: others give back what lies before.
    readonly ConcurrentDictionary<long, (LeasePlace Place, DateTime Until)> places = new();
    readonly SeenAnswers seen = new(ledger, options.Name);
    readonly DateTime began = DateTime.UtcNow;
    ServerEpoch me;
    GroupedWrites<LeasedRecipient, bool> intents = null!;
    // What the groups of intents expect of connections whose message is with the relay: one place for each.
    readonly ConcurrentQueue<int> ahead = [];
    GroupedWrites<DeliveryResult, bool> results = null!;
    double perSecond;
    int sent, trouble, busy, unkept;
    long restUntil;
    SendResult? turnedAway;

    /// <summary>Messages that the relay has accepted from this run.</summary>
    public int Sent => sent;

    internal DestinationRules KnownRules => connections.Rules;

    /// <summary>Runs until it is stopped: then takes nothing new, finishes what is in hand, and gives the rest back.</summary>
    public async Task Run(CancellationToken stop)
    {
        me = await Trying(() => leases.Begin(options.Name, stop), stop);
        intents = new(async group =>
        {
            var may = await leases.Intend(me, group);
            return r => may.Contains((r.Offer, r.Rid));
        }, gather);
        results = new(async group =>
        {
            await Trying(async () =>
            {
                await leases.Settle(me, group);
                return true;
            }, default);
            foreach (var result in group) seen.Add(result);
            return _ => true;
        }, gather);
        var writing = Task.WhenAll(intents.Run(), results.Run());
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Trying(() => ReadRules(stop), stop);
        var leasing = Task.WhenAll(Lease(over.Token), Live(over), Rules(over.Token), Report(over.Token));
        await Send(over.Token);
        await leasing;
        foreach (var offer in shares.Mailings.ToList()) await GiveBack(shares.Leave(offer), TimeSpan.Zero);
        intents.Complete();
        results.Complete();
        await writing;
        await Report(isStopped: true);
        connections.Dispose();
    }

    async Task Report(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Report(isStopped: false);
            await Pause(reportEvery, stop);
        }
    }

    /// <summary>Says for the operator how it is. That it could not be written down holds up nothing.</summary>
    async Task Report(bool isStopped)
    {
        List<HeldDestination> held;
        int waiting;
        lock (shares)
        {
            held = shares.Held(DateTime.UtcNow, ServerReport.MaxDestinations);
            waiting = shares.Mailings.Sum(shares.CountOf);
        }
        var rest = Interlocked.Read(ref restUntil) - Environment.TickCount64;
        try
        {
            await seen.Write(new(
                began, isStopped, options.Connections, busy, seen.PerSecond, waiting,
                rest > 0 ? DateTime.UtcNow.AddMilliseconds(rest) : null, turnedAway?.Code, held), me);
        }
        catch (Exception error)
        {
            logger.LogWarning("Delivery server {Server}: its figures wait: {Error}", options.Name, error.Message);
        }
    }

    async Task Live(CancellationTokenSource over)
    {
        while (!over.IsCancellationRequested)
        {
            await Pause(options.LiveEvery, over.Token);
            if (over.IsCancellationRequested) return;
            try
            {
                if (await leases.Live(me, over.Token))
                {
                    var old = underWay.Values.Where(r => r.TakenAt < LongAgo).ToList();
                    if (old.Count > 0) await leases.Keep(me, old, over.Token);
                    continue;
                }
            }
            catch (Exception error)
            {
                // However long the ledger is away: once it is back, it is told.
                if (!over.IsCancellationRequested)
                    logger.LogWarning("Delivery server {Server}: the ledger does not answer: {Error}", options.Name, error.Reason());
                continue;
            }
            logger.LogError("Delivery server {Server}: a later run has begun; this one ends", options.Name);
            await over.CancelAsync();
        }
    }

    long LongAgo => Environment.TickCount64 - (long)options.KeepFor.TotalMilliseconds;

    async Task<bool> ReadRules(CancellationToken stop)
    {
        connections.Rules = new((await rules.All(stop)).Select(r => r.Rule));
        return true;
    }

    async Task Rules(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Pause(options.ReadRulesEvery, stop);
            try { await ReadRules(stop); }
            // Those that are known stay.
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("Delivery server {Server}: rules: {Error}", options.Name, error.Message);
            }
            catch (OperationCanceledException) { return; }
        }
    }

    async Task Lease(CancellationToken stop)
    {
        // Recipients of whom the name servers have not said yet where their mail goes.
        List<(long Offer, Task Placed)> lookups = [];
        // Mailings of which all that is here has to wait for its destination: how often in a row, and until when that is so.
        Dictionary<long, (int Times, DateTime Until)> stuck = [];
        // Mailings of which as many were leased as wanted: more wait, so the ledger is not asked whether there are any.
        HashSet<long> more = [];
        var counted = (At: DateTime.UtcNow, Sent: 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var now = DateTime.UtcNow;
                foreach (var (offer, place) in places)
                    if (place.Until < now) places.TryRemove(offer, out _);
                var running = await leases.Running(more, stop);
                if (running.Count == 0) await leases.LookAfterFailover(me, stop);
                foreach (var offer in running)
                    if (!offer.HasDue) places.TryRemove(offer.Id, out _);
                if (now - counted.At > TimeSpan.FromSeconds(1))
                {
                    perSecond = perSecond * 0.7 + 0.3 * (sent - counted.Sent) / (now - counted.At).TotalSeconds;
                    counted = (now, sent);
                }
                List<LeasedRecipient> back = [];
                var ids = running.Select(r => r.Id).ToHashSet();
                foreach (var gone in stuck.Keys.Where(k => !ids.Contains(k)).ToList()) stuck.Remove(gone);
                more.IntersectWith(ids);
                lock (shares)
                {
                    foreach (var offer in running)
                    {
                        shares.Enter(offer);
                        // Its keys may be others now.
                        if (texts.TryGetValue(offer.Id, out var text) && text.Seq != offer.Seq) texts.TryRemove(offer.Id, out _);
                    }
                    // Paused, withdrawn or over.
                    foreach (var gone in shares.Mailings.Where(m => !ids.Contains(m)).ToList()) back.AddRange(shares.Leave(gone));
                    // Also what a message under way has read since: words and keys are known for as long as their mailing is sent.
                    foreach (var gone in texts.Keys.Where(t => !ids.Contains(t))) texts.TryRemove(gone, out _);
                    foreach (var id in ids) back.AddRange(shares.Old(id, LongAgo));
                }
                await GiveBack(back, TimeSpan.Zero);
                back.Clear();
                // Half a second to a second of work, so that a newcomer is reached at the next look.
                var aim = Math.Clamp((int)Math.Ceiling(perSecond / Math.Max(1, running.Count(r => r.HasDue))), 4, MaxLease);
                if (Environment.TickCount64 >= Interlocked.Read(ref restUntil))
                    foreach (var offer in running.Where(r => r.HasDue))
                    {
                        int ready, count;
                        lock (shares) (ready, count) = (shares.ReadyOf(offer.Id), shares.CountOf(offer.Id));
                        lookups.RemoveAll(l => l.Placed.IsCompleted);
                        count += lookups.Count(l => l.Offer == offer.Id);
                        if (ready > aim / 2)
                        {
                            stuck.Remove(offer.Id);
                            continue;
                        }
                        var (times, until) = stuck.GetValueOrDefault(offer.Id);
                        if (count > 5 * aim)
                        {
                            if (now < until) continue;
                            // Others of the mailing come next, and more of them, the less they find: a destination that takes nothing may
                            // be that of very many in a row. Where there are no others, this is tried less and less often.
                            List<LeasedRecipient> unready;
                            lock (shares) unready = shares.Unready(offer.Id);
                            await GiveBack(unready, full);
                            var rest = Math.Min(full.Ticks, options.LookEvery.Ticks << Math.Min(times, 20));
                            stuck[offer.Id] = (times + 1, now + TimeSpan.FromTicks(rest));
                        }
                        var wanted = Math.Min(MaxLease, (aim - ready) << Math.Min(times, 7));
                        var isBehind = places.TryGetValue(offer.Id, out var place);
                        var taken = await leases.Take(me, offer.Id, wanted, isBehind ? place.Place : null, stop);
                        if (taken.Count < wanted)
                        {
                            places.TryRemove(offer.Id, out _);
                            more.Remove(offer.Id);
                        }
                        else
                        {
                            more.Add(offer.Id);
                            var (due, rid) = taken.Max(t => (t.Due, t.Rid));
                            places[offer.Id] = (new(due, rid), isBehind ? place.Until : now + fromStartEvery);
                        }
                        foreach (var recipient in taken)
                        {
                            var found = connections.DestinationOf(recipient.To.Domain, stop);
                            if (found.IsCompletedSuccessfully) Place(recipient, found.Result, now, back);
                            else lookups.Add((offer.Id, PlaceLater(recipient, found.AsTask(), stop)));
                        }
                    }
                // Not before their destination is tried again: the tail of a mailing would be leased over and over.
                List<IGrouping<DateTime, LeasedRecipient>> rests;
                lock (shares) rests = [.. back.GroupBy(r => shares.RestsUntil(r, now) ?? now)];
                foreach (var rest in rests) await GiveBack([.. rest], rest.Key - now);
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("Delivery server {Server}: the ledger does not answer: {Error}", options.Name, error.Reason());
            }
            catch (OperationCanceledException) { break; }
            await Pause(options.LookEvery, stop);
        }
        await Task.WhenAll(lookups.Select(l => l.Placed));
    }

    /// <summary>Gives a leased recipient its place among those that take turns.</summary>
    /// <param name="recipient">Leased.</param>
    /// <param name="found">Where its mail goes.</param>
    /// <param name="now">The moment.</param>
    /// <param name="back">Gets it if it has no place.</param>
    void Place(LeasedRecipient recipient, (string Destination, DestinationRule? Rule) found, DateTime now, List<LeasedRecipient> back)
    {
        recipient = recipient with { Destination = found.Destination };
        lock (shares)
        {
            if (!shares.Has(recipient.Offer) || shares.RestsUntil(recipient, now) is not null)
            {
                back.Add(recipient);
                return;
            }
            shares.Add(recipient, found.Rule);
        }
        Signal();
    }

    /// <summary>The same once the name servers have answered: others go on meanwhile.</summary>
    async Task PlaceLater(LeasedRecipient recipient, Task<(string, DestinationRule?)> looking, CancellationToken stop)
    {
        List<LeasedRecipient> back = [];
        var now = DateTime.UtcNow;
        try { Place(recipient, await looking, now = DateTime.UtcNow, back); }
        catch (Exception error)
        {
            if (!stop.IsCancellationRequested) logger.LogWarning("Delivery server {Server}: {Error}", options.Name, error.Message);
            back.Add(recipient);
        }
        if (back.Count == 0) return;
        DateTime? until;
        lock (shares) until = shares.RestsUntil(back[0], now);
        await GiveBack(back, (until ?? now) - now);
    }

    /// <summary>Says that something may be sent now.</summary>
    void Signal()
    {
        if (arrived.CurrentCount == 0) arrived.Release();
    }

    /// <summary>Begins as many messages at once as there are connections, each in its turn.</summary>
    async Task Send(CancellationToken stop)
    {
        using var free = new SemaphoreSlim(options.Connections);
        while (!stop.IsCancellationRequested)
            try
            {
                await free.WaitAsync(stop);
                LeasedRecipient? next = null;
                // A connection that comes free just after the stop may be had before the wait for it is cancelled.
                if (!stop.IsCancellationRequested && Environment.TickCount64 >= Interlocked.Read(ref restUntil))
                    lock (shares) next = shares.Next(DateTime.UtcNow);
                if (next is not null)
                {
                    _ = Send(next, free);
                    continue;
                }
                free.Release();
                // Nothing comes next, so no group waits for it.
                while (ahead.TryDequeue(out var since)) intents.Leave(since);
                // A message has come, a destination has room again, or a mailing may go on.
                await arrived.WaitAsync(TimeSpan.FromMilliseconds(50), stop);
            }
            catch (OperationCanceledException) { break; }
        for (var i = 0; i < options.Connections; i++) await free.WaitAsync(CancellationToken.None);
    }

    async Task Send(LeasedRecipient next, SemaphoreSlim free)
    {
        // The next one is begun meanwhile.
        await Task.Yield();
        underWay[(next.Offer, next.Rid)] = next;
        try
        {
            (bool? WasWell, TimeSpan Took) hand = default;
            Interlocked.Increment(ref busy);
            var start = EngineMeter.Start;
            try { hand = await Hand(next); }
            catch (Exception error)
            {
                // Its lease runs out.
                logger.LogError("Delivery server {Server}: {Error}", options.Name, error.ToString());
            }
            finally { Interlocked.Decrement(ref busy); }
            EngineMeter.Took(start, options.Name);
            List<LeasedRecipient> back;
            DateTime until;
            lock (shares) back = shares.Done(next, hand.WasWell, DateTime.UtcNow, out until, hand.Took);
            await GiveBack(back, until - DateTime.UtcNow);
        }
        finally
        {
            underWay.TryRemove((next.Offer, next.Rid), out _);
            free.Release();
            Signal();
        }
    }

    /// <summary>Hands one message to a host of its domain, or to the relay, and measures how long the host took.</summary>
    async Task<(bool? WasWell, TimeSpan Took)> Hand(LeasedRecipient next)
    {
        var way = new Way(this);
        var all = Stopwatch.StartNew();
        try
        {
            var wasWell = await Hand(next, way);
            return (wasWell, connections.IsDirect ? all.Elapsed - way.Asked.Elapsed : TimeSpan.Zero);
        }
        finally { way.End(); }
    }

    /// <summary>
    /// The relay beside us answers a dot at once, and the connection takes its next message: the next group waits for that one, too.
    /// </summary>
    void ExpectNext()
    {
        if (!connections.IsDirect && ahead.Count < options.Connections) ahead.Enqueue(intents.Expect());
    }

    /// <summary>How far a message has come, so that groups wait for it exactly while it may still join them.</summary>
    sealed class Way(DeliveryServer server)
    {
        // Since when the groups expect it; null where they do not.
        int? intent, outcome;

        /// <summary>How long the intent has taken.</summary>
        public Stopwatch Asked { get; } = new();

        public bool IsIntended { get; private set; }

        /// <summary>Its connection stands. Before, nobody knows how long that takes.</summary>
        public void Begin() => intent = server.ahead.TryDequeue(out var since) ? since : server.intents.Expect();

        public async Task<bool> Intend(LeasedRecipient recipient)
        {
            var since = intent ?? server.intents.Expect();
            intent = null;
            Asked.Start();
            var may = await server.intents.Write(recipient, since);
            Asked.Stop();
            if (!may) return false;
            IsIntended = true;
            outcome = server.results.Expect();
            server.ExpectNext();
            return true;
        }

        public Task Say(DeliveryResult result)
        {
            var since = outcome ?? server.results.Expect();
            outcome = null;
            // It needs no intent any more.
            End();
            return server.results.Write(result, since);
        }

        public void End()
        {
            if (intent is { } before) server.intents.Leave(before);
            if (outcome is { } after) server.results.Leave(after);
            intent = outcome = null;
        }
    }

    /// <summary>Hands one message to the relay, or to a host of its domain.</summary>
    /// <returns>How the destination was; null if nothing was learned about it.</returns>
    async Task<bool?> Hand(LeasedRecipient next, Way way)
    {
        ReadOnlyMemory<byte> message;
        // Given back only by who was accepted: all of it was read then. What is signed needs none.
        MessageOctets? written = null;
        Activity? step = null;
        try
        {
            if (await TextOf(next.Offer) is not { } text) return null;
            if (text.CannotSign)
            {
                await GiveBack([next], untilKeys);
                return null;
            }
            if (next.Rid % options.TraceEvery == 1 % options.TraceEvery)
                step = EngineTrace.Step("deliver", ActivityKind.Client, text.Reserve.MailingId)
                    ?.SetTag("community.recipient", next.Rid).SetTag("community.server", options.Name);
            if (text.Signer is { } signer)
            {
                var objects = text.Messages.Message(next.To, DateTime.UtcNow);
                signer.Sign(objects);
                message = OutgoingMessage.ToBytes(objects);
            }
            else
            {
                if (!octets.TryTake(out written)) written = new();
                text.Messages.Write(written, next.To, DateTime.UtcNow);
                message = written.Written;
            }
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            step?.Dispose();
            await way.Say(new(next, DeliveryOutcome.Rejected, Answer: error.Message));
            return null;
        }
        using var traced = step;
        var domain = next.To.Domain;
        // What is in hand ends, also when the process is to stop: every wait on the way has a limit.
        var (open, failure) = await connections.To(domain, CancellationToken.None);
        if (open is null)
        {
            if (connections.IsDirect)
            {
                // Nobody answered, or there is no such domain: of this destination alone.
                await way.Say(Judge(next, failure!));
                return failure!.Verdict is SendVerdict.Refused ? null : false;
            }
            Rest(next, failure!);
            await GiveBack([next], TimeSpan.Zero);
            return null;
        }
        var client = open.Client;
        SendResult result;
        way.Begin();
        try
        {
            result = await client.Deliver(message, next.To.ReturnTo, next.To.To, async _ =>
            {
                if (!await way.Intend(next)) throw new NotMine();
                step?.AddEvent(new("intent"));
                if (way.Asked.Elapsed > options.MaxIntentAge) throw new NotMine();
            });
        }
        catch (NotMine)
        {
            client.Dispose();
            // Paused, withdrawn, unsubscribed, or leased by another meanwhile; or it took too long, and the dot has not left.
            if (way.IsIntended) await way.Say(new(next, DeliveryOutcome.NotSent));
            else await GiveBack([next], TimeSpan.Zero);
            return null;
        }
        catch (Exception error)
        {
            // The ledger did not answer: whether or not the intent is committed, the dot has not left.
            logger.LogWarning("Delivery server {Server}: no intent: {Error}", options.Name, error.Reason());
            client.Dispose();
            await way.Say(new(next, DeliveryOutcome.NotSent, options.Rest));
            return null;
        }
        step?.SetTag("community.answer", result.Verdict.ToString()).SetTag("community.smtp.code", result.Code);
        if (written is not null && result.Verdict is SendVerdict.Accepted) octets.Add(written);
        connections.Return(open);
        if (connections.RefusesOurIpv6(domain, open, result))
        {
            await way.Say(new(next, DeliveryOutcome.NotSent));
            return null;
        }
        var kept = Keep(way, Judge(next, result));
        // The connection takes its next message meanwhile. Not without bounds: who dies leaves those that are not written in doubt. And
        // not where anything else was said: a ledger or relay that is away is not asked again at once.
        if (result.Verdict != SendVerdict.Accepted || Volatile.Read(ref unkept) > options.Connections) await kept;
        if (result.Verdict == SendVerdict.Accepted)
        {
            Interlocked.Increment(ref sent);
            Interlocked.Exchange(ref trouble, 0);
            turnedAway = null;
        }
        // One that hangs up on the dot leaves everybody in doubt whom it is given: it gets no more until it has rested.
        else if (IsOfTheWay(result) || result.Verdict is SendVerdict.Ambiguous)
        {
            if (connections.IsDirect) return false;
            // The relay itself, not a recipient: everybody waits unharmed.
            Rest(next, result);
        }
        return result.Verdict switch
        {
            SendVerdict.Accepted => true,
            SendVerdict.RecipientDeferred => false,
            // Providers say "slow down" in any phase.
            SendVerdict.Deferred when connections.IsDirect => false,
            _ => null,
        };
    }

    /// <summary>Writes an outcome down, with those of other connections.</summary>
    async Task Keep(Way way, DeliveryResult result)
    {
        Interlocked.Increment(ref unkept);
        try { await way.Say(result); }
        catch (Exception error)
        {
            // Ambiguous for ever.
            logger.LogError("Delivery server {Server}: an outcome is lost: {Error}", options.Name, error.ToString());
        }
        finally { Interlocked.Decrement(ref unkept); }
    }

    /// <summary>The relay or host turned the connection away, not this recipient: no attempt of the recipient is spent.</summary>
    bool IsOfTheWay(SendResult result) =>
        // A host that does not take our mail at all says so for the mail of its domain; a relay that does not has wrong settings.
        (result.Verdict is SendVerdict.SenderRefused && !connections.IsDirect)
        // Where no host answers, the attempt counts: the domain may be gone for ever.
        || (result.Verdict is SendVerdict.RelayAway && !connections.IsDirect)
        || (result.Verdict == SendVerdict.Deferred && result.Code is null or 421);

    DeliveryResult Judge(LeasedRecipient next, SendResult result)
    {
        var (outcome, wait) = result.Verdict switch
        {
            SendVerdict.Accepted => (DeliveryOutcome.Accepted, TimeSpan.Zero),
            SendVerdict.Ambiguous => (DeliveryOutcome.Ambiguous, TimeSpan.Zero),
            SendVerdict.Refused => (DeliveryOutcome.Rejected, TimeSpan.Zero),
            SendVerdict.SenderRefused when connections.IsDirect => (DeliveryOutcome.Rejected, TimeSpan.Zero),
            _ when IsOfTheWay(result) => (DeliveryOutcome.NotSent, options.Rest),
            _ => (DeliveryOutcome.Deferred, Backoff(next.Attempts + 1)),
        };
        return new(next, outcome, wait, result.Code, result.Enhanced, result.Text);
    }

    /// <summary>5 min, 10 min, 20 min … at most four hours.</summary>
    internal static TimeSpan Backoff(int attempts) => TimeSpan.FromMinutes(Math.Min(5 * Math.Pow(2, Math.Min(attempts, 10) - 1), 240));

    void Rest(LeasedRecipient next, SendResult why)
    {
        turnedAway = why;
        if (why.Verdict is not SendVerdict.Ambiguous) seen.AddAway();
        var times = Interlocked.Increment(ref trouble);
        var rest = TimeSpan.FromTicks(Math.Min(longestRest.Ticks, options.Rest.Ticks << Math.Min(times / options.Connections, 10)));
        Interlocked.Exchange(ref restUntil, Environment.TickCount64 + (long)rest.TotalMilliseconds);
        if (times == 1)
            logger.LogWarning(
                "Delivery server {Server}: the relay does not take mail: {Phase} {Code} {Text}",
                options.Name,
                why.Phase,
                why.Code,
                // A server's words may name whom the message was for.
                AnswerWords.Shown(new(next, DeliveryOutcome.NotSent, default, why.Code, why.Enhanced, why.Text))
            );
    }

    async Task<ReadyText?> TextOf(long offer)
    {
        if (texts.TryGetValue(offer, out var ready)) return ready;
        // All connections ask at once when a mailing begins: one reads, for all.
        await readingText.WaitAsync();
        try { return texts.TryGetValue(offer, out ready) ? ready : await ReadText(offer); }
        finally { readingText.Release(); }
    }

    async Task<ReadyText?> ReadText(long offer)
    {
        if (await leases.Text(offer) is not { } text) return null;
        var signer = text.Signing is null ? null : OfferSigning.Open(text.Signing, text.Reserve.Site, options.Keys);
        var ready = new ReadyText(
            text.Reserve, new(text.Reserve), text.Seq, signer, CannotSign: text.Signing is not null && signer is null);
        if (ready.CannotSign && texts.TryAdd(offer, ready))
            logger.LogError(
                "Delivery server {Server}: mailing {Mailing} waits: its keys are not encrypted for Engine:Keys of this server",
                options.Name,
                text.Reserve.MailingId
            );
        return texts[offer] = ready;
    }

    /// <summary>An offer's texts and keys, as of the control <paramref name="Seq"/>.</summary>
    sealed record ReadyText(Reserve Reserve, WriteMessage Messages, long Seq, MessageSigner? Signer, bool CannotSign);

    async Task GiveBack(IReadOnlyCollection<LeasedRecipient> recipients, TimeSpan wait)
    {
        if (recipients.Count == 0) return;
        foreach (var recipient in recipients) places.TryRemove(recipient.Offer, out _);
        try
        {
            await leases.Return(me, recipients, wait);
        }
        catch (Exception error)
        {
            logger.LogWarning("Delivery server {Server}: leases will run out: {Error}", options.Name, error.Reason());
        }
    }

    /// <summary>An outcome that is not written down stays ambiguous for ever: tries until the ledger answers, or time is up.</summary>
    static async Task<T> Trying<T>(Func<Task<T>> write, CancellationToken stop)
    {
        var began = System.Diagnostics.Stopwatch.StartNew();
        while (true)
            try
            {
                return await write();
            }
            catch (Exception) when (!stop.IsCancellationRequested && began.Elapsed < DeliveryLeases.InFlight)
            {
                await Pause(betweenTries, stop);
            }
    }

    static async Task Pause(TimeSpan time, CancellationToken stop)
    {
        try { await Task.Delay(time, stop); }
        catch (OperationCanceledException) { }
    }

    sealed class NotMine : Exception;
}
