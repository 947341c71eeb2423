using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>A member's own new password. Every other session ends; this browser gets a new one.</summary>
public sealed class ChangePassword(
    SiteDb db,
    Actors actors,
    PasswordHashes hashes,
    Sessions sessions,
    SignIns signIns,
    MemberMails mails,
    IStringLocalizer texts
)
{
    /// <param name="actor">Whose password it is.</param>
    /// <param name="present">The password until now.</param>
    /// <param name="password">The new one.</param>
    /// <param name="problems">What is wrong is added to it.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it stays: <paramref name="problems"/> say why.</returns>
    /// <exception cref="Denied">The actor is no member by now.</exception>
    /// <exception cref="DbUpdateConcurrencyException">Password, address or suspension changed at the same moment; that is kept.</exception>
    public async Task<bool> Of(Reader actor, string? present, string? password, Problems problems, CancellationToken ct = default)
    {
        await actors.RequireMember(actor);
        // Its security stamp moves with a suspension: of one between this and the save nothing is lost.
        var member = await db.Members.FirstAsync(m => m.Id == actor.Id, ct);
        if (!await signIns.Knows(member, present ?? "", ct)) problems.Add("Present", texts["members.password.present.wrong"]);
        if (Registration.PasswordProblem(password, member.Name, member.Email, db.Site, texts) is { } wrong) problems.Add("Password", wrong);
        if (problems.Any) return false;
        member.SetPassword(await hashes.Make(password!, ct));
        db.Publish(new MemberPasswordChanged(member.Id));
        mails.PasswordChanged(member);
        var session = sessions.BeginAgain(member);
        await db.SaveChangesAsync(ct);
        if (session is not null) await sessions.Give(session, ct);
        return true;
    }
}
