using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>The files of a site: <c>{Data}/Sites/{key}/files</c>, shared between the nodes.</summary>
public sealed class Files(SiteDb db, IOptions<CommunityOptions> options, TimeProvider time)
{
    /// <summary>A picture out of a good telephone camera; larger ones are scaled before they are sent.</summary>
    public const int MostBytes = 8 * 1024 * 1024;

    public string Folder => Path.Combine(options.Value.Data, "Sites", db.Site.Key, "files");

    /// <summary>
    /// Keeps a picture, without what it says beside what it shows: place, camera, comments, whatever follows its end.
    /// What kind it is its content says, never its name. Safe twice and twice at once.
    /// </summary>
    /// <exception cref="FileRefused">It is no picture that is taken; the exception says why, in words.</exception>
    public async Task<StoredFile> Save(Stream content, FilePurpose purpose, long by, CancellationToken ct)
    {
        var picture = Picture.Read(await ReadAll(content, ct));
        var row = new StoredFile
        {
            Hash = Convert.ToHexStringLower(SHA256.HashData(picture.Bytes.Span)), Purpose = purpose, UploadedBy = by, UploadedAt = time.GetUtcNow().UtcDateTime,
            MediaType = picture.MediaType, Extension = picture.Extension, Bytes = picture.Bytes.Length, Width = picture.Width, Height = picture.Height,
        };
        // The file before its row: a row without its file would be a broken picture, a file without a row is swept away.
        await Write(PathOf(row.Hash), picture.Bytes, ct);
        if (await Find(row, ct) is { } known) return known;
        db.Files.Add(row);
        try { await db.SaveChangesAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            db.Entry(row).State = EntityState.Detached;
            if (await Find(row, ct) is { } other) return other;
            throw;
        }
        return row;
    }

    /// <summary>Takes back what a member put there. The file goes with the next sweep, unless another still has it.</summary>
    public Task Remove(string hash, FilePurpose purpose, long by, CancellationToken ct) =>
        db.Files.Where(f => f.Hash == hash && f.Purpose == purpose && f.UploadedBy == by).ExecuteDeleteAsync(ct);

    /// <summary>Two levels of folders keep each of them small.</summary>
    public string PathOf(string hash) => Path.Combine(Folder, hash[..2], hash[2..4], hash);

    Task<StoredFile?> Find(StoredFile row, CancellationToken ct) =>
        db.Files.FirstOrDefaultAsync(f => f.Hash == row.Hash && f.Purpose == row.Purpose && f.UploadedBy == row.UploadedBy, ct);

    static async Task<byte[]> ReadAll(Stream content, CancellationToken ct)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
        {
            if (memory.Length + read > MostBytes) throw new FileRefused("files.refused.large", MostBytes / 1024 / 1024);
            memory.Write(buffer, 0, read);
        }
        return memory.ToArray();
    }

    static async Task Write(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path))
        {
            // Fresh again for the sweep.
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return;
        }
        // Beside, then moved: nobody ever reads half a file, whenever this dies.
        var beside = path + "." + Guid.NewGuid().ToString("N") + ".tmp";
        await using (var file = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
        {
            await file.WriteAsync(bytes, ct);
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
    }
}
