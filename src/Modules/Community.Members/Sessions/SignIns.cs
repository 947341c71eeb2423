using System.Net;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

public enum SignInResult { SignedIn, Refused, TooMany, Unconfirmed, Suspended }

/// <summary>
/// Signs members in. Each attempt is counted before the password is looked at, so that many at once count too; five failures
/// close the account for a minute, then longer, never beyond a quarter of an hour. A network from which the member has signed in before
/// has a count of its own: who guesses elsewhere does not keep the member out at home. The e-mail for a forgotten password always opens.
/// </summary>
public sealed class SignIns(
    SiteDb db,
    PasswordHashes hashes,
    Sessions sessions,
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
    /// Suspended and Unconfirmed are answered only to who knows the password; the member comes with them. TooMany is Refused where
    /// much has failed from this network.
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
        var right = match is not PasswordMatch.Wrong;
        if (attempt is null) return (Failed(), null);
        if (match is PasswordMatch.RightToRenew) member!.PasswordHash = await hashes.Make(password, ct);
        if (right) await ResetAttempts(attempt, ct);
        var result = !right ? Failed()
            : member!.State is MemberState.Suspended ? SignInResult.Suspended
            : member.State is MemberState.Unconfirmed ? SignInResult.Unconfirmed
            : SignInResult.SignedIn;
        if (result is SignInResult.SignedIn) (attempt.Row.Succeeded, member!.LastSignInAt) = (true, attempt.Row.At);
        db.SignIns.Update(attempt.Row);
        var session = result is SignInResult.SignedIn ? sessions.Begin(member!, remember) : null;
        try { await db.SaveChangesAsync(ct); }
        // The password was changed while it was being checked.
        catch (DbUpdateConcurrencyException) { return (Failed(), null); }
        if (session is not null) await sessions.Give(session, ct);
        return (result, right ? member : null);
    }

    SignInResult Failed() => failures.Count(db.Site, From) ? SignInResult.Refused : SignInResult.TooMany;

    /// <summary>Whether a member who is signed in knows the present password. Counts as an attempt to sign in does.</summary>
    public async Task<bool> Knows(Member member, string password, CancellationToken ct = default)
    {
        var attempt = await Count(member.Id, false, ct);
        var right = await hashes.Matches(member, password, ct) is not PasswordMatch.Wrong;
        if (attempt is null || !right) return false;
        await ResetAttempts(attempt, ct);
        if (attempt.AtHome) await db.SignIns.Where(s => s.Id == attempt.Row.Id).ExecuteDeleteAsync(ct);
        return true;
    }

    /// <summary>
    /// The member proved by an e-mail's link who it is: from here on this network is known, and what failed before it counts no more.
    /// </summary>
    public void Proved(Member member)
    {
        var row = Attempt(member.Id);
        row.Succeeded = true;
        db.SignIns.Add(row);
    }

    /// <summary>
    /// Signs in who proved by an e-mail's link who it is, in the browser in which the password was chosen. It lasts as without "keep me
    /// signed in".
    /// </summary>
    public async Task Open(Member member, CancellationToken ct = default)
    {
        Proved(member);
        member.LastSignInAt = time.GetUtcNow().UtcDateTime;
        var session = sessions.Begin(member, persistent: false);
        await db.SaveChangesAsync(ct);
        await sessions.Give(session, ct);
    }

    /// <param name="Row">Saved already where <paramref name="AtHome"/>.</param>
    sealed record Counted(SignIn Row, bool AtHome);

    /// <summary>Null if there were too many.</summary>
    /// <param name="onlyAtHome">The network is closed to who has never signed in from it.</param>
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
        // A lock beyond the longest was written before the clock was put back.
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
    /// Writes the attempt down, as failed, before it is looked at; false if five failed here lately, since the last that did not.
    /// </summary>
    async Task<bool> CountHere(SignIn row, long last, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await db.LockRow<Member>(row.MemberId, ct);
        // What stands far in the future was written before the clock was put back.
        DateTime since = row.At - MaxLockTime,
            latest = row.At + MaxLockTime;
        if (
            await db.SignIns.CountAsync(
                s =>
                    s.MemberId == row.MemberId && s.Network == row.Network && !s.Succeeded && s.Id > last && s.At > since && s.At <= latest,
                ct
            ) >= FailuresToLock
        )
            return false;
        db.SignIns.Add(row);
        await change.Commit(ct);
        return true;
    }

    // At home nothing stood against the account; what others did elsewhere stays as it is.
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
