using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>What a form of the settings holds.</summary>
/// <param name="Paces">The mails, by kind; a kind that is left out stays as it is.</param>
/// <param name="OwnTopics">The level of topics that the member starts.</param>
/// <param name="Answered">The level of topics in which the member answers.</param>
/// <param name="Hour">Of digests, 0–23.</param>
/// <param name="Weekday">Of weekly digests.</param>
/// <param name="TellsReactions">Whether reactions to the member's posts are told.</param>
public sealed record NoticeChoices(
    IReadOnlyDictionary<NoticeKind, MailPace> Paces,
    FollowLevel OwnTopics,
    FollowLevel Answered,
    int Hour,
    DayOfWeek Weekday,
    bool TellsReactions = false
);

/// <summary>Members choose what they are told, and how.</summary>
public sealed class SaveNoticeSettings(SiteDb db, Actors actors)
{
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The hour is not 0–23.</exception>
    public Task Save(Reader actor, NoticeChoices chosen, CancellationToken ct) => Change(actor, settings =>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chosen.Hour);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chosen.Hour, 23);
        foreach (var (kind, pace) in chosen.Paces) settings.Set(kind, pace);
        (settings.OwnTopics, settings.Answered) = (chosen.OwnTopics, chosen.Answered);
        settings.TellsReactions = chosen.TellsReactions;
        (settings.Hour, settings.Weekday) = (chosen.Hour, chosen.Weekday);
    }, ct);

    /// <summary>A new key for the member's feeds: addresses with the old one show nothing any more.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public Task RenewFeedKey(Reader actor, CancellationToken ct) => Change(actor, settings => settings.FeedKey++, ct);

    /// <summary>
    /// Stops the mails of some kinds, for the holder of a link in a mail: whoever has it reads the member's mail.
    /// </summary>
    public async Task Stop(long member, IReadOnlyCollection<NoticeKind> kinds, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        if (!await db.Members.AnyAsync(m => m.Id == member, ct)) return;
        await Apply(member, settings => { foreach (var kind in kinds) settings.Set(kind, MailPace.Never); }, ct);
        await change.Commit(ct);
    }

    async Task Change(Reader actor, Action<NoticeSettings> choose, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Apply((await actors.RequireMember(actor)).Id!.Value, choose, ct);
        await change.Commit(ct);
    }

    async Task Apply(long member, Action<NoticeSettings> choose, CancellationToken ct)
    {
        // The row of a member: two forms sent at once wait for each other.
        await db.LockRow<Member>(member, ct);
        var settings = await db.NoticeSettings.FirstOrDefaultAsync(s => s.MemberId == member, ct);
        if (settings is null) db.NoticeSettings.Add(settings = new() { MemberId = member });
        choose(settings);
        // What waits for a mail waits for that which is chosen now, at its hour.
        var waiting = await db.Notices.Where(n => n.MemberId == member && n.Waits != null).ToListAsync(ct);
        foreach (var notice in waiting) notice.Waits = settings.PaceOf(notice.Kind) is var pace and not MailPace.Never ? pace : null;
        var mails = await db.NoticeMails.Where(m => m.MemberId == member).ToDictionaryAsync(m => m.Pace, ct);
        foreach (var mail in mails.Values) mail.DueAt = null;
        foreach (var pace in waiting.Select(n => n.Waits).OfType<MailPace>().Distinct())
        {
            if (!mails.TryGetValue(pace, out var mail)) db.NoticeMails.Add(mail = new() { MemberId = member, Pace = pace });
            mail.DueAt = NoticeTimes.Next(pace, settings, db.Site, db.Now, mail.DoneAt);
            await SendNoticeMails.WakeAt(db, mail.DueAt.Value, ct);
        }
        db.Publish(new NoticeSettingsChanged(member));
    }
}
