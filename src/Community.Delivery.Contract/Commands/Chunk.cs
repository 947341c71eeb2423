using System.Text.Json.Serialization;

namespace Community.Bulk;

/// <summary>A part of the recipients. Chunks of an offer are numbered from 0 without gaps, and may arrive in any order.</summary>
public sealed record Chunk : OfferMessage
{
    public const int MaxRecipients = 500, MaxValues = 100;

    public override string Schema => "mailing.chunk";

    public required int ChunkNo { get; init; }

    public required IReadOnlyList<BulkRecipient> Recipients { get; init; }

    internal override string? Problem() =>
        base.Problem()
        ?? (ChunkNo is < 0 or >= Commit.MaxChunks ? "chunk_no"
            : Recipients.Count is 0 or > MaxRecipients ? "recipients"
            // JSON has null also where the contract has none.
            : Recipients.Select(r => r is null ? "recipients" : r.Problem()).FirstOrDefault(p => p is not null));
}

/// <summary>One message's recipient.</summary>
/// <param name="Rid">The recipient's number in the mailing: from 1, the same in each offer.</param>
/// <param name="AddressKey">A key of the mailbox by which suppressions name it.</param>
/// <param name="ReturnTo">The envelope's sender, by which what comes back is recognised.</param>
/// <param name="Content">Which of the reserve's contents.</param>
/// <param name="Values">What stands in the place of each field.</param>
public sealed record BulkRecipient(
    long Rid,
    string To,
    string? Name,
    string AddressKey,
    string ReturnTo,
    int Content,
    IReadOnlyDictionary<string, string> Values
)
{
    /// <summary>Of the address, in small letters.</summary>
    [JsonIgnore]
    public string Domain => To[(To.LastIndexOf('@') + 1)..].ToLowerInvariant();

    internal string? Problem() =>
        Rid < 1 ? "recipients.rid"
        : To.Length is 0 or > 254 || !To.Contains('@') ? "recipients.to"
        : AddressKey.Length is 0 or > EngineMessage.MaxKey ? "recipients.address_key"
        : ReturnTo.Length > 254 || Name is { Length: > 500 } ? "recipients.name"
        : Content is < 0 or >= Reserve.MaxContents ? "recipients.content"
        : Values.Count > Chunk.MaxValues || Values.Values.Any(v => v is null) ? "recipients.values"
        : null;
}

/// <summary>All chunks have been written: how many there are. The engine accepts once it has them all.</summary>
public sealed record Commit : OfferMessage
{
    public const int MaxChunks = 100_000;

    public override string Schema => "mailing.commit";

    public required int ChunkCount { get; init; }

    public required int Total { get; init; }

    /// <summary>Of the hashes of all chunks, see <see cref="DigestOf"/>.</summary>
    public required string Digest { get; init; }

    internal override string? Problem() =>
        base.Problem() ?? (ChunkCount is < 1 or > MaxChunks ? "chunk_count" : Total < ChunkCount ? "total" : null);

    /// <param name="hashes">Of the chunks, by their numbers.</param>
    public static string DigestOf(IEnumerable<string> hashes) => Wire.HashOf(string.Concat(hashes));
}
