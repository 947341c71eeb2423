using Community.Kernel;

namespace Community.Members;

/// <summary>A member's own new password. Every other session ends; this browser gets a new one.</summary>
public sealed class ChangePassword(SiteDb db, PasswordHashes hashes, Sessions sessions, MemberMails mails)
{
    public async Task Of(Member member, string password, CancellationToken ct = default)
    {
        member.SetPassword(await hashes.Make(password, ct));
        db.Publish(new MemberPasswordChanged(member.Id));
        mails.PasswordChanged(member);
        var session = sessions.BeginAgain(member);
        await db.SaveChangesAsync(ct);
        if (session is not null) await sessions.Give(session, ct);
    }
}
