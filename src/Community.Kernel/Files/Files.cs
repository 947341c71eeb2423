using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>
/// The files of a site: <c>{Data}/Sites/{key}/files</c>, shared between the nodes. Writing and deleting a file happens under one lock,
/// together with the check whether a row refers to it, so that no file is deleted while a row for it is being written.
/// </summary>
public sealed class Files(SiteDb db, IOptions<CommunityOptions> options, Settings<KernelSettings> settings, TimeProvider time)
{
    /// <summary>Enough for a good phone camera; larger pictures are scaled before they are sent.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;
    /// <summary>The uploader of what an import brought: it counts towards the site's share, and towards no member's.</summary>
    public const long Nobody = 0;
    const long Megabyte = 1024 * 1024;
    const int FilesLock = 0x46696c;

    public string Folder => Path.Combine(options.Value.Data, "Sites", db.Site.Key, "files");

    /// <summary>Converts and stores a picture, in its own change. Idempotent, also when called concurrently.</summary>
    /// <exception cref="FileRefused">The picture is rejected.</exception>
    public async Task<StoredFile> Save(Stream content, FilePurpose purpose, long by, CancellationToken ct)
    {
        var picture = await Take(content, purpose, by, ct);
        await using var change = await db.Change(ct);
        return await Keep(picture, purpose, by, _ => change.Commit(ct), ct);
    }

    /// <summary>
    /// Reads an upload and makes a <see cref="Picture"/> of it. Its type is determined by its content, never by its name.
    /// It counts towards today's quota before it is examined, and stays counted whatever the result. Slow, so do not call it in a change.
    /// </summary>
    /// <exception cref="FileRefused">The picture is not accepted, or the member's daily quota is used up.</exception>
    public Task<Picture> Take(Stream content, FilePurpose purpose, long by, CancellationToken ct) => Picture.Develop(async () =>
    {
        var sent = await ReadAll(content, ct);
        await Count(by, sent.Length, ct);
        return sent;
    }, purpose, ct);

    /// <summary>Makes a <see cref="Picture"/> of a received file. Slow, so do not call it in a change.</summary>
    /// <exception cref="FileRefused">The picture is not accepted.</exception>
    public static Task<Picture> Develop(ReceivedFile file, FilePurpose purpose, CancellationToken ct, bool asMade = false) =>
        Picture.Develop(() => File.ReadAllBytesAsync(file.Path, ct), purpose, ct, asMade);

    /// <summary>Writes the picture and its row, and commits the open change with <paramref name="commit"/>.</summary>
    /// <exception cref="FileRefused">The site, or the member, has no room for it.</exception>
    public Task<StoredFile> Keep(Picture picture, FilePurpose purpose, long by, Func<StoredFile, Task> commit, CancellationToken ct) =>
        Keep(
            new StoredFile
            {
                Hash = Convert.ToHexStringLower(SHA256.HashData(picture.Bytes.Span)),
                Purpose = purpose,
                UploadedBy = by,
                MediaType = picture.MediaType,
                Extension = picture.Extension,
                Bytes = picture.Bytes.Length,
                Width = picture.Width,
                Height = picture.Height,
            },
            path => Write(path, picture.Bytes, ct),
            commit,
            ct
        );

    /// <summary>Stores a received file as it is, with its row, and commits the open change with <paramref name="commit"/>.</summary>
    /// <exception cref="FileRefused">The site, or the member, has no room for it.</exception>
    public Task<StoredFile> Keep(
        ReceivedFile file, FilePurpose purpose, string mediaType, string extension, long by, Func<StoredFile, Task> commit,
        CancellationToken ct) =>
        Keep(
            new StoredFile
            {
                Hash = file.Hash,
                Purpose = purpose,
                UploadedBy = by,
                MediaType = mediaType,
                Extension = extension,
                Bytes = file.Bytes,
            },
            path =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Move(file.Path, path, overwrite: true);
                return Task.CompletedTask;
            },
            commit,
            ct
        );

    async Task<StoredFile> Keep(StoredFile row, Func<string, Task> write, Func<StoredFile, Task> commit, CancellationToken ct)
    {
        row.UploadedAt = Now;
        // Nothing uses what is posted until its post is published.
        if (row.Purpose is FilePurpose.Post) row.UnusedSince = Now;
        await Lock(ct);
        var known = await db.Files
            .FirstOrDefaultAsync(f => f.Hash == row.Hash && f.Purpose == row.Purpose && f.UploadedBy == row.UploadedBy, ct);
        if (known is null)
        {
            await RequireRoom(row, ct);
            db.Files.Add(row);
        }
        else if (row.Purpose is not FilePurpose.Post) known.UnusedSince = null;
        var path = PathOf(row.Hash);
        var isNew = !File.Exists(path);
        var committing = false;
        try
        {
            // Write the file before its row: a row without its file would be a broken picture, a file without a row is swept up.
            if (isNew) await write(path);
            await Faults.At("file.written", db.Site);
            committing = true;
            await commit(known ?? row);
        }
        // On SQLite we still hold the gate; on PostgreSQL the lock may have ended with the transaction, and the sweep deletes the file.
        catch when (isNew && (!committing || db.IsSqlite))
        {
            Delete(path);
            throw;
        }
        return known ?? row;
    }

    /// <summary>
    /// What nobody uses does not count towards the quotas, since it goes by itself; it may fill another quarter of the site's, so that
    /// many who upload and never post cannot fill the disk.
    /// </summary>
    async Task RequireRoom(StoredFile row, CancellationToken ct)
    {
        var most = options.Value.SiteFilesMegabytes * Megabyte;
        if (
            row.Bytes + await db.Files.Where(f => f.UnusedSince == null).SumAsync(f => f.Bytes, ct) > most
            || row.Bytes + await db.Files.SumAsync(f => f.Bytes, ct) > most + most / 4
        )
            throw new FileRefused("files.refused.site", options.Value.SiteFilesMegabytes);
        if (row.Purpose is FilePurpose.Post && row.UploadedBy != Nobody && row.Bytes + await UsedBy(row.UploadedBy, ct) is var used
            && (await settings.Get(ct)).MemberFilesMegabytes is var megabytes && used > megabytes * Megabyte)
            throw new FileRefused("files.refused.member", megabytes);
    }

    /// <summary>The bytes of a member's files that posts use.</summary>
    public Task<long> UsedBy(long member, CancellationToken ct) =>
        db.Files.Where(f => f.UploadedBy == member && f.Purpose == FilePurpose.Post && f.UnusedSince == null).SumAsync(f => f.Bytes, ct);

    /// <summary>
    /// Marks what a member has uploaded for posts as used, in the open change: a post with it is being published. From then on it counts
    /// towards the quotas. It waits for a sweep under way, which may be about to delete it.
    /// </summary>
    /// <exception cref="Refused">The member has no room for it.</exception>
    public async Task Use(IReadOnlyCollection<string> hashes, long by, CancellationToken ct)
    {
        await Lock(ct);
        var marked = await db.Files
            .Where(f => hashes.Contains(f.Hash) && f.Purpose == FilePurpose.Post && f.UploadedBy == by && f.UnusedSince != null)
            .ExecuteUpdateAsync(s => s.SetProperty(f => f.UnusedSince, (DateTime?)null), ct);
        if (marked > 0 && by != Nobody && await UsedBy(by, ct) > (await settings.Get(ct)).MemberFilesMegabytes * Megabyte)
            throw new Refused("files.refused.member-total");
    }

    /// <summary>
    /// Stores a file as it is, which nobody is ever served: it is written to disk as it arrives, and read by work in the background. Counts
    /// towards the uploader's day and the site's share. In its own change.
    /// </summary>
    /// <param name="content">What was sent.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="extension">Without dot.</param>
    /// <param name="maxBytes">More is refused.</param>
    /// <param name="by">The uploader.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="FileRefused">It is empty or too large, or a quota is used up.</exception>
    public async Task<StoredFile> SavePrivate(
        Stream content, FilePurpose purpose, string extension, long maxBytes, long by, CancellationToken ct)
    {
        using var file = await Receive(content, maxBytes, by, ct);
        await using var change = await db.Change(ct);
        return await Keep(file, purpose, "application/octet-stream", extension, by, _ => change.Commit(ct), ct);
    }

    /// <summary>
    /// Writes an upload to disk as it arrives, beside the site's files. It counts towards the uploader's day. Dispose of it: what was not
    /// kept is deleted.
    /// </summary>
    /// <exception cref="FileRefused">It is empty or too large, or the day's quota is used up.</exception>
    public async Task<ReceivedFile> Receive(Stream content, long maxBytes, long by, CancellationToken ct)
    {
        Directory.CreateDirectory(Folder);
        var path = Path.Combine(Folder, Guid.NewGuid().ToString("N") + ".tmp");
        try
        {
            var file = await ReceivedFile.Write(content, path, maxBytes, ct);
            if (file.Bytes == 0) throw new FileRefused("files.refused.empty");
            await Count(by, file.Bytes, ct);
            return file;
        }
        catch
        {
            Delete(path);
            throw;
        }
    }

    /// <summary>Removes a member's row for a file, in the open change. Call <see cref="Discard"/> after its commit.</summary>
    public Task Release(string hash, FilePurpose purpose, long by, CancellationToken ct) =>
        db.Files.Where(f => f.Hash == hash && f.Purpose == purpose && f.UploadedBy == by).ExecuteDeleteAsync(ct);

    /// <summary>Removes all rows of a file for a purpose, whoever uploaded it, as <see cref="Release"/> does.</summary>
    public Task ReleaseAll(string hash, FilePurpose purpose, CancellationToken ct) =>
        db.Files.Where(f => f.Hash == hash && f.Purpose == purpose).ExecuteDeleteAsync(ct);

    /// <summary>
    /// As <see cref="ReleaseAll"/>, unless something still uses the file: asked under the lock, so that nobody begins to use it meanwhile.
    /// </summary>
    public async Task ReleaseUnless(Func<Task<bool>> isUsed, string hash, FilePurpose purpose, CancellationToken ct)
    {
        await Lock(ct);
        if (!await isUsed()) await ReleaseAll(hash, purpose, ct);
    }

    /// <summary>Deletes a file that no row refers to any more. If the process dies before, <see cref="SweepFiles"/> does it.</summary>
    public async Task Discard(string hash, CancellationToken ct)
    {
        await Faults.At("file.replaced", db.Site);
        await using var change = await db.Change(ct);
        await Lock(ct);
        if (!await db.Files.AnyAsync(f => f.Hash == hash, ct)) Delete(PathOf(hash));
    }

    /// <summary>Two folder levels keep each folder small.</summary>
    public string PathOf(string hash) => Path.Combine(Folder, hash[..2], hash[2..4], hash);

    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Today's day number in the site's zone. The daily sweep deletes older days.</summary>
    internal int Today => DateOnly.FromDateTime(db.Site.ToLocal(time.GetUtcNow().UtcDateTime)).DayNumber;

    // A single statement, so that concurrent uploads cannot exceed the quota.
    async Task Count(long by, long bytes, CancellationToken ct)
    {
        if (by == Nobody) return;
        var megabytes = (await settings.Get(ct)).MemberUploadMegabytesADay;
        var (most, day) = (megabytes * Megabyte, Today);
        await using var change = await db.Change(ct);
        var taken =
            bytes > most
                ? 0
                : await db.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO upload_days (member_id, day, bytes) VALUES ({by}, {day}, {bytes})
                    ON CONFLICT (member_id, day) DO UPDATE SET bytes = upload_days.bytes + excluded.bytes WHERE upload_days.bytes + excluded.bytes <= {most}
                    """,
                    ct
                );
        if (taken == 0)
            throw new FileRefused("files.refused.day", megabytes);
        await change.Commit(ct);
    }

    // On SQLite the open change holds the site's write gate.
    internal async Task Lock(CancellationToken ct)
    {
        if (!db.IsSqlite) await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({FilesLock})", ct);
    }

    static async Task<byte[]> ReadAll(Stream content, CancellationToken ct)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
        {
            if (memory.Length + read > MaxBytes) throw new FileRefused("files.refused.large", MaxBytes / 1024 / 1024);
            memory.Write(buffer, 0, read);
        }
        return memory.ToArray();
    }

    static async Task Write(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Written to a temporary file, then moved: nobody ever reads half a file, even if this process dies.
        var beside = path + "." + Guid.NewGuid().ToString("N") + ".tmp";
        try
        {
            await using (var file = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(bytes, ct);
                file.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            // The disk is full, or the user went away.
            Delete(beside);
            throw;
        }
    }

    // File.Delete throws if the folder does not exist.
    static void Delete(string path)
    {
        if (File.Exists(path)) File.Delete(path);
    }
}
