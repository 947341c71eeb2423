using System.Buffers.Binary;

namespace Community.Bulk;

/// <summary>
/// The site is deleted: nothing more is sent of what it has offered until then, and what the engine knows of its members is deleted.
/// Another site may have its key later.
/// </summary>
public sealed record SiteGone : EngineMessage
{
    static readonly double MaxMilliseconds = (DateTime.MaxValue - DateTime.UnixEpoch).TotalMilliseconds;

    public override string Schema => "site.gone";

    /// <summary>When nobody could begin anything on the site any more.</summary>
    public required DateTime At { get; init; }

    /// <summary>When a mailing's identifier was made (RFC 9562 §5.7): one of before belongs to the site that is gone.</summary>
    public static DateTime MadeAt(Guid mailing)
    {
        Span<byte> bytes = stackalloc byte[16];
        mailing.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = (BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16) & 0xFFFF_FFFF_FFFF;
        // One of another version may say anything.
        return milliseconds < MaxMilliseconds ? DateTime.UnixEpoch.AddMilliseconds(milliseconds) : DateTime.MaxValue;
    }

    internal override string? Problem() => base.Problem() ?? (At.Kind != DateTimeKind.Utc ? "at" : null);
}
