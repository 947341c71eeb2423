using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Connects an account at a provider with a member's, and takes it off again. It is always an act of the member, who is signed in: that an
/// address is the same joins nothing.
/// </summary>
public sealed class ConnectProvider(
    SiteDb db,
    Actors actors,
    WaysIn waysIn,
    Sessions sessions,
    MemberMails mails,
    TimeProvider time
)
{
    public const string Taken = "members.providers.refused.taken",
        Off = "members.providers.refused.off",
        Gone = "members.providers.refused.gone";

    /// <param name="actor">The member.</param>
    /// <param name="identity">What the provider has said: <see cref="WaitingIdentity"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Refused">It is another member's, or the provider is off.</exception>
    public async Task Connect(Reader actor, ProviderIdentity identity, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        if (!await db.Providers.AnyAsync(p => p.Id == identity.ProviderId && p.IsOn, ct))
            throw new Refused(Off);
        if (
            await db.ProviderAccounts.FirstOrDefaultAsync(a => a.Issuer == identity.Issuer && a.Subject == identity.Subject, ct) is
            { } there
        )
        {
            if (there.MemberId != id) throw new Refused(Taken);
            return;
        }
        db.ProviderAccounts.Add(New(id, identity, time.GetUtcNow().UtcDateTime));
        Tell(change.Row!, AccessChange.ProviderConnected);
        try { await change.Commit(ct); }
        catch (DbUpdateException error) when (error.IsDuplicate()) { throw new Refused(Taken); }
    }

    internal static ProviderAccount New(long member, ProviderIdentity identity, DateTime now) =>
        new()
        {
            MemberId = member,
            ProviderId = identity.ProviderId,
            Issuer = identity.Issuer,
            Subject = identity.Subject,
            AddedAt = now,
        };

    /// <summary>Takes an account off, and ends the member's other sessions: one of them may have been opened by it.</summary>
    /// <exception cref="Refused">It is gone, or it is the last way in.</exception>
    public async Task Disconnect(Reader actor, long account, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        if (await db.ProviderAccounts.Where(a => a.Id == account && a.MemberId == id).ExecuteDeleteAsync(ct) == 0) throw new Refused(Gone);
        if (!await waysIn.Any(change.Row!, ct)) throw new Refused(WaysIn.Last);
        change.Row!.EndSessions();
        var session = sessions.BeginAgain(change.Row);
        Tell(change.Row, AccessChange.ProviderDisconnected);
        await change.Commit(ct);
        if (session is not null) await sessions.Give(session, ct);
    }

    void Tell(Member member, AccessChange what)
    {
        db.Publish(new MemberAccessChanged(member.Id, what));
        mails.AccessChanged(member, what);
    }
}
