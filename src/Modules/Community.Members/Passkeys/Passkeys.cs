using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Adds, renames and removes a member's passkeys. The member gets an e-mail of each that is added or removed.</summary>
public sealed class Passkeys(
    SiteDb db,
    Actors actors,
    PasskeyChecks checks,
    WaysIn waysIn,
    SecondFactors factors,
    Sessions sessions,
    MemberMails mails
)
{
    public const string TooMany = "members.passkeys.refused.many", Gone = "members.passkeys.refused.gone";

    /// <param name="actor">The member.</param>
    /// <param name="state">See <see cref="PasskeyQuestion.State"/>.</param>
    /// <param name="credential">What the browser made.</param>
    /// <param name="name">How the member tells it from others; empty for the browser's name.</param>
    /// <param name="otherwise">The name if none is given.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if the answer does not count: the page asks again.</returns>
    /// <exception cref="Refused">There are too many.</exception>
    public async Task<bool> Add(
        Reader actor,
        string? state,
        string? credential,
        string? name,
        string otherwise,
        CancellationToken ct = default
    )
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        if (await db.Passkeys.CountAsync(p => p.MemberId == id, ct) >= Passkey.Max) throw new Refused(TooMany);
        if (await checks.Made(change.Row!, state, credential, ct) is not { } passkey) return false;
        passkey.Name = NameOf(name) is { Length: > 0 } chosen ? chosen : otherwise;
        db.Passkeys.Add(passkey);
        // Making it has shown the device and the finger, face or PIN: both factors.
        var session = sessions.BeginAgain(change.Row!, withSecondFactor: true);
        Tell(change.Row!, AccessChange.PasskeyAdded);
        await change.Commit(ct);
        if (session is not null) await sessions.Give(session, ct);
        return true;
    }

    /// <exception cref="Refused">It is gone.</exception>
    public async Task Rename(Reader actor, long passkey, string? name, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        if (NameOf(name) is not { Length: > 0 } chosen) throw new Refused("members.passkeys.refused.name");
        await using var change = await db.Change(ct);
        await actors.RequireMember(actor);
        var row = await db.Passkeys.FirstOrDefaultAsync(p => p.Id == passkey && p.MemberId == id, ct) ?? throw new Refused(Gone);
        row.Name = chosen;
        await change.Commit(ct);
    }

    /// <summary>Removes a passkey, and ends the member's other sessions: one of them may have been opened by it.</summary>
    /// <exception cref="Refused">It is gone, it is the last way in, or the role needs it.</exception>
    public async Task Remove(Reader actor, long passkey, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        var member = change.Row!;
        if (await db.Passkeys.Where(p => p.Id == passkey && p.MemberId == id).ExecuteDeleteAsync(ct) == 0) throw new Refused(Gone);
        if (!await waysIn.Any(member, ct)) throw new Refused(WaysIn.Last);
        await factors.Fewer(member, ct);
        member.EndSessions();
        var session = sessions.BeginAgain(member);
        Tell(member, AccessChange.PasskeyRemoved);
        await change.Commit(ct);
        if (session is not null) await sessions.Give(session, ct);
    }

    static string NameOf(string? typed)
    {
        var read = Naming.Read(typed ?? "");
        return read.Problem is null ? read.Text[..Math.Min(read.Text.Length, Passkey.MaxNameLength)] : "";
    }

    void Tell(Member member, AccessChange what)
    {
        db.Publish(new MemberAccessChanged(member.Id, what));
        mails.AccessChanged(member, what);
    }
}
