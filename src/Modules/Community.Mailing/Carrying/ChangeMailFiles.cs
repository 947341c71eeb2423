using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Adds files to a mailing and removes them, and chooses how its pictures travel. Each is a new version of the mailing.</summary>
/// <exception cref="Denied">The actor may not write mailings.</exception>
public sealed class ChangeMailFiles(SiteDb db, Actors actors, Audit audit, Files files, TimeProvider time)
{
    /// <param name="actor">The acting member of staff.</param>
    /// <param name="id">The mailing.</param>
    /// <param name="rev">The version that the actor saw.</param>
    /// <param name="content">The file. Its kind is found by its content; a picture is made anew, without its place.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The new version; null if the mailing was changed since, or can no longer be.</returns>
    /// <exception cref="FileRefused">It is not accepted, or there is no room for it.</exception>
    public async Task<int?> Add(Reader actor, long id, int rev, Stream content, string name, CancellationToken ct = default)
    {
        var by = (await actors.Require(actor, MailingPermissions.Write)).Id!.Value;
        var called = FileName.Clean(name);
        using var received = await files.Receive(content, MailFile.MaxBytes, by, ct);
        var mediaType = FileKinds.MediaTypeOf(received.Head, called);
        var picture = mediaType is null ? await Files.Develop(received, FilePurpose.MailAttachment, ct) : null;
        if (picture is not null) called = FileName.Clean($"{FileName.StemOf(called)}.{picture.Extension}");
        await using var change = await db.Change<Mailing>(id, ct);
        await actors.Require(actor, MailingPermissions.Write);
        if (change.Row is not { CanEdit: true } mailing || mailing.HasChangedSince(rev)) return null;
        await actors.RequireForChains(actor, mailing, db, ct);
        var before = mailing.Files;
        if (before.Count >= MailFile.MaxFiles) throw new FileRefused("mailing.files.many", MailFile.MaxFiles);
        if (before.Sum(f => f.Bytes) + (picture?.Bytes.Length ?? received.Bytes) > MailFile.MaxBytes)
            throw new FileRefused("mailing.files.large", MailFile.MaxBytes / 1024 / 1024);
        Task With(StoredFile stored)
        {
            // The same file again is the same.
            var added = new MailFile(stored.Hash, called, stored.MediaType, stored.Bytes);
            var others = before.Where(f => (f.Hash, f.Name) != (stored.Hash, called));
            return Commit(change, mailing, by, () => mailing.Files = [.. others, added], ct);
        }

        if (picture is not null) await files.Keep(picture, FilePurpose.MailAttachment, by, With, ct);
        else
            await files.Keep(
                received, FilePurpose.MailAttachment, mediaType!, FileName.ExtensionOf(called), by, With, ct);
        return mailing.Rev;
    }

    /// <summary>The file itself goes when no mailing carries it any more.</summary>
    /// <returns>False if the mailing was changed since, or can no longer be.</returns>
    public Task<bool> Remove(Reader actor, long id, int rev, string hash, CancellationToken ct = default) =>
        Change(actor, id, rev, m => m.Files = [.. m.Files.Where(f => f.Hash != hash)], ct);

    /// <inheritdoc cref="Remove"/>
    /// <param name="embeds">Whether pictures travel in the message.</param>
    public Task<bool> Embed(Reader actor, long id, int rev, bool embeds, CancellationToken ct = default) =>
        Change(actor, id, rev, m => m.EmbedsPictures = embeds, ct);

    async Task<bool> Change(Reader actor, long id, int rev, Action<Mailing> write, CancellationToken ct)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        var by = (await actors.Require(actor, MailingPermissions.Write)).Id!.Value;
        if (change.Row is not { CanEdit: true } mailing || mailing.HasChangedSince(rev)) return false;
        await actors.RequireForChains(actor, mailing, db, ct);
        var (was, files) = (mailing.EmbedsPictures, mailing.FilesJson);
        write(mailing);
        // Saved without a change, it stays reserved.
        if ((was, files) == (mailing.EmbedsPictures, mailing.FilesJson)) return true;
        await Commit(change, mailing, by, () => { }, ct);
        return true;
    }

    async Task Commit(Change<Mailing> change, Mailing mailing, long by, Action write, CancellationToken ct)
    {
        var before = mailing.State;
        mailing.Unschedule(by, time.GetUtcNow().UtcDateTime);
        db.Publish(mailing, before);
        write();
        audit.Did("mailing.files", "#" + mailing.Id);
        await change.Commit(ct);
    }
}
