using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>
/// The files of a site: <c>{Data}/Sites/{key}/files</c>, shared between the nodes. A file is written and deleted under one lock,
/// together with the question whether a row names it: so none is taken from a row that is just being written.
/// </summary>
public sealed class Files(SiteDb db, IOptions<CommunityOptions> options, Settings<KernelSettings> settings, TimeProvider time)
{
    /// <summary>A picture out of a good telephone camera; larger ones are scaled before they are sent.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;
    const long Megabyte = 1024 * 1024;
    const int FilesLock = 0x46696c;

    public string Folder => Path.Combine(options.Value.Data, "Sites", db.Site.Key, "files");

    /// <summary>Takes a picture and keeps it, in a change of its own. Safe twice and twice at once.</summary>
    /// <exception cref="FileRefused">It is not taken; the exception says why, in words.</exception>
    public async Task<StoredFile> Save(Stream content, FilePurpose purpose, long by, CancellationToken ct)
    {
        var picture = await Take(content, purpose, by, ct);
        await using var change = await db.Change(ct);
        return await Keep(picture, purpose, by, _ => change.Commit(ct), ct);
    }

    /// <summary>
    /// Reads what a member sent and makes a picture of it, see <see cref="Picture"/>. What kind it is its content says, never its name.
    /// It counts as sent today before it is looked at, and stays counted whatever comes of it. Not within a change: it takes its time.
    /// </summary>
    /// <exception cref="FileRefused">It is no picture that is taken, or the member's share of the day is used up.</exception>
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
            // The file before its row: a row without its file would be a broken picture, a file without a row is swept away.
            if (isNew) await Write(path, picture.Bytes, ct);
            await Faults.At("file.written", db.Site);
            committing = true;
            await commit(known ?? row);
        }
        // On SQLite the gate is still ours; on PostgreSQL the lock may be gone with the transaction, and the sweep finds it.
        catch when (isNew && (!committing || db.IsSqlite))
        {
            Delete(path);
            throw;
        }
        return known ?? row;
    }

    /// <summary>Takes back what a member put there, within the open change. <see cref="Discard"/> belongs after its commit.</summary>
    public Task Release(string hash, FilePurpose purpose, long by, CancellationToken ct) =>
        db.Files.Where(f => f.Hash == hash && f.Purpose == purpose && f.UploadedBy == by).ExecuteDeleteAsync(ct);

    /// <summary>Deletes a file that no row names any more. Whoever dies before it leaves that to <see cref="SweepFiles"/>.</summary>
    public async Task Discard(string hash, CancellationToken ct)
    {
        await Faults.At("file.replaced", db.Site);
        await using var change = await db.Change(ct);
        await Lock(ct);
        if (!await db.Files.AnyAsync(f => f.Hash == hash, ct)) Delete(PathOf(hash));
    }

    /// <summary>Two levels of folders keep each of them small.</summary>
    public string PathOf(string hash) => Path.Combine(Folder, hash[..2], hash[2..4], hash);

    /// <summary>Days that count no more go with the daily sweep.</summary>
    internal int Today => DateOnly.FromDateTime(db.Site.ToLocal(time.GetUtcNow().UtcDateTime)).DayNumber;

    // One statement: however many are sent at once, no more is counted than may be sent.
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

    // On SQLite the open change has the site's write gate.
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
        // Beside, then moved: nobody ever reads half a file, whenever this dies.
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
            // The disk is full, or the reader went away.
            Delete(beside);
            throw;
        }
    }

    // Where its folder is not there, File.Delete throws.
    static void Delete(string path)
    {
        if (File.Exists(path)) File.Delete(path);
    }
}
