namespace Community.Bulk;

/// <summary>Deletes what the engine need not know any more: addresses and texts soon, outcomes later. The fence stays.</summary>
public static class ForgetPeople
{
    const int Step = 5000;

    /// <summary>After an end, if the site has not closed the offer before.</summary>
    public static readonly TimeSpan Addresses = TimeSpan.FromDays(7);

    /// <summary>Outcomes, for sites that ask.</summary>
    public static readonly TimeSpan Outcomes = TimeSpan.FromDays(90);

    static readonly TimeSpan deltas = TimeSpan.FromDays(7);

    /// <summary>Offer <c>o</c> is over, or was frozen and its time is past: nobody is sent to any more.</summary>
    const string IsOver = """
        (o.state = 'ended' AND (o.closed_at IS NOT NULL OR o.ended_at < moment() - $1)
            OR o.state = 'frozen' AND coalesce(o.send_until, o.created_at) < moment() - $1)
        """;

    /// <returns>How many rows were deleted; 0 when there is nothing left to do.</returns>
    public static async Task<int> Run(EngineLedger ledger, CancellationToken ct = default)
    {
        var deleted = await ledger.Change(
            async c =>
            {
                await c.Alone();
                return await c.Value<int>(
                    $"""
                    WITH gone AS (
                        DELETE FROM addressees WHERE ctid IN (
                            SELECT a.ctid FROM addressees a JOIN offers o ON o.id = a.offer_id WHERE {IsOver} LIMIT {Step})
                        RETURNING 1)
                    SELECT count(*)::int FROM gone
                    """,
                    Addresses
                );
            },
            ct
        );
        // The words of a mail server name whom it has refused. The site has them by now.
        deleted += await ledger.Change(
            c => c.Alone(
                $"""
                UPDATE batches b SET is_wordless = true, answers = ARRAY(
                    SELECT CASE WHEN u.outcome = 'accepted' AND u.answer NOT LIKE '%@%' THEN u.answer END
                    FROM unnest(b.outcomes, b.answers) WITH ORDINALITY AS u (outcome, answer, i) ORDER BY u.i)
                WHERE ctid IN (SELECT w.ctid FROM batches w JOIN offers o ON o.id = w.offer_id
                    WHERE NOT w.is_wordless AND {IsOver} LIMIT {Step / OutcomeBatch.MaxItems})
                """,
                Addresses
            ),
            ct
        );
        deleted += await ledger.Change(
            c => c.Alone(
                $"UPDATE offers o SET reserve = NULL, signing = NULL WHERE coalesce(o.reserve, o.signing) IS NOT NULL AND {IsOver}",
                Addresses
            ),
            ct
        );
        foreach (var table in (string[])["outcome_groups", "recipients", "chunks", "batches"])
            deleted += await ledger.Change(
                c => c.Alone(
                    $"""
                    DELETE FROM {table} WHERE ctid IN (SELECT t.ctid FROM {table} t JOIN offers o ON o.id = t.offer_id
                        WHERE o.state = 'ended' AND o.ended_at < moment() - $1 LIMIT {Step})
                    """,
                    Outcomes
                ),
                ct
            );
        // Last, once: it holds up all intents for a moment.
        return deleted > 0 ? deleted : await Deltas(ledger, ct);
    }

    /// <summary>
    /// Rows are deleted in no order of theirs: a second control that does the same at once would wait for this one, and it for that.
    /// </summary>
    static async Task<int> Alone(this LedgerChange change, string statement, params object?[] values)
    {
        await change.Alone();
        return await change.Execute(statement, values);
    }

    static Task Alone(this LedgerChange change) => change.Execute("SELECT pg_advisory_xact_lock(20261128)");

    /// <summary>Suppressions that no live offer needs: a reserve that is older is refused from then on.</summary>
    static async Task<int> Deltas(EngineLedger ledger, CancellationToken ct)
    {
        await ledger.Change(Forget, ct);
        // Nobody asks for them any more, and none comes again: in steps, which hold up nobody.
        for (var deleted = 0; ;)
        {
            var some = await ledger.Change(
                c => c.Alone(
                    $"""
                    DELETE FROM deltas WHERE ctid IN (SELECT d.ctid FROM sites s JOIN deltas d ON d.site_id = s.id
                        WHERE d.delta_seq <= s.forgotten_delta LIMIT {Step})
                    """
                ),
                ct
            );
            deleted += some;
            if (some < Step) return deleted;
        }
    }

    static async Task Forget(LedgerChange change)
    {
        // A reserve that is being taken holds its site's row.
        await change.Execute("SELECT 1 FROM sites ORDER BY id FOR UPDATE");
        await change.Execute(
            """
            UPDATE sites s SET forgotten_delta = n.delta_seq
            FROM (SELECT d.site_id, max(d.delta_seq) AS delta_seq FROM deltas d
                WHERE d.at < moment() - $1
                    AND NOT EXISTS (SELECT 1 FROM offers o
                        WHERE o.site_id = d.site_id AND o.state NOT IN ('ended', 'frozen') AND o.freeze_delta < d.delta_seq)
                GROUP BY d.site_id) n
            WHERE n.site_id = s.id AND n.delta_seq > s.forgotten_delta
            """,
            deltas
        );
    }
}
