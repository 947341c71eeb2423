using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Staff open an address again that got no mail any more. Recorded with the reason.</summary>
public sealed class LiftSuppression(SiteDb db, Actors actors, Audit audit)
{
    public const string NoReason = "staff.suppression.no-reason";

    /// <summary>Texts: <c>staff.suppression.reason.…</c>.</summary>
    public static readonly IReadOnlyList<string> Reasons = ["asked", "works", "error"];

    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The member whose present address it is.</param>
    /// <param name="reason">One of <see cref="Reasons"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member, or nothing to lift.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="Refused">There is no reason.</exception>
    public async Task<bool> Of(Reader actor, long id, string? reason, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (reason is null || !Reasons.Contains(reason)) throw new Refused(NoReason);
        if (change.Row is not { } member) return false;
        if (await db.Suppressions.Where(s => s.AddressHash == member.AddressHash).ExecuteDeleteAsync(ct) == 0) return false;
        audit.Changed("members.lift-suppression", id, "state", changes: [new("lift-reason", null, "staff.suppression.reason." + reason)]);
        await change.Commit(ct);
        return true;
    }
}
