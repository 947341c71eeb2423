using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Members leave, and may come back until the period of grace is over; then a job erases them. Until then they cannot be seen and get no
/// mail, but lose nothing.
/// </summary>
public sealed class Leaving(SiteDb db, Settings<RightsSettings> settings, MemberMails mails, Audit audit)
{
    /// <summary>An erasure deletes the e-mails to the member: the one that tells them of it needs a moment to be sent.</summary>
    internal static readonly TimeSpan ToSendMail = TimeSpan.FromMinutes(2);

    /// <summary>The text key of why this member cannot leave now; null if they can.</summary>
    // Otherwise a site could lose its last administrator, or a mailing its sender, without anybody noticing.
    public static string? Refuses(Member member) => member.Role is not null ? "members.erase.staff" : null;

    /// <summary>The member, who has just proved who they are, leaves.</summary>
    /// <returns>When everything is erased.</returns>
    /// <exception cref="Refused">See <see cref="Refuses"/>.</exception>
    /// <exception cref="Denied">There is no such member.</exception>
    public async Task<DateTime> Leave(RightsHolder holder, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(holder.Id ?? throw new Denied(), ct);
        if (change.Row is not { } member) throw new Denied();
        var at = await Begin(member, RightsWay.Site, null, (await settings.Get(ct)).LeavingGrace, ct);
        mails.Leaving(member, at);
        await change.Commit(ct);
        return at;
    }

    /// <summary>The same in an open change, for a member whose row is locked. The caller writes to the member.</summary>
    internal async Task<DateTime> Begin(Member member, string way, long? by, TimeSpan grace, CancellationToken ct)
    {
        if (Refuses(member) is { } why) throw new Refused(why);
        var now = db.Now;
        var ends = member is { LeavingSince: null, ConfirmedAt: not null };
        if (member.LeavingSince is null) member.Leave(now, now + grace);
        var request = await db.RightsRequests.FirstOrDefaultAsync(
            r => r.MemberId == member.Id && r.Kind == RightsKind.Erasure && (r.State == RightsState.Open || r.State == RightsState.Running),
            ct
        );
        if (request is null)
        {
            request = new() { MemberId = member.Id, Kind = RightsKind.Erasure, Way = way, ReceivedAt = now, ReceivedBy = by };
            db.RightsRequests.Add(request);
        }
        request.DueAt = member.EraseAt!.Value;
        db.Publish(new MemberLeaving(member.Id, ends));
        db.Touch(ContentVersions.People);
        audit.Changed("members.leave", member.Id, "state");
        await db.SaveChangesAsync(ct);
        if (member.EraseAt <= now) db.Enqueue(new EraseRequested(request.Id), now + ToSendMail);
        return member.EraseAt.Value;
    }

    /// <summary>Takes the leaving back. False if it is too late, or the member is not leaving.</summary>
    public async Task<bool> ComeBack(RightsHolder holder, CancellationToken ct = default)
    {
        if (holder.Id is not { } id) return false;
        await using var change = await db.Change<Member>(id, ct);
        if (change.Row is not { LeavingSince: not null } member || !await Return(member, ct)) return false;
        mails.CameBack(member);
        await change.Commit(ct);
        return true;
    }

    internal async Task<bool> Return(Member member, CancellationToken ct)
    {
        // Whose registration was declined has nothing to come back to.
        if (member.ConfirmedAt is null) return false;
        var requests = await db.RightsRequests.Where(r => r.MemberId == member.Id && r.Kind == RightsKind.Erasure).ToListAsync(ct);
        // The erasure has begun: what is gone cannot come back.
        if (requests.Any(r => r.State is RightsState.Running)) return false;
        foreach (var request in requests.Where(r => r.State is RightsState.Open))
            (request.State, request.DoneAt) = (RightsState.Withdrawn, db.Now);
        member.ComeBack();
        db.Publish(new MemberReturned(member.Id));
        db.Touch(ContentVersions.People);
        audit.Changed("members.come-back", member.Id, "state");
        return true;
    }
}

/// <summary>The job that does an erasure that was asked for.</summary>
public sealed record EraseRequested(long Request);

sealed class EraseRequestedHandler(EraseMember erase) : IHandle<EraseRequested>
{
    public Task Handle(EraseRequested message, CancellationToken ct) => erase.Do(message.Request, ct);
}

/// <summary>Reminds members who are leaving, and erases those whose period of grace is over.</summary>
public sealed class EraseLeavers(SiteDb db, MemberMails mails) : IHandle<Tick>
{
    /// <summary>How long before the end the reminder is sent; not if the whole period is hardly longer.</summary>
    static readonly TimeSpan Before = TimeSpan.FromDays(3);

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var now = db.Now;
        var soon = now + Before;
        var remind = await db
            .Members.Where(m => m.EraseAt > now && m.EraseAt <= soon && m.LeavingRemindedAt == null)
            .Select(m => m.Id)
            .ToListAsync(ct);
        foreach (var id in remind) await Remind(id, now, ct);
        var members = db.Members;
        // Also those whose job was given up: a request is never forgotten.
        var due = await db
            .RightsRequests.Where(r =>
                r.Kind == RightsKind.Erasure
                && (
                    r.State == RightsState.Running
                    || (r.State == RightsState.Open && members.Any(m => m.Id == r.MemberId && m.EraseAt <= now))
                )
            )
            .Select(r => r.Id)
            .ToListAsync(ct);
        foreach (var request in due) db.Enqueue(new EraseRequested(request));
        await db.SaveChangesAsync(ct);
    }

    async Task Remind(long id, DateTime now, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(id, ct);
        if (change.Row is not { LeavingSince: { } since, EraseAt: { } at, LeavingRemindedAt: null } member) return;
        member.LeavingRemindedAt = now;
        if (at - since > Before * 2) mails.LeavingReminder(member, at);
        await change.Commit(ct);
    }
}
