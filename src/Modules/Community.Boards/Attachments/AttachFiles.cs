using System.Security.Cryptography;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Receives pictures and files for posts. A text refers to what it returns by
/// <see cref="Attachment.Markdown"/>; publishing that text makes it part of the post.
/// </summary>
public sealed class AttachFiles(SiteDb db, Actors actors, Files files, TimeProvider time)
{
    /// <summary>A photograph of a telephone, a scanned document of some pages, a minute of film.</summary>
    public const int MaxBytes = 20 * 1024 * 1024;

    /// <param name="actor">Who uploads it.</param>
    /// <param name="content">The file.</param>
    /// <param name="name">What it is called; see <see cref="FileName.Clean"/>.</param>
    /// <param name="form">Identifies the sending: the same sent twice is kept once. Null for none.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Denied">The actor may not write in boards.</exception>
    /// <exception cref="FileRefused">The file is not accepted, or a quota is used up.</exception>
    public async Task<Attachment> Upload(Reader actor, Stream content, string? name, Guid? form, CancellationToken ct)
    {
        // Before megabytes are received; and again in the change.
        var owner = (await actors.Require(actor, BoardsPermissions.Write)).Id!.Value;
        if (await Sent(owner, form, ct) is { } sent) return sent;
        var called = FileName.Clean(name);
        using var received = await files.Receive(content, MaxBytes, owner, ct);
        var (row, picture) = await Look(received, called, ct);
        (row.OwnerId, row.At, row.FormKey) = (owner, time.GetUtcNow().UtcDateTime, form);
        await using var change = await db.Change(ct);
        await actors.Require(actor, BoardsPermissions.Write);
        db.Attachments.Add(row);
        db.Publish(() => new FileUploaded(row.Id, owner));
        try
        {
            await Keep(row, received, picture, owner, change, ct);
            return row;
        }
        catch (DbUpdateException error) when (form is not null && error.IsDuplicate())
        {
            // Sent twice at the same moment.
            await change.DisposeAsync();
            db.ChangeTracker.Clear();
            return await Sent(owner, form, ct) ?? throw new InvalidOperationException("The upload is neither new nor there.", error);
        }
    }

    /// <summary>What is examined before a file is kept: a picture is made anew, another must be of a kind that is accepted.</summary>
    static async Task<(Attachment Row, Picture? Picture)> Look(
        ReceivedFile received, string called, CancellationToken ct, bool asMade = false)
    {
        var mediaType = FileKinds.MediaTypeOf(received.Head, called);
        var picture = mediaType is null ? await Files.Develop(received, FilePurpose.Post, ct, asMade) : null;
        var row = new Attachment
        {
            Key = NewKey(),
            Hash = received.Hash,
            Name = picture is null ? called : FileName.Clean($"{FileName.StemOf(called)}.{picture.Extension}"),
            MediaType = picture?.MediaType ?? mediaType!,
            Bytes = picture?.Bytes.Length ?? received.Bytes,
            Width = picture?.Width ?? 0,
            Height = picture?.Height ?? 0,
        };
        return (row, picture);
    }

    async Task Keep(Attachment row, ReceivedFile received, Picture? picture, long owner, Change change, CancellationToken ct)
    {
        if (picture is null)
            await files.Keep(
                received, FilePurpose.Post, row.MediaType, FileName.ExtensionOf(row.Name), owner, _ => change.Commit(ct), ct);
        else
            await files.Keep(picture, FilePurpose.Post, owner, async large =>
            {
                row.Hash = large.Hash;
                if (picture.Small is null) await change.Commit(ct);
                else
                    await files.Keep(picture.Small, FilePurpose.Post, owner, async small =>
                    {
                        row.SmallHash = small.Hash;
                        await change.Commit(ct);
                    }, ct);
            }, ct);
    }

    /// <summary>
    /// Keeps a file of an import, by the same checks. It counts towards the site's share, but towards no member's. The row is to be
    /// added with the post; until then nothing uses the file.
    /// </summary>
    /// <param name="content">The file.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="at">When its post was written.</param>
    /// <param name="asMade">Whether a picture that is as we make them is kept as it is, see <see cref="Picture.Make"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="FileRefused">The file is not accepted, or the site has no room for it.</exception>
    internal async Task<Attachment> OfImport(Stream content, string name, DateTime at, bool asMade, CancellationToken ct)
    {
        var called = FileName.Clean(name);
        using var received = await files.Receive(content, MaxBytes, Files.Nobody, ct);
        var (row, picture) = await Look(received, called, ct, asMade);
        row.At = at;
        await using var change = await db.Change(ct);
        await Keep(row, received, picture, Files.Nobody, change, ct);
        return row;
    }

    /// <summary>The files of imported posts are used from now on, in the open change.</summary>
    internal Task UseOfImport(IReadOnlyCollection<Attachment> attachments, CancellationToken ct) => attachments.Count == 0
        ? Task.CompletedTask
        : files.Use([.. attachments.SelectMany(a => new[] { a.Hash, a.SmallHash }).OfType<string>().Distinct()], Files.Nobody, ct);

    async Task<Attachment?> Sent(long owner, Guid? form, CancellationToken ct) =>
        form is null ? null : await db.Attachments.AsNoTracking().FirstOrDefaultAsync(a => a.OwnerId == owner && a.FormKey == form, ct);

    /// <summary>
    /// Makes what the writer has uploaded, and to which a text refers, part of the post, in the open change. The text is the post's, or an
    /// edit of it that waits. Costs nothing if it refers to nothing.
    /// </summary>
    /// <exception cref="Refused">The writer's quota is used up.</exception>
    internal async Task To(Post post, string text, long writer, CancellationToken ct)
    {
        var keys = Attachment.KeysIn(text).ToList();
        if (keys.Count == 0) return;
        var mine = await db.LockedWhere<Attachment>(a => keys.Contains(a.Key) && a.OwnerId == writer && a.PostId == null, ct);
        if (mine.Count == 0) return;
        foreach (var attachment in mine) attachment.Post = post;
        await files.Use([.. mine.SelectMany(a => new[] { a.Hash, a.SmallHash }).OfType<string>()], writer, ct);
    }

    // 26 characters of 5 bits; lower case, so that it survives whatever folds the case of addresses.
    static string NewKey() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", Attachment.KeyLength);
}
