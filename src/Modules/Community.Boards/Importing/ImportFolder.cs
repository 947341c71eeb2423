using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Boards;

/// <summary>
/// The folder of a site with files to be imported: <c>{Data}/Sites/{key}/imports</c>. Browsers' uploads are kept there until they are
/// imported; files that are too large for a browser are laid there by whoever runs the server. Shared between the nodes.
/// </summary>
public sealed class ImportFolder(SiteDb db, IOptions<CommunityOptions> options)
{
    const string Uploads = "upload-";

    public string Folder => Path.Combine(options.Value.Data, "Sites", db.Site.Key, "imports");

    /// <summary>The path of a file in the folder; null if there is none of that name, or the name leads out of it.</summary>
    public string? PathOf(string? name) =>
        name is { Length: > 0 } && Path.GetFileName(name) == name && name[0] != '.' && Path.Combine(Folder, name) is var path
        && File.Exists(path) && new FileInfo(path).LinkTarget is null ? path : null;

    /// <summary>Files that lie there and were not sent by browsers.</summary>
    public IReadOnlyList<string> Laid() => !Directory.Exists(Folder) ? [] :
        [.. Directory.EnumerateFiles(Folder).Select(f => Path.GetFileName(f))
            .Where(f => !f.StartsWith(Uploads, StringComparison.Ordinal) && PathOf(f) is not null).Order(StringComparer.Ordinal).Take(100)];

    /// <summary>Writes an upload as it arrives, and unpacks it.</summary>
    /// <returns>Its name in the folder.</returns>
    /// <exception cref="FileRefused">It is empty, too large, or packed in a way that is not read.</exception>
    public async Task<string> Keep(Stream content, long maxBytes, long maxUnpacked, CancellationToken ct)
    {
        var sent = await Write(async file =>
        {
            var buffer = new byte[128 * 1024];
            for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
            {
                if (file.Position + read > maxBytes) throw new FileRefused("files.refused.large", maxBytes / 1024 / 1024);
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
            }
        });
        string? plain = null;
        try { return plain = await Unpacked(sent, maxUnpacked, ct); }
        finally { if (plain != sent) Delete(sent); }
    }

    /// <summary>The name of a file with what is in this one, as an upload; that of this one if it is not packed.</summary>
    /// <exception cref="FileRefused">It is packed in a way that is not read, or larger than it may be.</exception>
    public async Task<string> Unpacked(string name, long maxBytes, CancellationToken ct)
    {
        if (PathOf(name) is not { } path) return name;
        await using var packed = File.OpenRead(path);
        return PackedFile.Of(packed) switch
        {
            Packing.None => name,
            Packing.Other => throw new FileRefused("boards.import.refused.packed"),
            var packing => await Write(file => PackedFile.Unpack(packed, packing, file, maxBytes, ct)),
        };
    }

    async Task<string> Write(Func<FileStream, Task> write)
    {
        Directory.CreateDirectory(Folder);
        var name = Uploads + Guid.NewGuid().ToString("N");
        var path = Path.Combine(Folder, name);
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await write(file);
            file.Flush(flushToDisk: true);
            return file.Length > 0 ? name : throw new FileRefused("files.refused.empty");
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Deletes an upload.</summary>
    public void Delete(string name)
    {
        if (name.StartsWith(Uploads, StringComparison.Ordinal) && PathOf(name) is { } path) File.Delete(path);
    }

    /// <summary>Deletes uploads that no import names any more and that were sent before <paramref name="before"/>.</summary>
    public void Sweep(IReadOnlySet<string> used, DateTime before)
    {
        if (!Directory.Exists(Folder)) return;
        foreach (var path in Directory.EnumerateFiles(Folder, Uploads + "*"))
            if (!used.Contains(Path.GetFileName(path)) && File.GetLastWriteTimeUtc(path) < before) File.Delete(path);
    }
}
