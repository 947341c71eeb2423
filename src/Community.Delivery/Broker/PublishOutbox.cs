namespace Community.Bulk;

/// <summary>Publishes what the ledger has for sites. A row is deleted only once the broker has confirmed it.</summary>
public sealed class PublishOutbox(EngineLedger ledger, MessagePublisher publisher)
{
    /// <returns>How many the broker has now; 0 if there was nothing, or the broker is away.</returns>
    public async Task<int> Run(CancellationToken ct = default)
    {
        var rows = await ledger.Change(
            c => c.Query(
                $"SELECT id, routing_key, body FROM outbox ORDER BY id LIMIT {MessagePublisher.MaxGroup}",
                r => (Id: r.GetInt64(0), Message: new Outgoing(EngineQueues.Facts, r.GetString(1), r.GetFieldValue<byte[]>(2)))
            ),
            ct
        );
        if (rows.Count == 0) return 0;
        var confirmed = await publisher.Publish([.. rows.Select(r => Traced(r.Message))], ct);
        var done = rows.Where((_, i) => confirmed[i]).Select(r => r.Id).ToArray();
        // Dies here: it is published twice, which the sites expect.
        // Another control may delete the same rows: both in the same order.
        if (done.Length > 0)
            await ledger.Change(
                c => c.Execute(
                    "DELETE FROM outbox o USING (SELECT id FROM outbox WHERE id = ANY ($1) ORDER BY id FOR UPDATE) d WHERE o.id = d.id",
                    done
                ),
                ct
            );
        return done.Length;
    }

    static Outgoing Traced(Outgoing message)
    {
        // Only then is it worth reading what was written.
        if (!EngineTrace.Source.HasListeners()) return message;
        try
        {
            return Wire.Read(message.Body) is OfferMessage offer ? message with { Mailing = offer.MailingId } : message;
        }
        catch (BadMessageException)
        {
            // Whoever gets it refuses it and keeps it as a dead letter; here it would hold up all that is written after it.
            return message;
        }
    }
}
