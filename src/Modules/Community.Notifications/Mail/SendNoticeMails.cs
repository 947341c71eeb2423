using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Community.Notifications;

/// <summary>Sends the mails that are due.</summary>
public sealed record SendNoticeMails
{
    /// <summary>The job's name in the sites' databases.</summary>
    public const string Job = "notifications.mail";

    /// <summary>
    /// Lets the job run at <paramref name="due"/>, unless one is to run before. One that may be running does not count: it might have
    /// looked already.
    /// </summary>
    public static async Task WakeAt(SiteDb db, DateTime due, CancellationToken ct)
    {
        var now = db.Now;
        if (db.ChangeTracker.Entries<WorkRow>().Any(e => e.Entity.Handler == Job && e.Entity.DueAt <= due)) return;
        if (await db.Work.AnyAsync(w => w.Handler == Job && w.FailedAt == null && w.DueAt > now && w.DueAt <= due, ct)) return;
        db.Enqueue(new SendNoticeMails(), due);
    }
}

/// <summary>
/// Writes the mails of one member after the other, each in a change of its own. The member's row is locked and asked again: of three that
/// run at once one writes. What a stopped server has missed is one mail.
/// </summary>
public sealed class SendNoticeMailsStep(
    SiteDb db, PresentReaders readers, NoticeMessages messages, ILogger<SendNoticeMailsStep> logger) : IHandle<SendNoticeMails>
{
    const int Batch = 100;
    /// <summary>A mail that could not be written is tried again after this time.</summary>
    static readonly TimeSpan Later = TimeSpan.FromHours(6);
    static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);

    public async Task Handle(SendNoticeMails message, CancellationToken ct)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(started) < Slice)
        {
            var now = db.Now;
            var due = await db.NoticeMails.AsNoTracking().Where(m => m.DueAt <= now).OrderBy(m => m.DueAt).ThenBy(m => m.MemberId)
                .Take(Batch).ToListAsync(ct);
            foreach (var mail in due)
            {
                try { await Send(mail.MemberId, mail.Pace, ct); }
                // The due mails of all others stand behind it.
                catch (Exception error) when (error is not OperationCanceledException && !Failures.IsPassing(error))
                {
                    logger.LogError("Site {Site}: the notices of member {Member} could not be written as a mail: {Error}",
                        db.Site.Key, mail.MemberId, UntrustedText.Trace(error));
                    db.ChangeTracker.Clear();
                    await Postpone(mail.MemberId, mail.Pace, ct);
                }
                db.ChangeTracker.Clear();
            }
            if (due.Count < Batch) break;
        }
        // The next; at once if more were due than a slice takes.
        await using var change = await db.Change(ct);
        if (await db.NoticeMails.MinAsync(m => m.DueAt, ct) is { } next) await SendNoticeMails.WakeAt(db, next, ct);
        await change.Commit(ct);
    }

    async Task Send(long member, MailPace pace, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var row = await Locked(member, pace, ct);
        if (row?.DueAt is not { } due || due > db.Now) return;
        (row.DueAt, row.DoneAt) = (null, due);
        var waiting = await db.Notices.Where(n => n.MemberId == member && n.Waits == pace).ToListAsync(ct);
        foreach (var notice in waiting) notice.Waits = null;
        // Asked again at the last moment: what they may read, what they have read, and whether the address takes mail.
        var allowed = (await readers.Of([member], ct)).GetValueOrDefault(member);
        var to = allowed is null ? null : await db.Members.AsNoTracking()
            .FirstOrDefaultAsync(m => m.Id == member && !db.Set<Suppression>().Any(s => s.AddressHash == m.AddressHash), ct);
        if (allowed is not null && to is not null)
        {
            var ids = waiting.Where(n => n.ReadAt is null).Select(n => n.Id).ToList();
            var shown = await db.NoticesOf(allowed).Where(n => ids.Contains(n.Id)).Select(n => n.Id).ToHashSetAsync(ct);
            await messages.Write(to, allowed, pace, [.. waiting.Where(n => shown.Contains(n.Id))], ct);
        }
        await change.Commit(ct);
    }

    async Task Postpone(long member, MailPace pace, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        if (await Locked(member, pace, ct) is not { DueAt: not null } row) return;
        row.DueAt = db.Now + Later;
        await change.Commit(ct);
    }

    async Task<NoticeMail?> Locked(long member, MailPace pace, CancellationToken ct)
    {
        var rows = db.IsSqlite
            ? db.NoticeMails.Where(m => m.MemberId == member && m.Pace == pace)
            : db.NoticeMails.FromSql(
                $"SELECT * FROM notice_mails WHERE member_id = {member} AND pace = {(int)pace} FOR UPDATE");
        return await rows.FirstOrDefaultAsync(ct);
    }
}
