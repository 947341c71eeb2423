using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Staff warn, silence or suspend a member for a time. What holds stands on the member's row, and is asked by the time at each act
/// (<see cref="Member.Hindrance"/>): nothing has to run for it to end.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class TakeMeasure(SiteDb db, Actors actors, Audit audit, MemberRoles roles, MemberMails mails, TimeProvider time)
{
    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>The member must read it before writing on. A second warning is read with the first.</summary>
    /// <returns>False if there is no such member.</returns>
    /// <exception cref="Refused">The reason is missing or too long.</exception>
    public Task<bool> Warn(Reader actor, long id, string? reason, CancellationToken ct) => With(actor, id, async (staff, member) =>
    {
        var (text, now) = (Reason(reason), Now);
        member.WarnedAt = now;
        await Keep(staff, member, MeasureKind.Warning, text, null, now, ct);
        db.Publish(new MemberWarned(id));
        return true;
    }, ct);

    /// <summary>The member reads and cannot write. A new silence takes the place of one that holds.</summary>
    /// <param name="actor">Who acts.</param>
    /// <param name="id">The member.</param>
    /// <param name="reason">What the member reads.</param>
    /// <param name="days">How long; null until somebody ends it.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member.</returns>
    /// <exception cref="Refused">The reason is missing or too long.</exception>
    public Task<bool> Silence(Reader actor, long id, string? reason, int? days, CancellationToken ct) =>
        With(actor, id, async (staff, member) =>
        {
            var (text, now) = (Reason(reason), Now);
            await End(staff, id, now, ct);
            (member.SilencedAt, member.SilencedUntil) = (now, Until(days));
            await Keep(staff, member, MeasureKind.Silence, text, member.SilencedUntil, now, ct);
            db.Publish(new MemberSilenced(id, member.SilencedUntil));
            return true;
        }, ct);

    /// <summary>Ends a silence before its time. False if there is no such member, or none holds.</summary>
    public Task<bool> EndSilence(Reader actor, long id, CancellationToken ct) => With(actor, id, async (staff, member) =>
    {
        var now = Now;
        if (!member.IsSilenced(now)) return false;
        (member.SilencedAt, member.SilencedUntil) = (null, null);
        await End(staff, id, now, ct);
        audit.Changed("members.silence-ended", id, "state");
        db.Publish(new MemberSilenceEnded(id));
        return true;
    }, ct);

    /// <summary>Suspends the member, who cannot sign in until it is over. False if there is no such member, or it is so.</summary>
    /// <inheritdoc cref="Silence"/>
    public Task<bool> Suspend(Reader actor, long id, string? reason, int? days, CancellationToken ct) =>
        With(actor, id, async (staff, member) =>
        {
            if (member.IsSuspended(Now)) return false;
            member.EndSuspensionIfOver(db, Now);
            await roles.SuspendBy(staff, member, Reason(reason), Until(days), ct);
            return true;
        }, ct);

    /// <summary>The member says that they have read what they were warned of, and may write again.</summary>
    public async Task Read(Reader actor, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(actor.Id ?? 0, ct);
        await actors.RequireMember(actor);
        if (change.Row is not { WarnedAt: not null } member) return;
        var now = Now;
        member.WarnedAt = null;
        await db.Measures.Where(m => m.MemberId == member.Id && m.Kind == MeasureKind.Warning && m.ReadAt == null && m.LiftedAt == null)
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.ReadAt, now), ct);
        db.Publish(new WarningRead(member.Id));
        await change.Commit(ct);
    }

    async Task<bool> With(Reader actor, long id, Func<Reader, Member, Task<bool>> work, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Suspend);
        if (change.Row is not { } member) return false;
        if (!await roles.MaySuspend(staff, member, ct)) throw new Denied();
        if (!await work(staff, member)) return false;
        await change.Commit(ct);
        return true;
    }

    async Task Keep(Reader staff, Member member, MeasureKind kind, string reason, DateTime? until, DateTime now, CancellationToken ct)
    {
        var measure = new Measure { MemberId = member.Id, Kind = kind, At = now, Reason = reason, MadeBy = staff.Id, EndsAt = until };
        db.Measures.Add(measure);
        await db.SaveChangesAsync(ct);
        audit.Changed(kind is MeasureKind.Warning ? "members.warn" : "members.silence", member.Id, "state");
        mails.Measured(member, kind is MeasureKind.Warning ? "warned" : "silenced", reason, until);
    }

    Task<int> End(Reader staff, long member, DateTime now, CancellationToken ct) =>
        db.Measures
            .Where(m => m.MemberId == member && m.Kind == MeasureKind.Silence && m.LiftedAt == null && (m.EndsAt == null || m.EndsAt > now))
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.LiftedAt, now).SetProperty(m => m.LiftedBy, staff.Id), ct);

    DateTime? Until(int? days) => days is { } some ? Now.AddDays(some) : null;

    static string Reason(string? reason) =>
        reason?.Trim() is { Length: > 0 and <= Measure.MaxReasonLength } text ? text : throw new Refused(NoReason);

    public const string NoReason = "measures.no-reason";
}

/// <summary>Asks for the end of a suspension to be written down.</summary>
public sealed record EndSuspension(long Member);

/// <summary>
/// Writes down that a suspension is over, for lists and mailings. The member need not wait for it: signing in asks the time itself.
/// </summary>
public sealed class EndSuspensionStep(SiteDb db, TimeProvider time) : IHandle<EndSuspension>
{
    public async Task Handle(EndSuspension message, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(message.Member, ct);
        if (change.Row?.EndSuspensionIfOver(db, time.GetUtcNow().UtcDateTime) is true) await change.Commit(ct);
    }
}
