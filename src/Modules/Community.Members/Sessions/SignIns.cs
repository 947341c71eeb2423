using System.Net;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

public enum SignInResult
{
    SignedIn,
    /// <summary>The first step was right; the second is awaited in this browser (<see cref="SecondSteps"/>).</summary>
    SecondStep,
    Refused,
    TooMany,
    Unconfirmed,
    Suspended,
    /// <summary>Has left, and may come back.</summary>
    Leaving,
    /// <summary>Staff have yet to accept the registration.</summary>
    Awaiting,
    /// <summary>No member has this account at a provider.</summary>
    Unknown,
    /// <summary>The site's staff come in by a provider alone.</summary>
    ByProvider,
    /// <summary>The page's question for a passkey was too old, or was answered already.</summary>
    Old,
}

/// <summary>
/// Signs members in. Each attempt is counted before the password is checked, so that concurrent attempts count too; five failures
/// lock the account for a minute, then longer, at most a quarter of an hour. A network from which the member has signed in before
/// has its own count: guessing elsewhere does not lock the member out at home. The e-mail for a forgotten password always unlocks.
/// Every way in is counted by the same brake and passes the same gate (<see cref="GateFor"/>): password, passkey, code, recovery code.
/// </summary>
public sealed class SignIns(
    SiteDb db,
    PasswordHashes hashes,
    Sessions sessions,
    SecondSteps secondSteps,
    AuthenticatorCodes codes,
    PasskeyChecks passkeys,
    KnownDevices devices,
    MemberMails mails,
    FailedSignIns failures,
    IHttpContextAccessor http,
    TimeProvider time
)
{
    public const int FailuresToLock = 5;
    static readonly TimeSpan FirstLock = TimeSpan.FromMinutes(1),
        SecondLock = TimeSpan.FromMinutes(5),
        MaxLockTime = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Suspended and Unconfirmed are returned, with the member, only for the right password. TooMany replaces Refused when there were too
    /// many failures from this network.
    /// </summary>
    public async Task<(SignInResult Result, Member? Member)> WithPassword(
        string email,
        string password,
        bool remember,
        CancellationToken ct = default
    )
    {
        var member = await db.Members.OfAddress(email, ct);
        var attempt = member is null ? null : await Count(member.Id, failures.IsClosed(db.Site, From), ct);
        var match = await hashes.Matches(member, password, ct);
        if (attempt is null) return (Failed(), null);
        if (match is PasswordMatch.Wrong)
        {
            await KeepFailure(attempt, SignInMethod.Password, ct);
            return (Failed(), null);
        }
        if (match is PasswordMatch.RightToRenew) member!.PasswordHash = await hashes.Make(password, ct);
        NewSession? session;
        SignInResult result;
        try { (result, session) = await Enter(member!, attempt, new(SignInMethod.Password, false), remember, ct); }
        // The password was changed while it was being checked.
        catch (DbUpdateConcurrencyException) { return (Failed(), null); }
        if (session is not null) await sessions.Give(session, ct);
        return (result, member);
    }

    /// <summary>
    /// A passkey proves both factors. The account's brake holds here too, although nobody guesses a signature: a closed account is closed
    /// at every door.
    /// </summary>
    /// <param name="answer">The passkey's answer, and the state of the page that asked.</param>
    /// <param name="remember">"Keep me signed in".</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns><see cref="SignInResult.Old"/> if the page's question was too old or is used: it asks again.</returns>
    public async Task<(SignInResult Result, Member? Member)> WithPasskey(Shown answer, bool remember, CancellationToken ct = default)
    {
        var check = await passkeys.Check(answer.State, answer.Typed);
        if (check.Problem is PasskeyProblem.Old) return (SignInResult.Old, null);
        if (check.Problem is not PasskeyProblem.None) return (Failed(), null);
        var member = check.Member!;
        if (await Count(member.Id, failures.IsClosed(db.Site, From), ct) is not { } attempt) return (Failed(), null);
        NewSession? session;
        SignInResult result;
        try
        {
            await using var change = await db.Change(ct);
            if (!await check.Use!(ct)) return (SignInResult.Old, null);
            (result, session) = await Enter(member, attempt, new(SignInMethod.Passkey, true), remember, ct);
            await change.Commit(ct);
        }
        catch (DbUpdateConcurrencyException) { return (Failed(), null); }
        if (session is not null) await sessions.Give(session, ct);
        return (result, member);
    }

    /// <summary>An account at a provider, which the provider has proved.</summary>
    /// <returns><see cref="SignInResult.Unknown"/> if no member has it: nothing is joined by an address or a name.</returns>
    public async Task<(SignInResult Result, Member? Member)> WithProvider(
        ProviderIdentity identity,
        Provider provider,
        CancellationToken ct = default
    )
    {
        var account = await db.ProviderAccounts.FirstOrDefaultAsync(a => a.Issuer == identity.Issuer && a.Subject == identity.Subject, ct);
        if (account is null) return (SignInResult.Unknown, null);
        var member = await db.Members.FirstAsync(m => m.Id == account.MemberId, ct);
        if (await Count(member.Id, failures.IsClosed(db.Site, From), ct) is not { } attempt) return (Failed(), null);
        account.LastUsedAt = attempt.Row.At;
        NewSession? session;
        SignInResult result;
        try
        {
            var proof = new Proof(SignInMethod.Provider, provider.ProvesSecondFactor, provider.Id);
            (result, session) = await Enter(member, attempt, proof, remember: false, ct);
        }
        catch (DbUpdateConcurrencyException) { return (Failed(), null); }
        if (session is not null) await sessions.Give(session, ct);
        return (result, member);
    }

    /// <summary>
    /// The second step, with a code of the app or a recovery code. A wrong one counts as a wrong password does; the right password that
    /// went before resets no count, so that whoever knows it cannot guess codes without end.
    /// </summary>
    public async Task<SignInResult> WithSecondStep(HalfSignIn half, Shown shown, CancellationToken ct = default)
    {
        var member = half.Member;
        if (await Count(member.Id, failures.IsClosed(db.Site, From), ct) is not { } attempt) return Failed();
        NewSession? session;
        SignInResult result;
        try
        {
            await using var change = await db.Change(ct);
            if (!await IsRight(member, shown, ct))
            {
                await KeepFailure(attempt, shown.Method, ct);
                await TellOfWrongCodes(member, attempt.Row.At, ct);
                await change.Commit(ct);
                return Failed();
            }
            (result, session) = await Enter(member, attempt, half.First with { SecondFactor = true }, half.Remember, ct);
            await db.SignIns.Where(s => s.Id == half.Attempt && s.MemberId == member.Id && s.IsHalf).ExecuteDeleteAsync(ct);
            await change.Commit(ct);
        }
        // The password was changed, or the member suspended, between the two steps.
        catch (DbUpdateConcurrencyException) { return Failed(); }
        secondSteps.Forget();
        if (session is not null) await sessions.Give(session, ct);
        return result;
    }

    /// <summary>The one gate: what keeps this member out, or what is still to be proved, whichever way they come.</summary>
    /// <param name="member">The member.</param>
    /// <param name="proof">What was shown.</param>
    /// <param name="onlyForStaff">As of <see cref="Provider.OnlyWayOf"/>.</param>
    static SignInResult GateFor(Member member, Proof proof, long? onlyForStaff) =>
        onlyForStaff is not null && proof.ProviderId != onlyForStaff ? SignInResult.ByProvider
        // First of all what is to be proved: the pages of their own data open to those who are kept out as well.
        : member.TwoFactorEnabled && !proof.SecondFactor ? SignInResult.SecondStep
        : member.State is MemberState.Suspended ? SignInResult.Suspended
        : member.State is MemberState.Leaving ? SignInResult.Leaving
        : member.State is MemberState.Awaiting ? SignInResult.Awaiting
        : member.State is MemberState.Unconfirmed ? SignInResult.Unconfirmed
        : SignInResult.SignedIn;

    /// <summary>Something right was shown: takes the member through the gate, and saves the outcome.</summary>
    async Task<(SignInResult, NewSession?)> Enter(Member member, Counted attempt, Proof proof, bool remember, CancellationToken ct)
    {
        var onlyForStaff = await Provider.OnlyWayOf(db, member, ct);
        member.EndSuspensionIfOver(db, attempt.Row.At);
        var result = GateFor(member, proof, onlyForStaff);
        attempt.Row.Method = proof.Method;
        if (result is SignInResult.SecondStep)
        {
            attempt.Row.IsHalf = true;
            await TakeBack(attempt, ct);
        }
        else await ResetAttempts(attempt, ct);
        db.SignIns.Update(attempt.Row);
        NewSession? session = null;
        if (result is SignInResult.SignedIn)
        {
            session = sessions.Begin(member, remember, proof);
            await devices.Recognise(member, session.Session, ct);
            (attempt.Row.Succeeded, member.LastSignInAt) = (true, attempt.Row.At);
        }
        await db.SaveChangesAsync(ct);
        if (result is SignInResult.SecondStep) secondSteps.Begin(member, proof, remember, attempt.Row.Id);
        return (result, session);
    }

    Task KeepFailure(Counted attempt, SignInMethod method, CancellationToken ct)
    {
        attempt.Row.Method = method;
        db.SignIns.Update(attempt.Row);
        return db.SaveChangesAsync(ct);
    }

    /// <summary>
    /// Whoever comes to the second step knew the first: several wrong codes are told to the member, once an hour at the most.
    /// </summary>
    async Task TellOfWrongCodes(Member member, DateTime now, CancellationToken ct)
    {
        var since = now - MaxLockTime;
        var wrong = await db.SignIns.CountAsync(
            s =>
                s.MemberId == member.Id
                && !s.Succeeded
                && (s.Method == SignInMethod.Code || s.Method == SignInMethod.RecoveryCode)
                && s.At > since
                && s.At <= now,
            ct
        );
        if (wrong < FailuresToLock) return;
        var lastHour = now - TimeSpan.FromHours(1);
        var told = db.SystemMails.Where(m => m.MemberId == member.Id && m.Kind == MemberMails.WrongCodesKind);
        if (await told.AnyAsync(m => m.CreatedAt > lastHour, ct)) return;
        mails.WrongCodes(member);
        await db.SaveChangesAsync(ct);
    }

    async Task<bool> IsRight(Member member, Shown shown, CancellationToken ct)
    {
        switch (shown.Method)
        {
            case SignInMethod.Password:
                return await hashes.Matches(member, shown.Typed ?? "", ct) is not PasswordMatch.Wrong;
            case SignInMethod.Code:
                return await codes.Accept(member.Id, shown.Typed, ct);
            case SignInMethod.Passkey:
                return await passkeys.Check(shown.State, shown.Typed, member.Id) is { Use: { } use } && await use(ct);
            case not SignInMethod.RecoveryCode:
                throw new ArgumentException($"Nobody types a {shown.Method}.", nameof(shown));
        }
        if (!await RecoveryCode.Use(db, member.Id, shown.Typed, ct)) return false;
        db.Publish(new MemberAccessChanged(member.Id, AccessChange.RecoveryCodeUsed));
        mails.AccessChanged(member, AccessChange.RecoveryCodeUsed, await db.RecoveryCodes.CountAsync(c => c.MemberId == member.Id, ct));
        return true;
    }

    SignInResult Failed() => failures.Count(db.Site, From) ? SignInResult.Refused : SignInResult.TooMany;

    /// <summary>Whether a signed-in member knows the current password, or has a code. Counts as an attempt to sign in.</summary>
    public async Task<bool> Knows(Member member, Shown shown, CancellationToken ct = default)
    {
        if (await Count(member.Id, false, ct) is not { } attempt || !await IsRight(member, shown, ct)) return false;
        await ResetAttempts(attempt, ct);
        if (attempt.AtHome) await db.SignIns.Where(s => s.Id == attempt.Row.Id).ExecuteDeleteAsync(ct);
        return true;
    }

    /// <summary>
    /// The member has proved their identity by an e-mail's link: this network is now known, and earlier failures here no longer count.
    /// </summary>
    public void Proved(Member member)
    {
        var row = Attempt(member.Id);
        row.Succeeded = true;
        db.SignIns.Add(row);
    }

    /// <summary>
    /// Signs in a member who has just registered, identified by an e-mail's link in the browser in which the password was chosen, or by a
    /// provider. Lasts as without "keep me signed in". Passes the gate like everybody.
    /// </summary>
    public async Task<SignInResult> Open(Member member, SignInMethod method = SignInMethod.Link, CancellationToken ct = default)
    {
        if (GateFor(member, new(method, false), null) is not SignInResult.SignedIn and var result) return result;
        Proved(member);
        var session = sessions.Begin(member, persistent: false, new(method, false));
        await devices.Recognise(member, session.Session, ct);
        member.LastSignInAt = time.GetUtcNow().UtcDateTime;
        await db.SaveChangesAsync(ct);
        await sessions.Give(session, ct);
        return SignInResult.SignedIn;
    }

    /// <param name="Row">Saved already if <paramref name="AtHome"/>.</param>
    sealed record Counted(SignIn Row, bool AtHome);

    /// <summary>Counts an attempt; null if there were too many.</summary>
    /// <param name="onlyAtHome">The network is closed to members who have never signed in from it.</param>
    async Task<Counted?> Count(long id, bool onlyAtHome, CancellationToken ct)
    {
        var row = Attempt(id);
        var lastHere = await db
            .SignIns.Where(s => s.MemberId == id && s.Network == row.Network && s.Succeeded)
            .MaxAsync(s => (long?)s.Id, ct);
        if (lastHere is { } last)
            return await CountHere(row, last, ct) ? new(row, true) : null;
        if (onlyAtHome)
            return null;
        // A lock beyond the maximum was written before the clock was set back, and is ignored.
        DateTime now = row.At,
            first = now + FirstLock,
            second = now + SecondLock,
            longest = now + MaxLockTime;
        var open =
            await db
                .Members.Where(m => m.Id == id && (m.LockedUntil == null || m.LockedUntil <= now || m.LockedUntil > longest))
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(m => m.AccessFailedCount, m => m.AccessFailedCount + 1)
                            .SetProperty(
                                m => m.LockedUntil,
                                m =>
                                    (m.AccessFailedCount + 1) % FailuresToLock != 0 ? null
                                    : m.AccessFailedCount < FailuresToLock ? first
                                    : m.AccessFailedCount < 2 * FailuresToLock ? second
                                    : longest
                            ),
                    ct
                ) > 0;
        return open ? new(row, false) : null;
    }

    /// <summary>
    /// Records the attempt as failed before the password is checked; false if five failed here recently, since the last success.
    /// </summary>
    async Task<bool> CountHere(SignIn row, long last, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await db.LockRow<Member>(row.MemberId, ct);
        // Rows far in the future were written before the clock was set back, and are ignored.
        DateTime since = row.At - MaxLockTime,
            latest = row.At + MaxLockTime;
        if (
            await db.SignIns.CountAsync(
                s =>
                    s.MemberId == row.MemberId
                    && s.Network == row.Network
                    && !s.Succeeded
                    && !s.IsHalf
                    && s.Id > last
                    && s.At > since
                    && s.At <= latest,
                ct
            ) >= FailuresToLock
        )
            return false;
        db.SignIns.Add(row);
        await change.Commit(ct);
        return true;
    }

    // The first of two steps was right: it was no failure, but not yet the success that resets earlier ones.
    Task TakeBack(Counted attempt, CancellationToken ct) =>
        attempt.AtHome
            ? Task.CompletedTask
            : db
                .Members.Where(m => m.Id == attempt.Row.MemberId && m.AccessFailedCount > 0)
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(m => m.LockedUntil, m => m.AccessFailedCount % FailuresToLock == 0 ? null : m.LockedUntil)
                            .SetProperty(m => m.AccessFailedCount, m => m.AccessFailedCount - 1),
                    ct
                );

    // On a known network the account's count did not rise; failures elsewhere keep counting.
    Task ResetAttempts(Counted attempt, CancellationToken ct) =>
        attempt.AtHome
            ? Task.CompletedTask
            : db
                .Members.Where(m => m.Id == attempt.Row.MemberId)
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.AccessFailedCount, 0).SetProperty(m => m.LockedUntil, (DateTime?)null), ct);

    IPAddress? From => http.HttpContext!.Connection.RemoteIpAddress;

    SignIn Attempt(long member) => new()
    {
        MemberId = member,
        At = time.GetUtcNow().UtcDateTime,
        Network = SignIn.NetworkOf(From),
        Agent = SignIn.AgentOf(http.HttpContext!.Request.Headers.UserAgent.ToString()),
    };
}
