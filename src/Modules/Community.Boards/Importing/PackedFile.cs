using System.IO.Compression;
using Community.Kernel;

namespace Community.Boards;

/// <summary>How a file is packed.</summary>
enum Packing
{
    None, Gzip, Zip,
    /// <summary>In a form that is not read here, such as bzip2, xz, 7z or RAR.</summary>
    Other,
}

/// <summary>
/// Files as people have them: an archive of mailman in gzip, mails of a mail program in a ZIP file. An import goes back and forth in its
/// file, so it is unpacked once, on the disk.
/// </summary>
static class PackedFile
{
    /// <summary>A ZIP file's list of entries is held in memory.</summary>
    const int MaxEntries = 100_000;
    const int Block = 64 * 1024, HeadLength = 1024;
    /// <summary>A file of mails, with a separator of no time: that of an entry is when it was packed.</summary>
    static readonly byte[] separator = "From - Thu Jan  1 00:00:00 1970\n"u8.ToArray();

    /// <summary>By its first octets, whatever it is called. The file stands at its beginning afterwards.</summary>
    public static Packing Of(Stream file)
    {
        file.Position = 0;
        var head = new byte[10];
        Array.Resize(ref head, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        file.Position = 0;
        return head switch
        {
            [0x1F, 0x8B, ..] => Packing.Gzip,
            [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] => Packing.Zip,
            [(byte)'B', (byte)'Z', (byte)'h', _, 0x31, 0x41, 0x59, 0x26, ..] or [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..]
                or [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] or [(byte)'R', (byte)'a', (byte)'r', (byte)'!', ..]
                or [0x28, 0xB5, 0x2F, 0xFD, ..] or [0x1F, 0x9D, ..] => Packing.Other,
            _ => Packing.None,
        };
    }

    /// <summary>What is in a file, as it comes: of a ZIP file its only entry.</summary>
    /// <param name="file">Disposed of with what is returned.</param>
    /// <exception cref="FileRefused">It is packed in another way, damaged, or has several entries.</exception>
    public static Stream Open(FileStream file) => Of(file) switch
    {
        Packing.None => file,
        Packing.Gzip => Gzip(file, file.Length),
        Packing.Zip when Entries(file) is [var only] => Opened(only, BoundedStream.MaxOf(file.Length), also: file),
        Packing.Zip => throw new FileRefused("boards.import.refused.entries"),
        _ => throw new FileRefused("boards.import.refused.packed"),
    };

    public static Stream Gzip(Stream packed, long length) =>
        new BoundedStream(new GZipStream(packed, CompressionMode.Decompress), BoundedStream.MaxOf(length));

    /// <summary>Writes what is in a packed file as one file of posts. Several mails become a mailbox file.</summary>
    /// <exception cref="FileRefused">It is no file of posts, or larger than it may be.</exception>
    public static async Task Unpack(FileStream file, Packing packing, Stream to, long max, CancellationToken ct)
    {
        max = Math.Min(max, BoundedStream.MaxOf(file.Length));
        if (packing is Packing.Gzip)
        {
            await new BoundedStream(new GZipStream(file, CompressionMode.Decompress), max).CopyToAsync(to, ct);
            return;
        }
        var entries = Entries(file);
        // What Discourse gives a member: their posts, beside lists of other things.
        if (entries.Find(e => e.Name == "user_archive.csv") is { } posts) entries = [posts];
        foreach (var entry in entries)
        {
            await using var content = Opened(entry, max, to.Position);
            if (entries.Count == 1) await content.CopyToAsync(to, ct);
            else await AddMails(content, to, ct);
        }
    }

    /// <summary>Without what systems add for themselves.</summary>
    static List<ZipArchiveEntry> Entries(FileStream file)
    {
        RequireFew(file);
        try
        {
            var entries = new ZipArchive(file, ZipArchiveMode.Read).Entries
                .Where(e => e.Length > 0 && e.Name is [not '.', ..] && !e.FullName.StartsWith("__MACOSX/", StringComparison.Ordinal))
                .OrderBy(e => e.FullName, StringComparer.Ordinal).ToList();
            return entries.Count > 0 ? entries : throw new FileRefused("boards.import.refused.entries");
        }
        catch (InvalidDataException) { throw new FileRefused("boards.import.refused.broken"); }
    }

    // Its directory may name five million entries, in memory for each.
    static void RequireFew(FileStream file)
    {
        var (block, kept, entries) = (new byte[Block], 0, 0);
        var sign = "PK\u0001\u0002"u8;
        for (int read; (read = file.Read(block, kept, Block - kept)) > 0;)
        {
            var some = block.AsSpan(0, kept + read);
            entries += some.Count(sign);
            kept = Math.Min(sign.Length - 1, some.Length);
            some[^kept..].CopyTo(block);
        }
        file.Position = 0;
        if (entries > MaxEntries) throw new FileRefused("boards.import.refused.entries");
    }

    static BoundedStream Opened(ZipArchiveEntry entry, long max, long before = 0, IDisposable? also = null)
    {
        if (entry.IsEncrypted) throw new FileRefused("boards.import.refused.packed");
        try { return new(entry.Open(), max, before, also); }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            throw new FileRefused("boards.import.refused.broken");
        }
    }

    /// <summary>A mailbox file as it is, a mail behind a separator, quoted as mboxrd.</summary>
    static async Task AddMails(Stream content, Stream to, CancellationToken ct)
    {
        var head = new byte[HeadLength];
        var some = head.AsMemory(0, await content.ReadAtLeastAsync(head, HeadLength, throwOnEndOfStream: false, ct));
        if (some.Span.StartsWith("\uFEFF"u8)) some = some[3..];
        var isMailbox = some.Span.StartsWith("From "u8);
        if (!isMailbox && !MboxReader.IsHeader(some.Span)) throw new FileRefused("boards.import.refused.entries");
        if (!isMailbox) await to.WriteAsync(separator, ct);
        var (quoted, block) = (isMailbox ? null : new MboxQuotes(), new byte[Block]);
        for (; some.Length > 0; some = block.AsMemory(0, await content.ReadAsync(block, ct)))
            if (quoted is null) await to.WriteAsync(some, ct);
            else await to.WriteAsync(quoted.Of(some.Span), ct);
        if (quoted is not null) await to.WriteAsync(quoted.Rest(), ct);
        await to.WriteAsync("\n\n"u8.ToArray(), ct);
    }
}
