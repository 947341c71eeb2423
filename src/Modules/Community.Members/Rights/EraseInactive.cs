using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Erases members who have not been here for the months that the site has set, some time after an e-mail that says so. Signing in once is
/// enough to stay. Staff and suspended members are kept.
/// </summary>
public sealed class EraseInactive(SiteDb db, Leaving leaving, MemberMails mails, Settings<RightsSettings> settings) : IHandle<Tick>
{
    public const string Rule = "members.inactive", Warned = "members.inactive-warned";

    /// <summary>Members per run, so that a setting made in error does not empty a site over night.</summary>
    const int MaxPerRun = 500;

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var rule = await settings.Get(ct);
        if (rule.InactiveMonths == 0) return;
        var now = db.Now;
        var end = now.AddMonths(-rule.InactiveMonths);
        var warnedBefore = now - rule.InactiveWarning;
        var gone = await Absent(end)
            .Where(m =>
                m.InactiveWarnedAt != null && m.InactiveWarnedAt <= warnedBefore && m.InactiveWarnedAt > (m.LastSignInAt ?? m.JoinedAt)
            )
            .Select(m => m.Id)
            .Take(MaxPerRun)
            .ToListAsync(ct);
        foreach (var id in gone) await Erase(id, end, ct);
        await RetentionRun.Leave(db, Rule, gone.Count, ct);
        var warn = await Absent(end + rule.InactiveWarning)
            .Where(m => m.InactiveWarnedAt == null || m.InactiveWarnedAt <= (m.LastSignInAt ?? m.JoinedAt))
            .Select(m => m.Id)
            .Take(MaxPerRun)
            .ToListAsync(ct);
        foreach (var id in warn) await Warn(id, now + rule.InactiveWarning, ct);
        await RetentionRun.Leave(db, Warned, warn.Count, ct);
    }

    IQueryable<Member> Absent(DateTime since)
    {
        var sessions = db.Sessions;
        return db
            .Members.Active()
            .Where(m =>
                m.Role == null && (m.LastSignInAt ?? m.JoinedAt) < since && !sessions.Any(s => s.MemberId == m.Id && s.LastSeenAt >= since)
            )
            .OrderBy(m => m.Id);
    }

    async Task Warn(long id, DateTime eraseAt, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(id, ct);
        if (change.Row is not { } member) return;
        member.InactiveWarnedAt = db.Now;
        mails.Inactive(member, eraseAt);
        await change.Commit(ct);
        db.ChangeTracker.Clear();
    }

    async Task Erase(long id, DateTime since, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(id, ct);
        // They may have signed in a moment ago.
        if (change.Row is not { Role: null, LeavingSince: null } member || (member.LastSignInAt ?? member.JoinedAt) >= since) return;
        await leaving.Begin(member, RightsWay.Rule, null, TimeSpan.Zero, ct);
        await change.Commit(ct);
        db.ChangeTracker.Clear();
    }
}
