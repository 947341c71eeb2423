using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Community.Bulk;

/// <summary>
/// What a delivery server was answered, by minute and by domain, written to the ledger every few seconds: figures for the operator. What
/// was not written before the process died is missing there, and nowhere else. Thread-safe.
/// </summary>
sealed class SeenAnswers(EngineLedger ledger, string server)
{
    /// <summary>Domains by name in an hour; all others are counted together. A mailing goes to very many domains.</summary>
    const int MaxDomains = 1000;

    readonly Lock gate = new();
    readonly HashSet<string> named = [];
    Dictionary<string, Tally> tallies = [];
    DateTime namedSince = DateTime.UtcNow, writtenAt = DateTime.UtcNow;

    /// <summary>Messages that were answered, over the last seconds.</summary>
    public double PerSecond { get; private set; }

    sealed class Tally
    {
        public readonly int[] Counts = new int[5];
        public string Destination = "";
        public (int? Code, string? Enhanced, string? Text, DateTime At)? Answer;
    }

    public void Add(DeliveryResult result)
    {
        // Given back: paused, withdrawn, or turned away by our own relay.
        if (KindOf(result) is not { } kind) return;
        lock (gate)
        {
            var tally = Of(result.Recipient.To.Domain);
            tally.Counts[(int)kind]++;
            tally.Destination = result.Recipient.Destination;
            if (kind is not AnswerKind.Accepted)
                tally.Answer = (result.Code, result.Enhanced, AnswerWords.Shown(result), DateTime.UtcNow);
        }
        EngineMeter.Answered(kind, server);
    }

    /// <summary>The relay turned a connection away, whoever the message was for.</summary>
    public void AddAway()
    {
        lock (gate) Of("").Counts[(int)AnswerKind.Away]++;
        EngineMeter.Answered(AnswerKind.Away, server);
    }

    internal static AnswerKind? KindOf(DeliveryResult result) =>
        result.Outcome switch
        {
            DeliveryOutcome.Accepted => AnswerKind.Accepted,
            DeliveryOutcome.Rejected => AnswerKind.Rejected,
            DeliveryOutcome.Ambiguous => AnswerKind.Ambiguous,
            _ when result.Code is not null => AnswerKind.Deferred,
            DeliveryOutcome.Deferred => AnswerKind.Away,
            _ when result.Answer is not null => AnswerKind.Away,
            _ => null,
        };

    Tally Of(string domain)
    {
        if (DateTime.UtcNow - namedSince > TimeSpan.FromHours(1)) (namedSince, _) = (DateTime.UtcNow, named.RemoveWhere(_ => true));
        if (domain.Length > 0 && !named.Contains(domain) && (named.Count >= MaxDomains || !named.Add(domain))) domain = "";
        if (!tallies.TryGetValue(domain, out var tally)) tallies[domain] = tally = new();
        return tally;
    }

    /// <summary>Adds what came since the last time, and replaces what the server says of itself.</summary>
    public async Task Write(ServerReport report, ServerEpoch me)
    {
        Dictionary<string, Tally> now;
        double seconds;
        lock (gate)
        {
            (now, tallies) = (tallies, []);
            (seconds, writtenAt) = ((DateTime.UtcNow - writtenAt).TotalSeconds, DateTime.UtcNow);
        }
        var sums = Enumerable.Range(0, 5).Select(i => now.Values.Sum(t => t.Counts[i])).ToArray();
        if (seconds > 0.5) PerSecond = Math.Round(sums.Sum() / seconds, 2);
        try
        {
            // Domains in their order: two servers that write the same ones would wait for each other otherwise.
            var rows = now.OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
            await ledger.Change(async change =>
            {
                if (sums.Sum() > 0)
                {
                    await change.Execute(
                        """
                        INSERT INTO server_minutes AS m (minute, server, accepted, deferred, rejected, ambiguous, away)
                        VALUES (date_trunc('minute', moment(), 'UTC'), $1, $2, $3, $4, $5, $6)
                        ON CONFLICT (minute, server) DO UPDATE SET accepted = m.accepted + EXCLUDED.accepted,
                            deferred = m.deferred + EXCLUDED.deferred, rejected = m.rejected + EXCLUDED.rejected,
                            ambiguous = m.ambiguous + EXCLUDED.ambiguous, away = m.away + EXCLUDED.away
                        """,
                        [server, .. sums.Cast<object?>()]
                    );
                    await change.Execute(
                        """
                        INSERT INTO destination_hours AS h
                            (hour, domain, accepted, deferred, rejected, ambiguous, away, code, enhanced, answer, answered_at, destination)
                        SELECT date_trunc('hour', moment(), 'UTC'), w.* FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                            AS w (domain, accepted, deferred, rejected, ambiguous, away, code, enhanced, answer, at, destination)
                        ON CONFLICT (hour, domain) DO UPDATE SET accepted = h.accepted + EXCLUDED.accepted,
                            deferred = h.deferred + EXCLUDED.deferred, rejected = h.rejected + EXCLUDED.rejected,
                            ambiguous = h.ambiguous + EXCLUDED.ambiguous, away = h.away + EXCLUDED.away,
                            code = CASE WHEN EXCLUDED.answered_at IS NULL THEN h.code ELSE EXCLUDED.code END,
                            enhanced = CASE WHEN EXCLUDED.answered_at IS NULL THEN h.enhanced ELSE EXCLUDED.enhanced END,
                            answer = CASE WHEN EXCLUDED.answered_at IS NULL THEN h.answer ELSE EXCLUDED.answer END,
                            answered_at = coalesce(EXCLUDED.answered_at, h.answered_at), destination = EXCLUDED.destination
                        """,
                        rows.Select(r => r.Key).ToArray(),
                        Column(0),
                        Column(1),
                        Column(2),
                        Column(3),
                        Column(4),
                        rows.Select(r => r.Value.Answer?.Code).ToArray(),
                        Texts(r => r.Answer?.Enhanced),
                        Texts(r => r.Answer?.Text),
                        rows.Select(r => r.Value.Answer?.At).ToArray(),
                        rows.Select(r => r.Key.Length == 0 ? "" : r.Value.Destination).ToArray()
                    );
                }
                // What an earlier run still wants to say is not heard.
                await change.Execute(
                    """
                    INSERT INTO server_reports AS r (name, at, report)
                    SELECT $1, moment(), $2 FROM servers WHERE name = $1 AND epoch = $3
                    ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, report = EXCLUDED.report
                    """,
                    server,
                    new NpgsqlParameter { Value = JsonSerializer.Serialize(report), NpgsqlDbType = NpgsqlDbType.Jsonb },
                    me.Epoch
                );

                int[] Column(int of) => [.. rows.Select(r => r.Value.Counts[of])];
                NpgsqlParameter Texts(Func<Tally, string?> of) =>
                    new() { Value = rows.Select(r => of(r.Value)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
            });
        }
        catch
        {
            lock (gate)
                foreach (var (domain, tally) in now)
                {
                    var to = Of(domain);
                    for (var i = 0; i < tally.Counts.Length; i++) to.Counts[i] += tally.Counts[i];
                    to.Answer ??= tally.Answer;
                    if (to.Destination.Length == 0) to.Destination = tally.Destination;
                }
            throw;
        }
    }
}

/// <summary>In the order of the columns.</summary>
enum AnswerKind { Accepted, Deferred, Rejected, Ambiguous, Away }
