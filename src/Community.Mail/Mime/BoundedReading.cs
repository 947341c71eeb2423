namespace Community.Mail.Mime;

/// <summary>Reads a stream to its end, up to a limit.</summary>
internal static class BoundedReading
{
    private const int Block = 64 * 1024;

    public static ReadOnlyMemory<byte> All(Stream stream, int limit)
    {
        var held = new MemoryStream();
        var block = new byte[Block];
        for (int n; (n = stream.Read(block)) > 0;) Keep(held, block.AsSpan(0, n), limit);
        return held.ToArray();
    }

    public static async Task<ReadOnlyMemory<byte>> AllAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        var held = new MemoryStream();
        var block = new byte[Block];
        for (int n; (n = await stream.ReadAsync(block, cancellationToken)) > 0;) Keep(held, block.AsSpan(0, n), limit);
        return held.ToArray();
    }

    private static void Keep(MemoryStream held, ReadOnlySpan<byte> bytes, int limit)
    {
        if (held.Length + bytes.Length > limit) throw new InvalidDataException($"The message is longer than {limit} octets.");
        held.Write(bytes);
    }
}
