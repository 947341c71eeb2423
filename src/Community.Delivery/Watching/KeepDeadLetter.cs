namespace Community.Bulk;

/// <summary>Keeps why a message became a dead letter. What is in it stays in the broker's queue.</summary>
static class KeepDeadLetter
{
    const int MaxReason = 500;

    public static async Task Run(EngineLedger ledger, string queue, EngineMessage? message, string why, CancellationToken ct)
    {
        EngineMeter.Died(queue);
        await ledger.Change(
            c => c.Execute(
                """
                INSERT INTO dead_letters (at, queue, schema, site, mailing, msg_id, reason) VALUES (moment(), $1, $2, $3, $4, $5, $6)
                ON CONFLICT (msg_id) DO UPDATE SET at = EXCLUDED.at, reason = EXCLUDED.reason
                """,
                queue,
                message?.Schema ?? "",
                message?.Site,
                (message as OfferMessage)?.MailingId,
                message?.MsgId,
                why.Length > MaxReason ? why[..MaxReason] : why
            ),
            ct
        );
    }
}
