namespace Community.Bulk;

/// <summary>How urgent a kind of mail is, and whether members may stop it.</summary>
public enum MailClass
{
    Marketing,
    Service,

    /// <summary>Goes out whatever the member has unsubscribed from.</summary>
    Essential,
}

/// <summary>Announces a mailing: all that is the same for its recipients. Prepares and books, sends nothing.</summary>
public sealed record Reserve : OfferMessage
{
    public override string Schema => "mailing.reserve";

    /// <summary>The key of the kind of mail, by which members unsubscribe.</summary>
    public required string Kind { get; init; }

    public MailClass Class { get; init; }

    public required DateTime StartAt { get; init; }

    /// <summary>After this moment nothing is sent any more: what is left expires.</summary>
    public required DateTime SendUntil { get; init; }

    /// <summary>The number of the site's newest suppression when the audience was frozen: only later ones count for this mailing.</summary>
    public required long FreezeDelta { get; init; }

    /// <summary>Seconds. If the engine's knowledge of the site's suppressions is older, the mailing waits.</summary>
    public int MaxDeltaAge { get; init; } = 3600;

    /// <summary>Recipients. For the estimate; the commit says the true number.</summary>
    public required int ExpectedTotal { get; init; }

    /// <summary>The share among mailings of its site; 1 unless somebody decided otherwise.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>At most this many messages a minute; 0 for no such limit.</summary>
    public int PerMinute { get; init; }

    public required MailSender Sender { get; init; }

    /// <summary>Null: messages are signed on their way, or not at all.</summary>
    public Signing? Signing { get; init; }

    /// <summary>By variant and language; each recipient names one by its index.</summary>
    public required IReadOnlyList<MailContent> Contents { get; init; }

    public const int MaxContents = 64;

    internal override string? Problem() =>
        base.Problem()
        ?? (Kind.Length is 0 or > MaxKey ? "kind"
            : !Enum.IsDefined(Class) ? "class"
            : StartAt.Kind != DateTimeKind.Utc || SendUntil.Kind != DateTimeKind.Utc || SendUntil <= StartAt ? "send_until"
            : FreezeDelta < 0 ? "freeze_delta"
            : MaxDeltaAge is < 60 or > 7 * 86400 ? "max_delta_age"
            : ExpectedTotal < 1 ? "expected_total"
            : Weight is < 1 or > 1000 ? "weight"
            : PerMinute < 0 ? "per_minute"
            : Contents.Count is 0 or > MaxContents ? "contents"
            : Sender.Problem() ?? Signing?.Problem()
                ?? Contents.Select(c => c is null ? "contents" : c.Problem()).FirstOrDefault(p => p is not null));
}

/// <summary>Who writes, and the fields of the header that are the same for all.</summary>
/// <param name="Address">The From address.</param>
/// <param name="MessageIdLeft">Before the recipient's number, a dot between: <c>left.rid@right</c>.</param>
/// <param name="MessageIdRight">A host name of the site.</param>
/// <param name="ReplyTo">Null for the sender's address.</param>
public sealed record MailSender(string Address, string? Name, string MessageIdLeft, string MessageIdRight, string? ReplyTo)
{
    internal string? Problem() =>
        Address.Length is 0 or > 254 || ReplyTo is { Length: > 254 } || Name is { Length: > 500 } ? "sender"
        : MessageIdLeft.Length is 0 or > 64 || MessageIdRight.Length is 0 or > 253 ? "sender.message_id"
        : null;
}

/// <summary>A message in one variant and language.</summary>
/// <remarks>Each text is a list of pieces: words, the name of a field, words, … so that no word of an author is taken for a field.
/// In HTML the engine encodes what it puts in the place of a field.</remarks>
/// <param name="Headers">Further fields of the header, with pieces: ASCII, never encoded.</param>
public sealed record MailContent(
    IReadOnlyList<string> Subject,
    IReadOnlyList<string> Text,
    IReadOnlyList<string> Html,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Headers
)
{
    public const int MaxHeaders = 30, MaxPieces = 2000;

    internal string? Problem() =>
        !IsTemplate(Subject) ? "contents.subject"
        : !IsTemplate(Text) ? "contents.text"
        : !IsTemplate(Html) ? "contents.html"
        : Headers.Count > MaxHeaders || !Headers.Values.All(IsTemplate) ? "contents.headers"
        : null;

    static bool IsTemplate(IReadOnlyList<string> pieces) =>
        pieces is not null && pieces.Count % 2 == 1 && pieces.Count <= MaxPieces && pieces.All(p => p is not null);
}
