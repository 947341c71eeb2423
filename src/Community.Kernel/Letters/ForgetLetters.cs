using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>Deletes letters that were sent or given up long ago: they hold addresses, of strangers too.</summary>
public sealed class ForgetLetters(SiteDb db, IOptions<CommunityOptions> options, TimeProvider time) : IHandle<Tick>
{
    public Task Handle(Tick message, CancellationToken ct)
    {
        // The time at which it was last in hand: it stands in the index.
        var before = Retention.Before(options.Value.Keep.Letters, time.GetUtcNow().UtcDateTime);
        return db
            .Letters.Where(l => (l.State == LetterState.Sent || l.State == LetterState.Failed) && l.DueAt < before)
            .OrderBy(l => l.DueAt)
            .DeleteAll(ct);
    }
}
