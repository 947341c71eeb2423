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

    /// <summary>Writes the file and its row, and commits the open change with <paramref name="commit"/>.</summary>
    /// <exception cref="FileRefused">The site has no room for it.</exception>
    public async Task<StoredFile> Keep(Picture picture, FilePurpose purpose, long by, Func<StoredFile, Task> commit, CancellationToken ct)
    {
        var row = new StoredFile
        {
            Hash = Convert.ToHexStringLower(SHA256.HashData(picture.Bytes.Span)),
            Purpose = purpose,
            UploadedBy = by,
            UploadedAt = time.GetUtcNow().UtcDateTime,
            MediaType = picture.MediaType,
            Extension = picture.Extension,
            Bytes = picture.Bytes.Length,
            Width = picture.Width,
            Height = picture.Height,
        };
        await Lock(ct);
        var known = await db.Files.FirstOrDefaultAsync(f => f.Hash == row.Hash && f.Purpose == purpose && f.UploadedBy == by, ct);
        if (known is null)
        {
            var most = options.Value.SiteFilesMegabytes * Megabyte;
            if (await db.Files.SumAsync(f => f.Bytes, ct) + row.Bytes > most)
                throw new FileRefused("files.refused.site", options.Value.SiteFilesMegabytes);
            db.Files.Add(row);
        }
        var path = PathOf(row.Hash);
        var isNew = !File.Exists(path);
        var committing = false;
        try
        {
            // Write the file before its row: a row without its file would be a broken picture, a file without a row is swept up.
            if (isNew) await Write(path, picture.Bytes, ct);
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
        Directory.CreateDirectory(Folder);
        var beside = Path.Combine(Folder, Guid.NewGuid().ToString("N") + ".tmp");
        try
        {
            var (hash, bytes) = await Receive(content, beside, maxBytes, ct);
            if (bytes == 0) throw new FileRefused("files.refused.empty");
            await Count(by, bytes, ct);
            await using var change = await db.Change(ct);
            await Lock(ct);
            var row = await db.Files.FirstOrDefaultAsync(f => f.Hash == hash && f.Purpose == purpose && f.UploadedBy == by, ct);
            if (row is null)
            {
                if (await db.Files.SumAsync(f => f.Bytes, ct) + bytes > options.Value.SiteFilesMegabytes * Megabyte)
                    throw new FileRefused("files.refused.site", options.Value.SiteFilesMegabytes);
                row = new()
                {
                    Hash = hash,
                    Purpose = purpose,
                    UploadedBy = by,
                    UploadedAt = time.GetUtcNow().UtcDateTime,
                    MediaType = "application/octet-stream",
                    Extension = extension,
                    Bytes = bytes,
                };
                db.Files.Add(row);
            }
            var path = PathOf(hash);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(beside, path, overwrite: true);
            await Faults.At("file.written", db.Site);
            await change.Commit(ct);
            return row;
        }
        finally { Delete(beside); }
    }

    static async Task<(string Hash, long Bytes)> Receive(Stream content, string path, long maxBytes, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, bytes) = (new byte[64 * 1024], 0L);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
        {
            if ((bytes += read) > maxBytes) throw new FileRefused("files.refused.large", maxBytes / Megabyte);
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), ct);
        }
        file.Flush(flushToDisk: true);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }

    /// <summary>Removes a member's row for a file, in the open change. Call <see cref="Discard"/> after its commit.</summary>
    public Task Release(string hash, FilePurpose purpose, long by, CancellationToken ct) =>
        db.Files.Where(f => f.Hash == hash && f.Purpose == purpose && f.UploadedBy == by).ExecuteDeleteAsync(ct);

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

    /// <summary>Today's day number in the site's zone. The daily sweep deletes older days.</summary>
    internal int Today => DateOnly.FromDateTime(db.Site.ToLocal(time.GetUtcNow().UtcDateTime)).DayNumber;

    // A single statement, so that concurrent uploads cannot exceed the quota.
    async Task Count(long by, long bytes, CancellationToken ct)
    {
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
    async Task Lock(CancellationToken ct)
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
