using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace Community.Bulk;

/// <summary>
/// Looks every few seconds at what nobody tells: how full the broker's queues are, what waits in the ledger. For the console, and for
/// whoever collects metrics.
/// </summary>
public sealed class EngineWatch : IDisposable
{
    static readonly TimeSpan limit = TimeSpan.FromSeconds(10);
    static readonly string[] states = ["alive", "draining", "lost"];

    readonly EngineLedger ledger;
    readonly Broker? broker;
    readonly Meter meter = new(EngineMeter.Name);
    IConnection? connection;
    volatile Found found = new();

    sealed record Found
    {
        public bool IsBrokerThere { get; init; }
        public bool IsLedgerThere { get; init; }
        public IReadOnlyList<QueueFigures> Queues { get; init; } = [];
        public int Outbox { get; init; }
        public double OutboxAge { get; init; }
        public double Late { get; init; }
        public double Filling { get; init; }
        public long Ambiguous { get; init; }
        public long Open { get; init; }
        public long Life { get; init; }
        public IReadOnlyList<(string State, int N)> Offers { get; init; } = [];
        public IReadOnlyList<int> Servers { get; init; } = [0, 0, 0];
    }

    /// <param name="ledger">The engine's.</param>
    /// <param name="broker">Null for a process without the delivery control's role.</param>
    /// <param name="data">The folder whose disk is watched.</param>
    /// <param name="certificates">Files in PEM whose end is watched.</param>
    public EngineWatch(EngineLedger ledger, Broker? broker, string data, IReadOnlyList<string> certificates)
    {
        (this.ledger, this.broker) = (ledger, broker);
        meter.CreateObservableGauge(
            "community.disk.free", () => FreeOf(data), "By", "Free space of the disk that holds the process's data.");
        if (certificates.Count > 0)
            meter.CreateObservableGauge(
                "community.certificate.end", () => certificates.Select(EndOf), "s", "When a certificate ends, in seconds since 1970.");
        if (broker is null) return;
        Gauge("broker.up", null, "Whether the broker answers.", f => f.IsBrokerThere ? 1 : 0);
        Gauge("ledger.up", null, "Whether the ledger answers.", f => f.IsLedgerThere ? 1 : 0);
        Gauge("life", null, "The engine's life: rises when the ledger was set back.", f => f.Life);
        Gauge("outbox.messages", "{message}", "Facts that wait for the broker.", f => f.Outbox);
        Gauge("outbox.age", "s", "How long the oldest of them has waited.", f => f.OutboxAge);
        Gauge("start.late", "s", "How late the latest mailing is whose time has come and whose first message has not left.", f => f.Late);
        Gauge("filling.age", "s", "How long the oldest mailing has waited of which parts are missing.", f => f.Filling);
        Gauge("ambiguous", "{recipient}", "Recipients of whom nobody knows, in mailings of the last day.", f => f.Ambiguous);
        Gauge("open", "{recipient}", "Recipients without an outcome.", f => f.Open);
        meter.CreateObservableGauge(
            "community.delivery.dead_letters",
            // While the broker is away nobody knows; 0 would end an alarm.
            () => DeadLetters is { } letters ? new[] { new Measurement<long>(letters) } : [],
            "{message}",
            "Messages in the queue of dead letters."
        );
        meter.CreateObservableGauge(
            "community.delivery.queue.messages",
            () => found.Queues.Select(q => new Measurement<long>(q.Messages, new KeyValuePair<string, object?>("queue", q.Name))),
            "{message}",
            "Messages of a queue that nobody has been handed yet."
        );
        meter.CreateObservableGauge(
            "community.delivery.offers",
            () => found.Offers.Select(o => new Measurement<int>(o.N, new KeyValuePair<string, object?>("state", o.State))),
            "{mailing}",
            "Mailings that have not ended, by state."
        );
        meter.CreateObservableGauge(
            "community.delivery.servers",
            () => found.Servers.Select((n, i) => new Measurement<int>(n, new KeyValuePair<string, object?>("state", states[i]))),
            "{server}",
            "Delivery servers that have not ended as they should, by state."
        );
    }

    void Gauge(string name, string? unit, string text, Func<Found, double> of) =>
        meter.CreateObservableGauge("community.delivery." + name, () => of(found), unit, text);

    public bool IsBrokerThere => found.IsBrokerThere;

    /// <summary>Of the last look at which the broker answered.</summary>
    public IReadOnlyList<QueueFigures> Queues => found.Queues;

    /// <summary>Messages in their queue; null if the broker has not answered.</summary>
    public long? DeadLetters => found.Queues.FirstOrDefault(q => q.Name == EngineQueues.DeadQueue)?.Messages;

    /// <summary>Looks once. That something does not answer is what it finds out, no failure of it.</summary>
    public async Task Look(CancellationToken ct)
    {
        var next = await OfLedger(ct);
        IReadOnlyList<QueueFigures>? queues = null;
        try { queues = await OfBroker(ct); }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            Broker.Drop(connection);
            connection = null;
        }
        found = next with { IsBrokerThere = queues is not null, Queues = queues ?? [] };
    }

    async Task<IReadOnlyList<QueueFigures>> OfBroker(CancellationToken ct)
    {
        if (broker is null) return [];
        connection ??= await broker.Connect("engine's watch", ct).WaitAsync(limit, ct);
        // What is declared otherwise closes the channel, so each look has one of its own.
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct).WaitAsync(limit, ct);
        await EngineQueues.Declare(channel, ct).WaitAsync(limit, ct);
        var queues = new List<QueueFigures>();
        foreach (var name in EngineQueues.All)
        {
            var queue = await channel.QueueDeclarePassiveAsync(name, ct).WaitAsync(limit, ct);
            queues.Add(new(name, queue.MessageCount, queue.ConsumerCount));
        }
        return queues;
    }

    /// <summary>Bounded by mailings that live and servers, whatever they have to send.</summary>
    async Task<Found> OfLedger(CancellationToken ct)
    {
        try
        {
            return await ledger.Change(
                async change =>
                {
                    var (outbox, age, life) = await change.First(
                        """
                        SELECT (SELECT count(*)::int FROM (SELECT 1 FROM outbox LIMIT 100000) o),
                            coalesce((SELECT extract(epoch FROM moment() - created_at) FROM outbox ORDER BY id LIMIT 1), 0)
                                ::double precision,
                            (SELECT life FROM engine)
                        """,
                        r => (r.GetInt32(0), r.GetDouble(1), r.GetInt64(2))
                    );
                    var offers = await change.Query(
                        """
                        SELECT o.state::text, count(*)::int,
                            coalesce(max(extract(epoch FROM moment() - o.start_at)) FILTER (WHERE o.started_at IS NULL
                                AND o.state IN ('armed', 'running') AND NOT o.paused), 0)::double precision,
                            coalesce(sum(b.ambiguous), 0)::bigint,
                            coalesce(sum(o.total - b.accepted - b.rejected - b.suppressed - b.expired - b.ambiguous), 0)::bigint,
                            coalesce(max(extract(epoch FROM moment() - o.created_at)) FILTER (WHERE o.state = 'filling'), 0)
                                ::double precision
                        FROM offers o JOIN offer_batches b ON b.offer_id = o.id WHERE o.state <> 'ended' GROUP BY o.state
                        UNION ALL
                        SELECT 'ended', count(*)::int, 0, coalesce(sum(b.ambiguous), 0)::bigint, 0, 0
                        FROM offers o JOIN offer_batches b ON b.offer_id = o.id
                        WHERE o.state = 'ended' AND o.ended_at > moment() - interval '1 day'
                        """,
                        r => (
                            State: r.GetString(0), N: r.GetInt32(1), Late: r.GetDouble(2), Doubt: r.GetInt64(3), Open: r.GetInt64(4),
                            Filling: r.GetDouble(5))
                    );
                    var servers = await change.First(
                        """
                        SELECT count(*) FILTER (WHERE NOT draining AND s.seen_at > moment() - interval '1 minute')::int,
                            count(*) FILTER (WHERE draining AND s.seen_at > moment() - interval '1 minute')::int,
                            count(*) FILTER (WHERE s.seen_at <= moment() - interval '1 minute'
                                AND s.seen_at > moment() - interval '1 day')::int
                        FROM servers s LEFT JOIN server_reports r ON r.name = s.name
                        WHERE NOT coalesce((r.report->>'IsStopped')::boolean, false)
                        """,
                        r => new[] { r.GetInt32(0), r.GetInt32(1), r.GetInt32(2) }
                    );
                    return new Found
                    {
                        IsLedgerThere = true,
                        Outbox = outbox,
                        OutboxAge = Math.Max(0, age),
                        Life = life,
                        Late = Math.Max(0, offers.Select(o => o.Late).DefaultIfEmpty(0).Max()),
                        Filling = Math.Max(0, offers.Select(o => o.Filling).DefaultIfEmpty(0).Max()),
                        Ambiguous = offers.Sum(o => o.Doubt),
                        Open = offers.Sum(o => o.Open),
                        Offers = [.. offers.Where(o => o.State != "ended").Select(o => (o.State, o.N))],
                        Servers = servers!,
                    };
                },
                ct
            );
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            return found with { IsLedgerThere = false };
        }
    }

    static IEnumerable<Measurement<long>> FreeOf(string folder)
    {
        try { return [new(new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace)]; }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException) { return []; }
    }

    /// <summary>A file that cannot be read has ended: somebody has to look.</summary>
    static Measurement<double> EndOf(string file)
    {
        double end = 0;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            end = new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds();
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            // 0 says it.
        }
        return new(end, new KeyValuePair<string, object?>("file", Path.GetFileName(file)));
    }

    public void Dispose()
    {
        meter.Dispose();
        Broker.Drop(connection);
    }
}
