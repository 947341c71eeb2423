using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>Adds notices and lets their mails be due, inside the change of a handler or job.</summary>
public sealed class KeepNotices(SiteDb db)
{
    /// <summary>The settings of these members; the defaults for those who chose nothing.</summary>
    public async Task<Func<long, NoticeSettings>> SettingsOf(IReadOnlyCollection<long> members, CancellationToken ct)
    {
        var chosen = await db.NoticeSettings.AsNoTracking().Where(s => members.Contains(s.MemberId)).ToDictionaryAsync(s => s.MemberId, ct);
        var none = new NoticeSettings();
        return member => chosen.GetValueOrDefault(member, none);
    }

    /// <summary>Adds the notices of members, each with the mail that it waits for.</summary>
    public async Task Add(IReadOnlyList<Notice> notices, Func<long, NoticeSettings> settings, CancellationToken ct)
    {
        if (notices.Count == 0) return;
        foreach (var notice in notices)
            notice.Waits = settings(notice.MemberId).PaceOf(notice.Kind) is var pace and not MailPace.Never ? pace : null;
        await db.InsertAll(notices, ct);
        await LetMail(notices, settings, ct);
    }

    /// <summary>Sets when the mails that these notices wait for are due, where none is.</summary>
    public async Task LetMail(IReadOnlyList<Notice> notices, Func<long, NoticeSettings> settings, CancellationToken ct)
    {
        var wanted = notices.Where(n => n.Waits is not null).Select(n => (n.MemberId, Pace: n.Waits!.Value)).ToHashSet();
        if (wanted.Count == 0) return;
        var ids = wanted.Select(w => w.MemberId).ToHashSet();
        var present = await db.NoticeMails.AsNoTracking().Where(m => ids.Contains(m.MemberId)).ToListAsync(ct);
        var done = present.ToDictionary(m => (m.MemberId, m.Pace), m => m.DoneAt);
        wanted.ExceptWith(present.Where(m => m.DueAt is not null).Select(m => (m.MemberId, m.Pace)));
        var now = Conventions(db.Now);
        var due = wanted.Select(w => new NoticeMail
        {
            MemberId = w.MemberId,
            Pace = w.Pace,
            DueAt = NoticeTimes.Next(w.Pace, settings(w.MemberId), db.Site, now, done.GetValueOrDefault(w)),
            DoneAt = done.GetValueOrDefault(w),
        }).ToList();
        await db.InsertAll([.. due.Where(m => !done.ContainsKey((m.MemberId, m.Pace)))], ct);
        // Members by the hour of their digests: few statements.
        foreach (var same in due.Where(m => done.ContainsKey((m.MemberId, m.Pace))).GroupBy(m => (m.Pace, m.DueAt)))
        {
            var members = same.Select(m => m.MemberId).ToList();
            await db.NoticeMails.Where(m => m.Pace == same.Key.Pace && members.Contains(m.MemberId))
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.DueAt, same.Key.DueAt), ct);
        }
        if (due.Count > 0) await SendNoticeMails.WakeAt(db, due.Min(m => m.DueAt)!.Value, ct);
    }

    static DateTime Conventions(DateTime now) => new(now.Ticks - now.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
}
