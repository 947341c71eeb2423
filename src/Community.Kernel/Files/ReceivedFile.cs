using System.Security.Cryptography;

namespace Community.Kernel;

/// <summary>An upload on disk that is not kept yet. Disposing of it deletes it, unless it has been kept.</summary>
public sealed class ReceivedFile : IDisposable
{
    const int HeadLength = 4096;

    ReceivedFile(string path, string hash, long bytes, byte[] head) => (Path, Hash, Bytes, Head) = (path, hash, bytes, head);

    internal string Path { get; }
    /// <summary>SHA-256 of its content, in hexadecimal.</summary>
    public string Hash { get; }
    public long Bytes { get; }
    /// <summary>Its first bytes, by which its kind is known.</summary>
    public byte[] Head { get; }

    /// <exception cref="FileRefused">It is too large.</exception>
    internal static async Task<ReceivedFile> Write(Stream content, string path, long maxBytes, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, bytes, head) = (new byte[64 * 1024], 0L, new MemoryStream(HeadLength));
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
        {
            if ((bytes += read) > maxBytes) throw new FileRefused("files.refused.large", maxBytes / 1024 / 1024);
            hash.AppendData(buffer, 0, read);
            if (head.Length < HeadLength) head.Write(buffer, 0, (int)Math.Min(read, HeadLength - head.Length));
            await file.WriteAsync(buffer.AsMemory(0, read), ct);
        }
        file.Flush(flushToDisk: true);
        return new(path, Convert.ToHexStringLower(hash.GetHashAndReset()), bytes, head.ToArray());
    }

    public void Dispose()
    {
        if (File.Exists(Path)) File.Delete(Path);
    }
}
