using Community.Kernel;

namespace Community.Mailing;

/// <summary>
/// Chooses what a mailing learns about opens and clicks, before it starts. It is a new version: who approves a mailing agrees to that, too.
/// </summary>
public sealed class ChooseTracking(SiteDb db, Actors actors, Audit audit, TimeProvider time)
{
    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The mailing.</param>
    /// <param name="mode">Null for what the site has set.</param>
    /// <param name="campaign">See <see cref="Mailing.Campaign"/>; one line.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such mailing, or it has started.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> Of(Reader actor, long id, TrackingMode? mode, string campaign, CancellationToken ct = default)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        var by = (await actors.Require(actor, MailingPermissions.Write)).Id!.Value;
        if (change.Row is not { CanEdit: true } mailing) return false;
        await actors.RequireForChains(actor, mailing, db, ct);
        if (mailing.Tracking == mode && mailing.Campaign == campaign) return true;
        audit.Did(
            "mailing.tracking",
            "#" + id,
            AuditChange.Of([
                AuditChange.Value("mailing-tracking", mailing.Tracking?.ToString(), mode?.ToString()),
                AuditChange.Value("mailing-campaign", mailing.Campaign, campaign),
            ])
        );
        var before = mailing.State;
        mailing.Unschedule(by, time.GetUtcNow().UtcDateTime);
        db.Publish(mailing, before);
        (mailing.Tracking, mailing.Campaign) = (mode, campaign);
        await change.Commit(ct);
        return true;
    }
}
