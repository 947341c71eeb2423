using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>Deletes e-mails that were sent or given up long ago: they hold addresses, of strangers too.</summary>
public sealed class ForgetSystemMails(SiteDb db, IOptions<CommunityOptions> options, TimeProvider time) : IHandle<Tick>
{
    public Task Handle(Tick message, CancellationToken ct)
    {
        // The time at which it was last in hand: it stands in the index.
        var before = Retention.Before(options.Value.Keep.SystemMails, time.GetUtcNow().UtcDateTime);
        return db
            .SystemMails.Where(l => (l.State == SystemMailState.Sent || l.State == SystemMailState.Failed) && l.DueAt < before)
            .OrderBy(l => l.DueAt)
            .DeleteAll(ct);
    }
}
