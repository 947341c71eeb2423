namespace Community.Mail.Mime;

/// <summary>Limits of reading, so that no message can cost more than it should.</summary>
public sealed record ParserOptions
{
    public static readonly ParserOptions Default = new();

    /// <summary>Octets of a message; a longer one is refused. Default 64 MB.</summary>
    public int MaxSize { get; init; } = 64 * 1024 * 1024;

    /// <summary>How deep multiparts and messages may nest; what lies deeper is left as one part. Default 20.</summary>
    public int MaxDepth { get; init; } = 20;

    /// <summary>Parts of the whole tree; more are cut off. Default 1,000.</summary>
    public int MaxParts { get; init; } = 1000;

    /// <summary>Headers of one part; more are cut off. Default 1,000.</summary>
    public int MaxHeaders { get; init; } = 1000;

    /// <summary>Octets of one unfolded header; a longer one is cut. Default 64 KB.</summary>
    public int MaxHeaderSize { get; init; } = 64 * 1024;
}
