using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Staff accept or decline registrations whose address is confirmed.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class Approvals(
    SiteDb db,
    Actors actors,
    Audit audit,
    Leaving leaving,
    Welcome welcome,
    MemberMails mails,
    IStringLocalizer texts
)
{
    public const int MaxReasonLength = 1000;

    /// <summary>Accepts a registration. False if it does not wait.</summary>
    public async Task<bool> Accept(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { AwaitsSince: not null } member) return false;
        member.Confirm(db.Now);
        db.Publish(new MemberConfirmed(id));
        audit.Changed("members.accept", id, "state");
        mails.Accepted(member);
        await welcome.Send(member, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Declines a registration, with a reason that is sent to the address. Everything is erased a little later, when the e-mail has left.
    /// </summary>
    /// <returns>False if it does not wait, or the reason is wrong.</returns>
    public async Task<bool> Decline(Reader actor, long id, string reason, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { AwaitsSince: not null } member) return false;
        if (string.IsNullOrWhiteSpace(reason)) problems.Add("Reason", texts["approvals.reason.missing"]);
        problems.Lines("Reason", reason, texts);
        problems.Limit("Reason", reason, MaxReasonLength, texts);
        if (problems.Any) return false;
        mails.NotAccepted(member, Naming.ReadLines(reason).Text);
        member.Decline();
        await leaving.Begin(member, RightsWay.Declined, staff.Id, TimeSpan.Zero, ct);
        audit.Changed("members.decline", id, "state");
        await change.Commit(ct);
        return true;
    }
}
