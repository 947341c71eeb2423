using Community.Kernel;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

public enum SignInResult { SignedIn, Refused, Unconfirmed, Suspended }

/// <summary>
/// Signs members in and out. Each attempt is counted before the password is looked at, so that many at once count too; five failures
/// close the account for a minute, then longer, never beyond a quarter of an hour: nobody can lock a member out for good,
/// and the letter for a forgotten password always opens it.
/// </summary>
public sealed class SignIns(SiteDb db, PasswordHashes hashes, SignInManager<Member> identity, IHttpContextAccessor http, TimeProvider time)
{
    public const int FailuresToLock = 5;
    static readonly TimeSpan FirstLock = TimeSpan.FromMinutes(1), SecondLock = TimeSpan.FromMinutes(5), LongestLock = TimeSpan.FromMinutes(15);

    /// <summary>A session without "keep me signed in" ends with the browser, or after this time without a visit.</summary>
    static readonly TimeSpan ShortSession = TimeSpan.FromHours(12);

    /// <summary>Suspended and Unconfirmed are answered only to who knows the password; the member comes with them.</summary>
    public async Task<(SignInResult Result, Member? Member)> WithPassword(string email, string password, bool remember, CancellationToken ct = default)
    {
        var normal = Member.Normal(email);
        var member = await db.Members.FirstOrDefaultAsync(m => m.NormalizedEmail == normal && m.ErasedAt == null, ct);
        var counted = member is not null && await Count(member.Id, ct);
        var right = await hashes.Matches(member, password, ct);
        if (!counted) return (SignInResult.Refused, null);
        if (right) await Forgive(member!.Id, ct);
        var result = !right ? SignInResult.Refused
            : member!.State is MemberState.Suspended ? SignInResult.Suspended
            : member.State is MemberState.Unconfirmed ? SignInResult.Unconfirmed
            : SignInResult.SignedIn;
        Record(member!, result is SignInResult.SignedIn);
        try { await db.SaveChangesAsync(ct); }
        // The password was changed while it was being checked.
        catch (DbUpdateConcurrencyException) { return (SignInResult.Refused, null); }
        if (result is SignInResult.SignedIn) await Open(member!, remember);
        return (result, right ? member : null);
    }

    /// <summary>Whether a member who is signed in knows the present password. Counts as an attempt to sign in does.</summary>
    public async Task<bool> Knows(Member member, string password, CancellationToken ct = default)
    {
        var counted = await Count(member.Id, ct);
        var right = await hashes.Matches(member, password, ct);
        if (!counted || !right) return false;
        await Forgive(member.Id, ct);
        return true;
    }

    /// <summary>Opens a session for a member who proved otherwise who it is.</summary>
    public Task Open(Member member, bool remember)
    {
        var properties = new AuthenticationProperties { IsPersistent = remember };
        if (!remember) properties.ExpiresUtc = time.GetUtcNow() + ShortSession;
        return identity.SignInAsync(member, properties);
    }

    /// <summary>Gives this session the member's new name, language or stamp, keeping its length.</summary>
    public Task Renew(Member member) => identity.RefreshSignInAsync(member);

    public Task Close() => identity.SignOutAsync();

    async Task<bool> Count(long id, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // A lock beyond the longest was written before the clock was put back.
        DateTime first = now + FirstLock, second = now + SecondLock, longest = now + LongestLock;
        return await db.Members.Where(m => m.Id == id && (m.LockedUntil == null || m.LockedUntil <= now || m.LockedUntil > longest)).ExecuteUpdateAsync(s => s
            .SetProperty(m => m.AccessFailedCount, m => m.AccessFailedCount + 1)
            .SetProperty(m => m.LockedUntil, m => (m.AccessFailedCount + 1) % FailuresToLock != 0 ? null
                : m.AccessFailedCount < FailuresToLock ? first : m.AccessFailedCount < 2 * FailuresToLock ? second : longest), ct) > 0;
    }

    Task Forgive(long id, CancellationToken ct) => db.Members.Where(m => m.Id == id).ExecuteUpdateAsync(s => s
        .SetProperty(m => m.AccessFailedCount, 0).SetProperty(m => m.LockedUntil, (DateTime?)null), ct);

    void Record(Member member, bool succeeded)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var request = http.HttpContext!.Request;
        db.SignIns.Add(new SignIn
        {
            MemberId = member.Id, At = now, Succeeded = succeeded,
            Network = SignIn.NetworkOf(http.HttpContext.Connection.RemoteIpAddress), Agent = SignIn.AgentOf(request.Headers.UserAgent.ToString()),
        });
        if (succeeded) member.LastSignInAt = now;
    }
}
