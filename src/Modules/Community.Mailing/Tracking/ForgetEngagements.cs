using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Who takes back the consent to be known by name leaves no opens and clicks behind; what was counted names nobody.</summary>
public sealed class ForgetEngagements(SiteDb db) : IEventHandler
{
    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var members = events.Select(e => e.Event).OfType<ConsentChanged>().Where(c => !c.Granted).Select(c => (long?)c.MemberId).Distinct()
            .ToList();
        if (members.Count == 0) return;
        // Asked as it is now: a kind of mail alone was taken back, or the consent was given again.
        var agreed = TrackedLinks.Tracked(db);
        await db.Engagements.Where(e => members.Contains(e.MemberId) && !agreed.Any(c => c.MemberId == e.MemberId))
            .ExecuteDeleteAsync(ct);
    }
}

/// <summary>Removes opens and clicks by age, some at a time; what was counted of them stays.</summary>
public sealed class RemoveEngagements(SiteDb db, Settings<MailingSettings> settings) : IHandle<Tick>
{
    const int MaxTogether = 5_000;

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = db.Now - (await settings.Get(ct)).EngagementsKept;
        while (true)
        {
            var old = db.Engagements.Where(e => e.Counted && e.At < before).OrderBy(e => e.At).Take(MaxTogether).Select(e => e.Id);
            if (await db.Engagements.Where(e => old.Contains(e.Id)).ExecuteDeleteAsync(ct) < MaxTogether) break;
        }
        // If the work that counts was lost.
        if (!await db.Engagements.AnyAsync(e => !e.Counted, ct)) return;
        db.Enqueue(new RunCountEngagements(), db.Now + EngagementRecorder.CountAfter);
        await db.SaveChangesAsync(ct);
    }
}
