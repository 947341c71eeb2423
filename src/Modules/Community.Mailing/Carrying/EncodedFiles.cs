using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Mail;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>What the messages of a mailing carry: attachments, and pictures by their names below <c>/files/</c>.</summary>
public sealed partial class MailFiles(IReadOnlyList<EncodedFile> attachments, IReadOnlyDictionary<string, EncodedFile> pictures)
{
    public IReadOnlyList<EncodedFile> Attachments => attachments;

    [GeneratedRegex(@"\b[0-9a-f]{64}\.(?:jpg|png|webp|gif)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    /// <summary>The names of the site's pictures in a text.</summary>
    public static IEnumerable<string> PicturesIn(string text) => Names().Matches(text).Select(m => m.Value).Distinct();

    /// <summary>Of what each message carries, in octets as sent: base64 makes four of three, and ends each line.</summary>
    public static async Task<long> SizeIn(Mailing mailing, SiteDb db, CancellationToken ct)
    {
        var pictures = mailing.EmbedsPictures
            ? mailing.Contents.SelectMany(c => MailFiles.PicturesIn(c.Words)).Select(p => p[..64]).Distinct().ToList()
            : [];
        var bytes = mailing.Files.Sum(f => f.Bytes);
        if (pictures.Count > 0)
            bytes += (await db.Files.Where(f => pictures.Contains(f.Hash)).Select(f => new { f.Hash, f.Bytes }).Distinct().ToListAsync(ct))
                .Sum(f => f.Bytes);
        return bytes * 78 / 57;
    }

    /// <summary>The finished HTML, with the site's pictures as parts of the message; and those that it shows.</summary>
    public (string Html, List<(string Id, EncodedFile File)> Shown) Embed(string html, FrozenContent content)
    {
        var shown = new List<(string, EncodedFile)>();
        foreach (var (name, file) in pictures)
        {
            var hosted = $"src=\"{content.SiteUrl}files/{name}\"";
            if (!html.Contains(hosted, StringComparison.Ordinal)) continue;
            var id = $"{name[..20]}@{content.Host}";
            html = html.Replace(hosted, $"src=\"cid:{id}\"", StringComparison.Ordinal);
            shown.Add((id, file));
        }
        return (html, shown);
    }
}

/// <summary>
/// The files that mailings carry, encoded for sending: once for each content, not for each message. Memory is bounded, however many
/// mailings run at once.
/// </summary>
public sealed class EncodedFiles
{
    /// <summary>In octets; with more, what is kept is forgotten and encoded again when it is wanted.</summary>
    public const long MaxKept = 64 * 1024 * 1024;

    readonly ConcurrentDictionary<(long Site, string Hash), Lazy<Task<byte[]?>>> kept = new();
    long length;
    int encoded;

    /// <summary>How many files were encoded.</summary>
    public int Encoded => encoded;

    /// <summary>What the messages of a mailing carry; null for nothing.</summary>
    /// <exception cref="IOException">An attachment is gone from the disk: nobody gets a message that announces it and lacks it.</exception>
    public async ValueTask<MailFiles?> Of(FrozenContent content, Files files, Site site, CancellationToken ct)
    {
        if (content.Files.Count == 0 && !content.EmbedsPictures) return null;
        var attachments = new List<EncodedFile>(content.Files.Count);
        foreach (var file in content.Files)
            attachments.Add(new(
                file.Name,
                file.MediaType,
                await Content(file.Hash) ?? throw new FileNotFoundException("A file that the mailing carries is gone.", file.Name)));
        var pictures = new Dictionary<string, EncodedFile>();
        foreach (var name in content.EmbedsPictures ? content.Pictures : [])
            // One that is gone stays an address, as in mail whose pictures the site serves.
            if (await Content(name[..64]) is { } base64)
                pictures[name] = new($"{name[..8]}{name[64..]}", MediaTypeOf(name[65..]), base64);
        return new(attachments, pictures);

        async ValueTask<byte[]?> Content(string hash)
        {
            // Several connections want it at once: one of them encodes it.
            var one = kept.GetOrAdd((site.Id, hash), _ => new(() => Encode(files.PathOf(hash))));
            try
            {
                if (await one.Value is { } base64) return base64;
            }
            catch (IOException) { /* Asked again at the next message. */ }
            kept.TryRemove(new((site.Id, hash), one));
            return null;
        }
    }

    /// <summary>Null if it is gone.</summary>
    async Task<byte[]?> Encode(string path)
    {
        if (!File.Exists(path)) return null;
        var base64 = EncodedFile.Encode(await File.ReadAllBytesAsync(path));
        Interlocked.Increment(ref encoded);
        if (Interlocked.Add(ref length, base64.Length) > MaxKept)
        {
            kept.Clear();
            Interlocked.Exchange(ref length, base64.Length);
        }
        return base64;
    }

    static string MediaTypeOf(string extension) => extension is "jpg" ? "image/jpeg" : "image/" + extension;
}
