namespace Community.Bulk;

/// <summary>Keeps why a message became a dead letter. What is in it stays in the broker's queue.</summary>
static class KeepDeadLetter
{
    public static Task Run(EngineLedger ledger, string queue, EngineMessage? message, string why, CancellationToken ct)
    {
        EngineMeter.Died(queue);
        return ledger.Change(
            c => c.Keep(queue, message?.Schema ?? "", message?.Site, (message as OfferMessage)?.MailingId, message?.MsgId, why), ct);
    }

    /// <summary>A web server could not take a fact.</summary>
    public static async Task<Taken> Take(this LedgerChange change, Undeliverable letter)
    {
        var site = letter.Site.Length > 0 ? letter.Site : null;
        await change.Keep(letter.Queue, letter.Letter, site, letter.MailingId, letter.LetterId, letter.Reason);
        return Taken.Done;
    }

    static Task Keep(this LedgerChange change, string queue, string schema, string? site, Guid? mailing, Guid? letter, string why) =>
        change.Execute(
            """
            INSERT INTO dead_letters (at, queue, schema, site, mailing, msg_id, reason) VALUES (moment(), $1, $2, $3, $4, $5, $6)
            ON CONFLICT (msg_id) DO UPDATE SET at = EXCLUDED.at, reason = EXCLUDED.reason
            """,
            queue,
            schema,
            site,
            mailing,
            letter,
            why.Length > Undeliverable.MaxReason ? why[..Undeliverable.MaxReason] : why
        );
}
