using System.Collections.Concurrent;
using System.Diagnostics;
using Community.Kernel;
using Community.Mail;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace Community.Mailing;

/// <summary>The outcome of a leased message.</summary>
/// <param name="Mailing">Its mailing.</param>
/// <param name="Delivery">The delivery.</param>
/// <param name="Completion">What it means for the others.</param>
/// <param name="IsOfTheWay">See <see cref="SendResult.IsOfTheWay"/>.</param>
public readonly record struct Handed(long Mailing, long Delivery, Completion Completion, bool IsOfTheWay = false);

/// <summary>What a connection did in its turn with a site.</summary>
/// <param name="Leased">So many were due, and may be sent.</param>
/// <param name="Tried">So many of them were tried: the others go back.</param>
/// <param name="Waits">The site has used up its rate for now.</param>
public readonly record struct Turn(int Leased, int Tried, bool Waits = false);

/// <summary>
/// Hands over some messages of a site, one after another: lease them together, and for each write it, send up to the final dot, commit the
/// intent, send the dot, settle.
/// </summary>
public sealed class HandOver(
    SiteScopes scopes,
    Relays relays,
    DeliveryLedger ledger,
    Throttles throttles,
    EncodedFiles encoded,
    DomainRests rests,
    IStringLocalizer texts,
    TimeProvider time,
    ILogger<HandOver> logger
)
{
    /// <summary>
    /// This many consecutive rejections, or missing replies to the dot, are no coincidence: something is wrong with the mailing or with
    /// us.
    /// </summary>
    const int MaxRefusalsInARow = 30;
    const int MaxTemplates = 50;
    /// <summary>Leased together by one connection.</summary>
    const int MaxLeased = 128;
    /// <summary>
    /// A connection stays with a site for this long, then the others have their turn; what it has not sent it gives back.
    /// </summary>
    static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);
    static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(300);

    /// <summary>What a mailing's messages have in common, with the site's fields for which it was made.</summary>
    sealed record Prepared(MailingMessage Message, IReadOnlyList<string> Unknown, FrozenContent Content, string Fields);

    readonly ConcurrentDictionary<(long Site, long Mailing), Prepared> prepared = new();
    readonly ConcurrentDictionary<(long Site, long Mailing), int> refusals = new();
    readonly ConcurrentDictionary<long, long> lastMailing = new();
    readonly ConcurrentDictionary<long, bool> ownWays = new();
    /// <summary>Memory of messages that were sent, for the next ones: at most as many as are sent at once.</summary>
    readonly ConcurrentBag<MessageOctets> written = [];
    /// <summary>How many a connection leases at once: as many as it lately sent within half a slice.</summary>
    readonly ConcurrentDictionary<long, int> sizes = new();

    /// <summary>Leases some messages and sends them. None leased, and it does not wait: the site had nothing due.</summary>
    /// <param name="site">The site.</param>
    /// <param name="process">Whose leases they are.</param>
    /// <param name="most">No more than these: the server's tokens, which a site with a relay of its own does not need.</param>
    /// <param name="hear">Called with each outcome; false to stop.</param>
    /// <param name="ct">Aborts the sending: before the dot it is undone, after it the outcome is ambiguous.</param>
    public async Task<Turn> Some(Site site, ProcessIncarnation process, int most, Func<Handed, bool> hear, CancellationToken ct)
    {
        var size = sizes.GetValueOrDefault(site.Id, 1);
        var (settings, own, signer) = await scopes.Run(
            site,
            async s => (
                await s.GetRequiredService<Settings<MailingSettings>>().Get(ct),
                await s.GetRequiredService<OwnRelays>().Find(ct),
                await s.GetRequiredService<MailSigning>().Find(ct)
            )
        );
        ownWays[site.Id] = own is not null;
        if (own is null && most == 0) return new(0, 0, Waits: true);
        var way = new Way(relays.Of(site, own), own is not null, signer);
        // Like the server's tokens: spent and committed before anything is leased for them.
        var tokens = await throttles.Take(site, settings, own is null ? Math.Min(most, size) : size, ct);
        if (tokens == 0) return new(0, 0, Waits: true);
        var leased = await scopes.Run(
            site,
            s => s.GetRequiredService<LeaseDeliveries>().Next(process, lastMailing.GetValueOrDefault(site.Id), tokens, ct)
        );
        var tried = 0;
        if (leased.Count > 0)
        {
            lastMailing[site.Id] = leased[0].Mailing.Id;
            var now = await TakenNow(site, leased, process, way, ct);
            if (now.Count > 0) tried = await scopes.Run(site, s => Each(site, now, process, size, way, hear, s, ct));
        }
        await throttles.GiveBack(site, settings, tokens - tried, ct);
        return new(leased.Count, tried);
    }

    sealed record Way(MailTransport Transport, bool IsOwn, MessageSigner? Signer);

    /// <summary>Whether the site sends by a relay of its own, as was seen last.</summary>
    public bool HasOwnWay(long site) => ownWays.GetValueOrDefault(site);

    /// <summary>Whether the site has used up its own rate for now.</summary>
    public bool Waits(long site) => throttles.Waits(site);

    /// <summary>Those whose domains take something now. The others are put off.</summary>
    async Task<IReadOnlyList<LeasedDelivery>> TakenNow(
        Site site, IReadOnlyList<LeasedDelivery> leased, ProcessIncarnation process, Way way, CancellationToken ct)
    {
        HashSet<LeasedDelivery>? later = null;
        var putOff = new List<(LeasedDelivery, DateTime)>();
        foreach (var domain in leased.GroupBy(Domain))
        {
            var some = domain.ToList();
            var (may, rest) = rests.May(site.Id, domain.Key, some.Count);
            var (taken, slots) = may == 0 || way.IsOwn ? (may, []) : await throttles.TakeFor(domain.Key, may, ct);
            putOff.AddRange(some.Take(may).Skip(taken).Zip(slots));
            putOff.AddRange(some.Skip(may).Select(l => (l, rest)));
            (later ??= []).UnionWith(some.Skip(taken));
        }
        if (putOff.Count == 0) return leased;
        await Settling(site, s => s.PutOff(putOff, process));
        return [.. leased.Where(l => !later!.Contains(l))];
    }

    static string Domain(LeasedDelivery leased) => TakeReturn.DomainOf(leased.To.Email);

    /// <summary>The most that <see cref="Some"/> can use of this site now.</summary>
    public int Wanted(Site site) => sizes.GetValueOrDefault(site.Id, 1);

    async Task<int> Each(
        Site site,
        IReadOnlyList<LeasedDelivery> leased,
        ProcessIncarnation process,
        int size,
        Way way,
        Func<Handed, bool> hear,
        IServiceProvider services,
        CancellationToken ct
    )
    {
        var (begun, tried) = (Stopwatch.GetTimestamp(), 0);
        // Written down while the next messages are on their way.
        var accepted = new List<Task>();
        Prepared? mailing = null;
        IReadOnlySet<long>? known = null;
        using var connection = ledger.Connect(site);
        try
        {
            foreach (var one in leased)
            {
                if (tried > 0 && (Stopwatch.GetElapsedTime(begun) > Slice || ct.IsCancellationRequested)) break;
                await Faults.At("mailing.after-lease", site);
                tried++;
                if (!hear(await One(site, one, process, way, () => Mailing(one), Known, services, accepted, ct))) break;
            }
            var spent = Stopwatch.GetElapsedTime(begun);
            if (tried < leased.Count) sizes[site.Id] = Math.Max(1, tried);
            else if (tried == size && spent < Slice / 2) sizes[site.Id] = Math.Min(MaxLeased, size * 2);
        }
        finally
        {
            if (tried < leased.Count)
            {
                await Settling(site, s => s.Return([.. leased.Skip(tried)], process));
                foreach (var domain in way.IsOwn ? [] : leased.Skip(tried).CountBy(Domain))
                    await throttles.GiveBackFor(domain.Key, domain.Value, CancellationToken.None);
            }
            await Task.WhenAll(accepted);
        }
        return tried;

        // Of all that were leased together, which is a second at most.
        async ValueTask<IReadOnlySet<long>> Known() => known ??= await services.GetRequiredService<TrackedLinks>()
            .Known(leased[0].Mailing, [.. leased.Select(l => l.To.MemberId)], ct);

        // All are of one mailing.
        async ValueTask<Prepared> Mailing(LeasedDelivery one) => mailing ??= await Prepare(site, one.Mailing, services, ct);
    }

    async Task<Handed> One(
        Site site,
        LeasedDelivery leased,
        ProcessIncarnation process,
        Way way,
        Func<ValueTask<Prepared>> prepare,
        Func<ValueTask<IReadOnlySet<long>>> known,
        IServiceProvider services,
        List<Task> accepted,
        CancellationToken ct
    )
    {
        SendResult result;
        try
        {
            var mailing = await prepare();
            if (mailing.Unknown.Count > 0 && !leased.Mailing.IsTest)
            {
                // A feature was switched off whose merge field the mailing uses.
                await Settling(site, s => s.Return([leased], process));
                var unknown = string.Join(" ", mailing.Unknown);
                await Settling(site, s => s.Suspend(leased.Mailing.Id, StopReason.FieldMissing, unknown));
                return new(leased.Mailing.Id, leased.Delivery.Id, Completion.None);
            }
            result = await Send(site, leased, mailing, process, way, await known(), services, ct);
        }
        catch (Exception error) when (error is LeaseLost || ct.IsCancellationRequested)
        {
            await Settling(site, s => s.Return([leased], process));
            return new(leased.Mailing.Id, leased.Delivery.Id, Completion.None);
        }
        catch (Exception error)
        {
            // Whatever the error: the lease is undone if the intent was not committed; otherwise the delivery stays ambiguous.
            if (Failures.IsPassing(error)) await Settling(site, s => s.Return([leased], process));
            // A message that cannot be written would come up at every turn. Count an attempt, so that it expires and does not hold
            // up the others.
            else await Settling(site, s => s.Fail(leased, process, error));
            throw;
        }
        await Faults.At("mailing.after-dot", site);
        var completion = Completion.None;
        if (result.Verdict == SendVerdict.Accepted) accepted.Add(ledger.Accepted(site, leased, process, result));
        else await Settling(site, async s => completion = await s.Settle(leased, process, result, rests.Since(site.Id, Domain(leased))));
        rests.Hear(site.Id, Domain(leased), leased.Delivery.Id, result);
        await Watch(site, leased, result, completion);
        return new(leased.Mailing.Id, leased.Delivery.Id, completion, result.IsOfTheWay);
    }

    /// <summary>The relay has been unreachable for days: suspends the mailing, so that a person can decide.</summary>
    public Task Hold(Site site, long mailing) => Settling(site, s => s.Suspend(mailing, StopReason.RelayAway));

    async Task<SendResult> Send(
        Site site,
        LeasedDelivery leased,
        Prepared mailing,
        ProcessIncarnation process,
        Way way,
        IReadOnlySet<long> known,
        IServiceProvider services,
        CancellationToken ct
    )
    {
        MessageOctets? octets = null;
        MimeMessage? objects = null;
        try
        {
            var to = await mailing.Message.For(leased.To, services, ct);
            var links = services.GetRequiredService<TrackedLinks>();
            to = to with { Links = await links.For(leased.Mailing, mailing.Message, to, leased.Delivery.Id, known, ct) };
            var (id, now) = (leased.Delivery.MessageId(leased.Mailing, mailing.Content.Host), time.GetUtcNow().UtcDateTime);
            var files = await encoded.Of(mailing.Content, services.GetRequiredService<Files>(), site, ct);
            if (files is null && way.Signer is null)
                mailing.Message.Write(octets = written.TryTake(out var used) ? used : new(), to, id, now);
            else
            {
                objects = mailing.Message.Write(to, id, now, files, asOctets: files is null);
                way.Signer?.Sign(objects);
            }
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return SendResult.Unwritable(error.Message);
        }
        // A foreign relay takes no envelope sender but the site's own.
        var sender = (way.IsOwn ? null : leased.ReturnTo) ?? mailing.Content.From;
        if (octets is null) return await way.Transport.Deliver(objects!, sender, leased.To.Email, Intend, ct);
        var result = await way.Transport.Deliver(octets.Written, sender, leased.To.Email, Intend, ct);
        // All of it was read then.
        if (result.Verdict is SendVerdict.Accepted) written.Add(octets);
        return result;

        Task Intend(CancellationToken token) => ledger.Intend(site, leased, process, token);
    }

    string NoValue(Site site) => texts.In(site.Culture, "mailing.no-value");

    async ValueTask<Prepared> Prepare(Site site, Mailing mailing, IServiceProvider services, CancellationToken ct)
    {
        if (prepared.Count > MaxTemplates) prepared.Clear();
        var key = (site.Id, mailing.Id);
        // What modules and the site itself offer now; kept in memory.
        var fields = await MergeFields.On(services.GetRequiredService<SiteDb>(), ct);
        if (prepared.TryGetValue(key, out var made) && made.Fields == fields.Written) return made;
        var content = FrozenContent.Parse(mailing.Content!);
        // A test goes to whoever asked for it, who may have no value.
        var message = new MailingMessage(content, texts, mailing.IsTest ? fields.ToLookAt(null, NoValue(site)) : fields);
        return prepared[key] = new(message, message.UnknownFields, content, fields.Written);
    }

    async Task Watch(Site site, LeasedDelivery leased, SendResult result, Completion completion)
    {
        var key = (site.Id, leased.Mailing.Id);
        if (result.Verdict == SendVerdict.Accepted) refusals.TryRemove(key, out _);
        var counts = result.Verdict is SendVerdict.Refused or SendVerdict.SenderRefused or SendVerdict.Ambiguous;
        var inARow = counts ? refusals.AddOrUpdate(key, 1, (_, n) => n + 1) : 0;
        if (completion != Completion.Refused && inARow < MaxRefusalsInARow) return;
        refusals.TryRemove(key, out _);
        logger.LogWarning(
            "Site {Site}: mailing {Mailing} is suspended: {Code} {Text}",
            site.Key,
            leased.Mailing.Id,
            result.Code,
            UntrustedText.Safe(result.Text)
        );
        await Settling(site, s => s.Suspend(leased.Mailing.Id, StopReason.Refused, UntrustedText.Safe($"{result.Code} {result.Text}")));
    }

    /// <summary>Retries a few times, since an outcome that is not recorded leaves the delivery ambiguous for ever.</summary>
    async Task Settling(Site site, Func<SettleDelivery, Task> write)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await scopes.Run(site, s => write(s.GetRequiredService<SettleDelivery>()));
                return;
            }
            catch (Exception error) when (error is not OperationCanceledException && tries < 5)
            {
                logger.LogWarning(
                    "Site {Site}: an outcome could not be written down, try {Try}: {Error}",
                    site.Key,
                    tries,
                    UntrustedText.Trace(error)
                );
                await Task.Delay(BetweenTries * tries);
            }
        }
    }
}
