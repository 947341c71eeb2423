using Community.Kernel;

namespace Community.Members;

/// <summary>Dismisses the first steps for all administrators of the site.</summary>
public sealed class PutAwayFirstSteps(SiteDb db, Actors actors, Audit audit)
{
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task Do(Reader actor, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Roles);
        await db.StepDone(FirstStepDone.PutAway, staff.Id, ct);
        audit.Did("staff.first-steps");
        await change.Commit(ct);
    }
}
