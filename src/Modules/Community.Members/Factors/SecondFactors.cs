using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>What was changed about how a member signs in; the member gets an e-mail of each.</summary>
public enum AccessChange
{
    AuthenticatorAdded,
    AuthenticatorReplaced,
    AuthenticatorRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    PasskeyAdded,
    PasskeyRemoved,
    ProviderConnected,
    ProviderDisconnected,
    SecondStepOn,
    SecondStepOff,
    FactorsReset,
}

/// <summary>
/// Adds and removes a member's second factors. Each change but new codes ends the member's other sessions: whoever was signed in there may
/// be the reason for it.
/// </summary>
public sealed class SecondFactors(
    SiteDb db,
    Actors actors,
    AuthenticatorCodes codes,
    RequiredFactors required,
    WaysIn waysIn,
    SignIns signIns,
    Sessions sessions,
    MemberMails mails,
    StaffRoles roles,
    Audit audit,
    TimeProvider time
)
{
    /// <summary>The offer is too old, or another member's: the page draws a new picture.</summary>
    public const string OldOffer = "members.factors.refused.old";
    public const string RoleNeedsOne = "members.factors.refused.role";
    public const string NoFactor = "members.factors.refused.none";
    public const string NoReason = "staff.factors.no-reason";

    /// <summary>
    /// How staff made sure that it is the member who asks them to reset the factors. Texts: <c>staff.factors.reason.…</c>.
    /// </summary>
    public static readonly IReadOnlyList<string> ResetReasons = ["met", "called", "document", "danger"];

    /// <summary>The app has the offered secret: a code from it says so. It replaces an earlier app.</summary>
    /// <param name="actor">The member.</param>
    /// <param name="offer">See <see cref="AuthenticatorCodes.Offer"/>.</param>
    /// <param name="code">A code of the app.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>Null if the code is wrong; else the member's first recovery codes, none if there are some already.</returns>
    /// <exception cref="Refused">The offer is void.</exception>
    public async Task<IReadOnlyList<string>?> AddAuthenticator(Reader actor, string? offer, string? code, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        var secret = codes.Read(offer, id) ?? throw new Refused(OldOffer);
        if (codes.StepOf(secret, code) is not { } step) return null;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        var member = change.Row!;
        var row = await db.Authenticators.FirstOrDefaultAsync(a => a.MemberId == id, ct);
        var replaces = row is not null;
        if (row is null) db.Authenticators.Add(row = new() { MemberId = id, Secret = [] });
        (row.Secret, row.AddedAt, row.LastStep) = (codes.Keep(secret), time.GetUtcNow().UtcDateTime, step);
        member.TwoFactorEnabled = true;
        var shown = await db.RecoveryCodes.AnyAsync(c => c.MemberId == id, ct) ? [] : Make(id);
        var session = EndOthers(member, withSecondFactor: true);
        Tell(member, replaces ? AccessChange.AuthenticatorReplaced : AccessChange.AuthenticatorAdded);
        await change.Commit(ct);
        if (session is not null) await sessions.Give(session, ct);
        return shown;
    }

    /// <summary>New recovery codes; the old ones are void.</summary>
    /// <exception cref="Refused">The member has no second factor.</exception>
    public async Task<IReadOnlyList<string>> NewCodes(Reader actor, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        if (!change.Row!.TwoFactorEnabled) throw new Refused(NoFactor);
        await db.RecoveryCodes.Where(c => c.MemberId == id).ExecuteDeleteAsync(ct);
        var made = Make(id);
        Tell(change.Row, AccessChange.RecoveryCodesMade);
        await change.Commit(ct);
        return made;
    }

    /// <summary>From now on the password is followed by a second step also for a member who has no app but passkeys.</summary>
    /// <returns>The member's first recovery codes, none if there are some already.</returns>
    /// <exception cref="Refused">The member has no passkey for this site.</exception>
    public async Task<IReadOnlyList<string>> SwitchOn(Reader actor, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        var member = change.Row!;
        if (member.TwoFactorEnabled) return [];
        if (!await waysIn.Passkeys(id).AnyAsync(ct)) throw new Refused(NoFactor);
        member.TwoFactorEnabled = true;
        var shown = await db.RecoveryCodes.AnyAsync(c => c.MemberId == id, ct) ? [] : Make(id);
        var session = EndOthers(member, withSecondFactor: true);
        Tell(member, AccessChange.SecondStepOn);
        await change.Commit(ct);
        if (session is not null) await sessions.Give(session, ct);
        return shown;
    }

    /// <summary>
    /// Switches the second step off, and the app with it. Recovery codes are void then; passkeys stay as a way to sign in.
    /// </summary>
    /// <param name="actor">The member.</param>
    /// <param name="password">The member's password, asked again; ignored for a member who has none.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if the password is wrong.</returns>
    /// <exception cref="Refused">The member's role needs a second factor.</exception>
    public async Task<bool> SwitchOff(Reader actor, string? password, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        var present = await db.Members.AsNoTracking().FirstAsync(m => m.Id == id, ct);
        if (present.PasswordHash is not null && !await signIns.Knows(present, new(SignInMethod.Password, password), ct))
            return false;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        var member = change.Row!;
        if (!member.TwoFactorEnabled) throw new Refused(NoFactor);
        if (await required.Of(member, ct) && !await waysIn.Passkeys(id).AnyAsync(ct)) throw new Refused(RoleNeedsOne);
        var hadApp = await db.Authenticators.Where(a => a.MemberId == id).ExecuteDeleteAsync(ct) > 0;
        await EndSecondStep(member, ct);
        var session = EndOthers(member);
        Tell(member, hadApp ? AccessChange.AuthenticatorRemoved : AccessChange.SecondStepOff);
        await change.Commit(ct);
        if (session is not null) await sessions.Give(session, ct);
        return true;
    }

    /// <summary>
    /// For a member who has lost all factors: removes them all, passkeys too, and signs the member out. The password stays, and the e-mail
    /// for a forgotten one. Recorded with how staff made sure who asks.
    /// </summary>
    /// <param name="actor">Somebody of the staff, not the member.</param>
    /// <param name="id">The member.</param>
    /// <param name="reason">One of <see cref="ResetReasons"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member, or nothing to remove.</returns>
    /// <exception cref="Refused">There is no reason.</exception>
    public async Task<bool> ResetByStaff(Reader actor, long id, string? reason, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { } member) return false;
        if (!member.MayHaveFactorsResetBy(staff) || !await roles.Reaches(staff, member, ct)) throw new Denied();
        if (!ResetReasons.Contains(reason)) throw new Refused(NoReason);
        if (!await Remove(member, ct)) return false;
        audit.Changed("members.reset-factors", id, "factors", changes: [new("reset-reason", null, "staff.factors.reason." + reason)]);
        await change.Commit(ct);
        return true;
    }

    /// <summary>The same for whoever works on the machine. False if there is nothing to remove.</summary>
    public async Task<bool> ResetOnMachine(Member member, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(member.Id, ct);
        if (!await Remove(change.Row!, ct)) return false;
        audit.Changed("members.reset-factors", member.Id, "factors", changes: [new("reset-reason", null, "staff.factors.reason.machine")]);
        await change.Commit(ct);
        return true;
    }

    async Task<bool> Remove(Member member, CancellationToken ct)
    {
        var removed = await db.Authenticators.Where(a => a.MemberId == member.Id).ExecuteDeleteAsync(ct);
        removed += await db.Passkeys.Where(p => p.MemberId == member.Id).ExecuteDeleteAsync(ct);
        removed += await db.RecoveryCodes.Where(c => c.MemberId == member.Id).ExecuteDeleteAsync(ct);
        if (removed == 0 && !member.TwoFactorEnabled) return false;
        member.TwoFactorEnabled = false;
        member.EndSessions();
        Tell(member, AccessChange.FactorsReset);
        return true;
    }

    /// <summary>A passkey was removed, in the open change: if it was the last factor, the second step goes with it.</summary>
    /// <exception cref="Refused">The member's role needs a second factor.</exception>
    internal async Task Fewer(Member member, CancellationToken ct)
    {
        if (await db.Authenticators.AnyAsync(a => a.MemberId == member.Id, ct) || await waysIn.Passkeys(member.Id).AnyAsync(ct)) return;
        if (await required.Of(member, ct)) throw new Refused(RoleNeedsOne);
        if (member.TwoFactorEnabled) await EndSecondStep(member, ct);
    }

    async Task EndSecondStep(Member member, CancellationToken ct)
    {
        member.TwoFactorEnabled = false;
        await db.RecoveryCodes.Where(c => c.MemberId == member.Id).ExecuteDeleteAsync(ct);
    }

    NewSession? EndOthers(Member member, bool withSecondFactor = false)
    {
        member.EndSessions();
        return sessions.BeginAgain(member, withSecondFactor);
    }

    List<string> Make(long member)
    {
        var made = Enumerable.Range(0, RecoveryCode.Count).Select(_ => RecoveryCode.New()).ToList();
        db.RecoveryCodes.AddRange(made.Select(c => new RecoveryCode { MemberId = member, Hash = RecoveryCode.HashOf(c)! }));
        return made;
    }

    void Tell(Member member, AccessChange what)
    {
        db.Publish(new MemberAccessChanged(member.Id, what));
        mails.AccessChanged(member, what);
    }
}
