using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Changes a member's own password, or sets the first one of who came by a passkey or a provider. The page has asked for a fresh proof
/// (<see cref="ConfirmIdentityAttribute"/>). All sessions end; this browser gets a new one.
/// </summary>
public sealed class ChangePassword(
    SiteDb db,
    Actors actors,
    PasswordHashes hashes,
    Sessions sessions,
    MemberMails mails,
    IStringLocalizer texts
)
{
    /// <param name="actor">The member.</param>
    /// <param name="password">The new one.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not changed: <paramref name="problems"/> say why.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    /// <exception cref="DbUpdateConcurrencyException">A concurrent change of password, address or suspension won.</exception>
    public async Task<bool> Of(Reader actor, string? password, Problems problems, CancellationToken ct = default)
    {
        await actors.RequireMember(actor);
        // The security stamp is a concurrency token and changes with a suspension, so a suspension before the save is not overwritten.
        var member = await db.Members.FirstAsync(m => m.Id == actor.Id, ct);
        if (Registration.PasswordProblem(password, member.Name, member.Email, db.Site, texts) is { } wrong)
            problems.Add("Password", wrong);
        if (problems.Any)
            return false;
        member.SetPassword(await hashes.Make(password!, ct));
        db.Publish(new MemberPasswordChanged(member.Id));
        mails.PasswordChanged(member);
        var session = sessions.BeginAgain(member);
        await db.SaveChangesAsync(ct);
        if (session is not null) await sessions.Give(session, ct);
        return true;
    }
}
