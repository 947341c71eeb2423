using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Failed work that waits for a person: e-mails that could not be delivered, failed jobs, event handlers that are stuck.
/// Each action is one statement conditional on the row's state:
/// if pressed twice, or by two people, it happens once.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class FailedWork(SiteDb db, Actors actors, EventHandlers handlers, Audit audit, TimeProvider time)
{
    /// <summary>Failed jobs, and those that fail each time: they are retried anyway, but otherwise nobody would know.</summary>
    public static IQueryable<WorkRow> Work(SiteDb db) =>
        db.Work.Where(w => w.FailedAt != null || w.Attempts >= WorkQueue.AttemptsUntilShown);

    /// <summary>Event handlers that fail each time: later events wait behind the failing one.</summary>
    public static IQueryable<EventCursor> Handlers(SiteDb db) => db.EventCursors.Where(c => c.Attempts >= WorkQueue.AttemptsUntilShown);

    public static IQueryable<SystemMail> SystemMails(SiteDb db) => db.SystemMails.Where(l => l.State == SystemMailState.Failed);

    /// <summary>Sends it as if it were written now, with its original text, if that has not been deleted yet.</summary>
    public Task<bool> SendAgain(Reader actor, long mail, CancellationToken ct) => Do(actor, "members.mail-again", mail, async () =>
    {
        db.Schedule(SiteQueues.SystemMails, Now);
        return await Wait(SystemMails(db).Where(l => l.Id == mail), ct);
    }, ct);

    /// <summary>Sends all failed e-mails again, once the cause is fixed.</summary>
    public async Task<bool> SendAllAgain(Reader actor, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.FailedWork);
        db.Schedule(SiteQueues.SystemMails, Now);
        var n = await Wait(SystemMails(db), ct);
        if (n == 0) return false;
        audit.Did("members.mails-again", n.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await change.Commit(ct);
        return true;
    }

    public Task<bool> DiscardMail(Reader actor, long mail, CancellationToken ct) =>
        Do(actor, "members.mail-discard", mail, () => SystemMails(db).Where(l => l.Id == mail).ExecuteDeleteAsync(ct), ct);

    public Task<bool> RunAgain(Reader actor, long work, CancellationToken ct) =>
        Do(
            actor,
            "members.work-again",
            null,
            async () =>
            {
                var now = Now;
                db.Schedule(SiteQueues.Work, now);
                return await Work(db)
                    .Where(w => w.Id == work)
                    .ExecuteUpdateAsync(
                        s => s.SetProperty(w => w.FailedAt, (DateTime?)null).SetProperty(w => w.Attempts, 0).SetProperty(w => w.DueAt, now),
                        ct
                    );
            },
            ct
        );

    /// <summary>A recurring job is never discarded: its row is what makes it recur.</summary>
    public Task<bool> DiscardWork(Reader actor, long work, CancellationToken ct) =>
        Do(actor, "members.work-discard", null, () => db.Work.Where(w => w.Id == work && w.FailedAt != null).ExecuteDeleteAsync(ct), ct);

    /// <summary>The handler retries the failing event now, not hours later.</summary>
    public Task<bool> RetryEvent(Reader actor, string handler, CancellationToken ct) =>
        Do(actor, "members.event-again", null, async () => await handlers.Retry(handler, ct) ? 1 : 0, ct, handler);

    /// <summary>The handler skips the failing event, leaving it unhandled.</summary>
    public Task<bool> SkipEvent(Reader actor, string handler, CancellationToken ct) =>
        Do(actor, "members.event-skip", null, async () => await handlers.Skip(handler, ct) ? 1 : 0, ct, handler);

    DateTime Now => time.GetUtcNow().UtcDateTime;

    Task<int> Wait(IQueryable<SystemMail> mails, CancellationToken ct)
    {
        var now = Now;
        return mails
            .Where(l => l.Text != null)
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(l => l.State, SystemMailState.Waiting)
                        .SetProperty(l => l.FailedAt, (DateTime?)null)
                        .SetProperty(l => l.CreatedAt, now)
                        .SetProperty(l => l.DueAt, now)
                        .SetProperty(l => l.Attempts, 0),
                ct
            );
    }

    async Task<bool> Do(Reader actor, string name, long? mail, Func<Task<int>> act, CancellationToken ct, string purpose = "")
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.FailedWork);
        var about = mail is null
            ? null
            : await db.SystemMails.Where(l => l.Id == mail).Select(l => new { l.MemberId, l.Kind }).FirstOrDefaultAsync(ct);
        if (await act() == 0)
            return false;
        if (about?.MemberId is { } member)
            audit.Changed(name, member, "", about.Kind);
        else
            audit.Did(name, about?.Kind ?? purpose);
        await change.Commit(ct);
        return true;
    }
}
