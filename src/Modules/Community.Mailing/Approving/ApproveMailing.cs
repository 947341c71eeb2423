using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A second person lets a reserved mailing go out, or sends it back to its author with a reason.</summary>
public sealed class ApproveMailing(
    SiteDb db,
    Actors actors,
    Audit audit,
    Settings<MailingSettings> settings,
    Approval approval,
    ApprovalMails mails,
    TimeProvider time,
    EngineRoutes routes)
{
    public const int MaxReasonLength = 500;

    /// <param name="actor">The approving staff member.</param>
    /// <param name="id">The mailing's id.</param>
    /// <param name="rev">The version that the actor saw: another one is not approved.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Refused">It was changed since, does not wait for approval, or is the actor's own.</exception>
    public async Task Approve(Reader actor, long id, int rev, CancellationToken ct)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        var mailing = await Waiting(change.Row, await actors.Require(actor, MailingPermissions.Approve), rev, ct);
        var now = time.GetUtcNow().UtcDateTime;
        mailing.Approve(actor.Id!.Value, await approval.DigestOf(mailing, ct), now);
        if (mailing.AtOnce) mailing.StartAt = now;
        else if (now - mailing.StartAt > (await settings.Get(ct)).LateAfter) mailing.MarkOverdue(StopReason.Late);
        db.Publish(mailing, MailingState.Approving);
        audit.Did("mailing.approve", "#" + id);
        await mails.Answer(mailing, "approved", "", ct);
        db.Schedule(MailingSender.Queue, routes.BeginsAt(db.Site, mailing)!.Value);
        await change.Commit(ct);
    }

    /// <inheritdoc cref="Approve"/>
    /// <param name="reason">What the author is told.</param>
    public async Task Decline(Reader actor, long id, int rev, string? reason, CancellationToken ct)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        var mailing = await Waiting(change.Row, await actors.Require(actor, MailingPermissions.Approve), rev, ct);
        var why = Naming.ReadLines(reason ?? "") is { Fault: null } read ? Truncate.To(MaxReasonLength, read.Text) : "";
        if (why.Length == 0) throw new Refused("mailing.decline.reason");
        mailing.Decline(actor.Id!.Value, why, time.GetUtcNow().UtcDateTime);
        db.Publish(mailing, MailingState.Approving);
        audit.Did("mailing.decline", "#" + id);
        await mails.Answer(mailing, "declined", why, ct);
        await change.Commit(ct);
    }

    async Task<Mailing> Waiting(Mailing? mailing, Reader staff, int rev, CancellationToken ct)
    {
        if (mailing is not { State: MailingState.Approving } || mailing.Rev != rev) throw new Refused("mailing.approve.changed");
        if (Approval.Refusal((await approval.Authors([mailing], ct))[mailing.Id], staff) is { } refusal) throw new Refused(refusal);
        return mailing;
    }
}
