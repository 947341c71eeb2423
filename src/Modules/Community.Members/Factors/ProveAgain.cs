using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// A signed-in member proves again who they are, before a dangerous act (<see cref="ConfirmIdentityAttribute"/>) or to add the second
/// factor that the role needs. The browser gets a new session key: the old one may have been copied, and is worth less than the new one.
/// </summary>
public sealed class ProveAgain(SiteDb db, Actors actors, SignIns signIns, Sessions sessions, WaitingIdentity waiting)
{
    /// <param name="actor">The member.</param>
    /// <param name="shown">A password, code, recovery code or passkey.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it is wrong, or too much was wrong before.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<bool> With(Reader actor, Shown shown, CancellationToken ct = default)
    {
        await actors.RequireMember(actor);
        var member = await db.Members.FirstAsync(m => m.Id == actor.Id, ct);
        if (!await signIns.Knows(member, shown, ct)) return false;
        await Done(member, shown.Method is not SignInMethod.Password, ct);
        return true;
    }

    /// <summary>By the account at a provider that this browser has just proved: it has to be one of the member's.</summary>
    /// <returns>False if it is not, or was proved too long ago.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<bool> WithProvider(Reader actor, CancellationToken ct = default)
    {
        await actors.RequireMember(actor);
        if (waiting.ReadProof() is not var (identity, isFresh)) return false;
        waiting.ForgetProof();
        var found = isFresh
            ? await db
                .ProviderAccounts.Where(a => a.Issuer == identity.Issuer && a.Subject == identity.Subject && a.MemberId == actor.Id)
                .Select(a => a.Provider)
                .FirstOrDefaultAsync(p => p.IsOn, ct)
            : null;
        if (found is null) return false;
        await Done(await db.Members.FirstAsync(m => m.Id == actor.Id, ct), found.ProvesSecondFactor, ct);
        return true;
    }

    async Task Done(Member member, bool withSecondFactor, CancellationToken ct)
    {
        var session = sessions.BeginAgain(member, withSecondFactor);
        await db.SaveChangesAsync(ct);
        if (session is not null) await sessions.Give(session, ct);
    }
}
