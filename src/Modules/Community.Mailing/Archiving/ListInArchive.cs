using Community.Kernel;

namespace Community.Mailing;

/// <summary>Takes a mailing out of the archive of its kind, or puts it back.</summary>
public sealed class ListInArchive(SiteDb db, Actors actors, Audit audit)
{
    /// <returns>False if there is no such mailing.</returns>
    /// <exception cref="Denied">The actor may not send mailings.</exception>
    public async Task<bool> Set(Reader actor, long id, bool listed, CancellationToken ct = default)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        await actors.Require(actor, MailingPermissions.Send);
        if (change.Row is not { IsTest: false } mailing) return false;
        if (mailing.UnlistedAt is null == listed) return true;
        mailing.UnlistedAt = listed ? null : db.Now;
        audit.Did(listed ? "mailing.listed" : "mailing.unlisted", "#" + id);
        await change.Commit(ct);
        return true;
    }
}
