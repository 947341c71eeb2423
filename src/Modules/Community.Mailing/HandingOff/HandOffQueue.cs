using System.Collections.Concurrent;
using Community.Bulk;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>Where commands to the engine leave: one connection of this process to the broker.</summary>
public sealed class EngineBroker : IAsyncDisposable
{
    readonly MessagePublisher? publisher;
    readonly Func<IReadOnlyList<Outgoing>, CancellationToken, Task<bool[]>>? other;
    readonly SemaphoreSlim gate = new(1);
    static readonly TimeSpan hangs = TimeSpan.FromSeconds(2);
    long began;

    public EngineBroker(IOptions<MailingOptions> options, IOptions<CommunityOptions> node)
    {
        if (options.Value.Engine.Length == 0) return;
        Broker = Broker.Parse(options.Value.Engine);
        publisher = new(Broker, "commands of " + node.Value.Node);
    }

    /// <summary>Another way to the engine than a broker.</summary>
    /// <param name="publish">Says of each message whether it is on its way.</param>
    public EngineBroker(Func<IReadOnlyList<Outgoing>, CancellationToken, Task<bool[]>> publish) => other = publish;

    /// <summary>Null if there is no engine.</summary>
    public Broker? Broker { get; }

    /// <summary>The broker has not answered for a while: whoever publishes now waits as well.</summary>
    public bool Hangs => Volatile.Read(ref began) is var at and > 0 && Environment.TickCount64 - at > hangs.TotalMilliseconds;

    /// <returns>For each message whether the broker has it.</returns>
    public async Task<bool[]> Publish(IReadOnlyList<Outgoing> messages, CancellationToken ct)
    {
        if (other is null && publisher is null) return new bool[messages.Count];
        await gate.WaitAsync(ct);
        try
        {
            Volatile.Write(ref began, Environment.TickCount64);
            return await (other?.Invoke(messages, ct) ?? publisher!.Publish(messages, ct));
        }
        finally
        {
            Volatile.Write(ref began, 0);
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        gate.Dispose();
        if (publisher is not null) await publisher.DisposeAsync();
    }
}

/// <summary>Advances the hand-offs of sites, and publishes what they write: one process at a time for each site.</summary>
public sealed class HandOffQueue(
    Databases databases,
    SiteDirectory sites,
    QueueSignals signals,
    SiteScopes scopes,
    EngineBroker broker,
    TimeProvider time,
    ILogger<HandOffQueue> logger
) : SiteQueue(HandOffs.Queue, databases, sites, signals, time, logger)
{
    static readonly TimeSpan slice = TimeSpan.FromSeconds(10), whileAway = TimeSpan.FromSeconds(2),
        patience = TimeSpan.FromSeconds(1), whileItHangs = TimeSpan.FromSeconds(1);

    /// <summary>
    /// By site: what is being published now. A broker that hangs takes its time to say nothing, and people do not wait for it.
    /// </summary>
    readonly ConcurrentDictionary<long, Task<int?>> publishing = new();
    readonly Databases databases = databases;
    readonly SiteDirectory sites = sites;

    protected override int Workers => 4;

    /// <summary>The engine has to hear of it.</summary>
    protected override bool GoesOnSuspended => true;

    protected override async Task<DateTime?> Drain(Site site, CancellationToken ct)
    {
        int? published = 0;
        for (var goOn = TimeSlice(slice); goOn() && !ct.IsCancellationRequested;)
        {
            site = await Now(site, ct);
            var (hasMore, next) = await scopes.Run(site, s => s.GetRequiredService<AdvanceHandOffs>().Run(ct));
            var isHanging = false;
            if (published is not null)
            {
                var isOlder = publishing.TryGetValue(site.Id, out var run);
                // Another site waits for it already. To try a go as well would only mean that its mailing cannot come back at once.
                if (run is null && broker.Hangs) published = null;
                else
                {
                    run ??= publishing[site.Id] = Publish(site, ct);
                    isHanging = await Task.WhenAny(run, Task.Delay(patience, ct)) != run;
                    if (!isHanging)
                    {
                        publishing.TryRemove(site.Id, out _);
                        published = await run;
                        // It has not seen what was written since.
                        if (isOlder && published is 0) published = 1;
                    }
                }
            }
            // What people want is written down meanwhile; only the way waits.
            if (!hasMore && isHanging) return Time.GetUtcNow().UtcDateTime + whileItHangs;
            if (!hasMore && published is 0) return next;
            if (!hasMore && published is null) return Time.GetUtcNow().UtcDateTime + whileAway;
        }
        return Time.GetUtcNow().UtcDateTime;
    }

    Task<int?> Publish(Site site, CancellationToken ct) =>
        scopes.Run(site, s => s.GetRequiredService<PublishCommands>().Run(broker.Publish, ct));

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        await base.ExecuteAsync(ct);
        await ((Task)Task.WhenAll(publishing.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>As the catalogue has it: another node may have suspended it, and this one hear of that only in seconds.</summary>
    async Task<Site> Now(Site site, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var state = await db.Sites.Where(s => s.Id == site.Id).Select(s => s.State).FirstOrDefaultAsync(ct);
        if (state == site.State) return site;
        sites.Forget(site.Id);
        return await sites.Find(site.Id, ct) ?? site;
    }
}

/// <summary>Takes the engine's facts, for whichever site they are.</summary>
public sealed class EngineFacts(
    EngineBroker broker,
    Databases databases,
    SiteDirectory sites,
    SiteScopes scopes,
    ILogger<EngineFacts> logger
) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        broker.Broker is not { } way
            ? Task.CompletedTask
            : new MessageConsumer(way, EngineQueues.OutcomeQueue, Take, logger)
            {
                // What the database refuses for ever is a dead letter: tried for as long, it would hold up the facts of all sites.
                IsPassing = Failures.IsPassing,
                // A site whose database is away holds up no other.
                SiteOf = m => m.Site,
                OnDead = (message, why) => TellOfDeath(message, why, stoppingToken),
            }.Run(stoppingToken);

    /// <summary>The engine's ledger keeps it, where operators see it beside those of the engine.</summary>
    public async Task TellOfDeath(EngineMessage? message, string why, CancellationToken ct)
    {
        MailingMeter.Died();
        var letter = new Undeliverable
        {
            Site = message?.Site ?? "",
            Queue = EngineQueues.OutcomeQueue,
            Letter = message?.Schema ?? "",
            LetterId = message?.MsgId,
            MailingId = (message as OfferMessage)?.MailingId,
            Reason = why.Length > Undeliverable.MaxReason ? why[..Undeliverable.MaxReason] : why,
        };
        var (exchange, key) = EngineQueues.WayOf(letter);
        // Not taken, it stands in the log alone, and the letter in its queue.
        await broker.Publish([new(exchange, key, Wire.Write(letter))], ct);
    }

    /// <returns>Why a person has to look at it; null if it was taken.</returns>
    public async Task<string?> Take(EngineMessage message, CancellationToken ct)
    {
        if (await sites.FindByKey(message.Site, ct) is { } site)
            return await scopes.Run(site, s => s.GetRequiredService<TakeFact>().Take(message, ct));
        await using var db = databases.OpenCatalogue();
        // It is being deleted, and the engine hears of that now.
        if (await db.Sites.AnyAsync(s => s.Key == message.Site && s.State == SiteState.Deleting, ct)) return null;
        return $"there is no site {UntrustedText.Safe(message.Site)}";
    }
}
