namespace Community.Bulk;

/// <summary>How outcomes are written down, by whichever statement makes them.</summary>
static class Outcomes
{
    /// <summary>
    /// Of one row. A batch is put together from whole rows, so one has to be much smaller than what a batch may have.
    /// </summary>
    internal const int MaxGroup = 50;

    /// <summary>
    /// Octets of an outcome in a batch. In JSON a character of a mail server's words takes six where it is none of the plain ones; without
    /// words it takes less than 200.
    /// </summary>
    const string Bytes = "200 + 6 * coalesce(octet_length(answer), 0)";

    /// <summary>The statement that ends in writing down outcomes that nobody's words belong to.</summary>
    /// <param name="rows">A query for <c>offer_id, rid, n</c>.</param>
    /// <param name="outcome">Of all of them, in SQL.</param>
    public static string Write(string rows, string outcome) =>
        $"""
        INSERT INTO outcome_groups (offer_id, at, items, bytes, rids, ns, outcomes)
        SELECT offer_id, moment(), count(*), 200 * count(*), array_agg(rid), array_agg(n), array_fill({outcome}, ARRAY[count(*)::int])
        FROM ({Parted(rows)}) p GROUP BY offer_id, part
        """;

    /// <summary>The same, with what mail servers have said.</summary>
    /// <param name="rows">A query for <c>offer_id, rid, n, outcome, code, enhanced, answer</c>.</param>
    public static string WriteAnswered(string rows) =>
        $"""
        INSERT INTO outcome_groups (offer_id, at, items, bytes, rids, ns, outcomes, codes, enhanced, answers)
        SELECT offer_id, moment(), count(*), sum({Bytes}), array_agg(rid), array_agg(n), array_agg(outcome), array_agg(code),
            array_agg(enhanced), array_agg(answer)
        FROM ({Parted(rows)}) p GROUP BY offer_id, part
        """;

    static string Parted(string rows) =>
        $"SELECT *, (row_number() OVER (PARTITION BY offer_id) - 1) / {MaxGroup} AS part FROM ({rows}) r";

    /// <summary>
    /// How the kept counts of an offer change by some outcomes, as rows of an outcome and by how much. A recipient's outcomes take turns:
    /// what is not known can be proved or answered late, what is proved unsent is open again and may become anything. So each second one
    /// replaces an ambiguous one.
    /// </summary>
    /// <param name="outcomes">A relation with <c>n</c> and <c>outcome</c>.</param>
    public static string Moved(string outcomes) =>
        $"SELECT outcome, 1 AS by FROM {outcomes} UNION ALL SELECT 'ambiguous', -1 FROM {outcomes} WHERE n % 2 = 0";

    /// <summary>Of rows that say which outcome moves by how many.</summary>
    public const string Sums = """
        coalesce(sum(by) FILTER (WHERE outcome = 'accepted'), 0)::int AS accepted,
        coalesce(sum(by) FILTER (WHERE outcome = 'rejected'), 0)::int AS rejected,
        coalesce(sum(by) FILTER (WHERE outcome = 'suppressed'), 0)::int AS suppressed,
        coalesce(sum(by) FILTER (WHERE outcome = 'expired'), 0)::int AS expired,
        coalesce(sum(by) FILTER (WHERE outcome = 'ambiguous'), 0)::int AS ambiguous
        """;
}
