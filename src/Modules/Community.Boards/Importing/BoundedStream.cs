using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// What comes out of a packed file. A few octets can be told to unpack to any number of them: what becomes larger than people's files do is
/// refused, before it takes disk or memory.
/// </summary>
/// <param name="unpacked">Disposed of with this.</param>
/// <param name="max">How many octets may come out, with those before.</param>
/// <param name="before">How many came out of the same file before.</param>
/// <param name="also">Disposed of with this.</param>
sealed class BoundedStream(Stream unpacked, long max, long before = 0, IDisposable? also = null) : Stream
{
    /// <summary>Archives of mails and dumps are packed to a tenth, the best ones to a thirtieth.</summary>
    const int MaxRatio = 50;
    const long Megabyte = 1024 * 1024, AnySize = 64 * Megabyte;
    long read = before;

    /// <summary>How much may come out of so many packed octets.</summary>
    public static long MaxOf(long packed) => Math.Max(AnySize, packed * MaxRatio);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="FileRefused">It is larger than it may be, damaged or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        try { return Counted(unpacked.Read(buffer)); }
        catch (InvalidDataException) { throw new FileRefused("boards.import.refused.broken"); }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try { return Counted(await unpacked.ReadAsync(buffer, cancellationToken)); }
        catch (InvalidDataException) { throw new FileRefused("boards.import.refused.broken"); }
    }

    int Counted(int some) =>
        (read += some) <= max ? some : throw new FileRefused("boards.import.refused.unpacked", max / Megabyte);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => read; set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            unpacked.Dispose();
            also?.Dispose();
        }
        base.Dispose(disposing);
    }
}
