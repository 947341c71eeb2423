using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Community.Members;

/// <summary>
/// What the good rows of a file have that no other row may have, with their lines. Kept as digests: a file has a million rows, and the
/// texts of their keys would be the most of what an import needs of memory.
/// </summary>
public sealed class SeenKeys
{
    readonly Dictionary<UInt128, int> lines = [];

    static UInt128 DigestOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    /// <summary>The line of the row that has it; null for none.</summary>
    public int? LineOf(string key) => lines.TryGetValue(DigestOf(key), out var line) ? line : null;

    public void Add(IEnumerable<string> keys, int line)
    {
        foreach (var key in keys) lines.TryAdd(DigestOf(key), line);
    }

    /// <summary>Forgets the rows from this line on, which are decided anew.</summary>
    public void ForgetFrom(int line)
    {
        foreach (var key in lines.Where(l => l.Value >= line).Select(l => l.Key).ToList()) lines.Remove(key);
    }
}
