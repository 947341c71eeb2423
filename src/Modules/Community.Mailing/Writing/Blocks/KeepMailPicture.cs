using Community.Kernel;
using Community.Members;

namespace Community.Mailing;

/// <summary>Takes a picture for mailings. It is served to everybody who has its address, as long as a mailing shows it.</summary>
public sealed class KeepMailPicture(SiteDb db, Actors actors, Files files)
{
    /// <exception cref="Denied">The actor may not write mailings.</exception>
    /// <exception cref="FileRefused">It is not accepted, or there is no room for it.</exception>
    public async Task<StoredFile> Upload(Reader actor, Stream content, CancellationToken ct)
    {
        var by = (await actors.Require(actor, MailingPermissions.Write)).Id!.Value;
        var picture = await files.Take(content, FilePurpose.Mail, by, ct);
        await using var change = await db.Change(ct);
        await actors.Require(actor, MailingPermissions.Write);
        return await files.Keep(picture, FilePurpose.Mail, by, _ => change.Commit(ct), ct);
    }
}
