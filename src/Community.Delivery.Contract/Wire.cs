using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Community.Bulk;

/// <summary>Not a message of this contract. A message that nobody can read is a dead letter, and its reason is for an operator.</summary>
public sealed class BadMessageException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>Messages as bytes: <c>{"schema":…,"v":…,"hash":…,"body":{…}}</c> in UTF-8.</summary>
public static class Wire
{
    /// <summary>Bytes of any message but a reserve, which carries the texts.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>Bytes of a reserve: its texts in some variants and languages.</summary>
    public const int MaxReserveBytes = 4 * 1024 * 1024;

    static readonly Dictionary<string, JsonTypeInfo> types = new()
    {
        ["mailing.reserve"] = Contract.Default.Reserve,
        ["mailing.chunk"] = Contract.Default.Chunk,
        ["mailing.commit"] = Contract.Default.Commit,
        ["mailing.control"] = Contract.Default.Control,
        ["mailing.ask"] = Contract.Default.Ask,
        ["mailing.close"] = Contract.Default.Close,
        ["suppress.delta"] = Contract.Default.SuppressDelta,
        ["suppress.beat"] = Contract.Default.SuppressBeat,
        ["site.gone"] = Contract.Default.SiteGone,
        ["letter.dead"] = Contract.Default.Undeliverable,
        ["mailing.accepted"] = Contract.Default.Accepted,
        ["mailing.progress"] = Contract.Default.OfferProgress,
        ["mailing.ended"] = Contract.Default.Ended,
        ["outcome.batch"] = Contract.Default.OutcomeBatch,
    };

    /// <summary>The schemas that this version of the program reads and writes.</summary>
    public static IReadOnlyCollection<string> Schemas => types.Keys;

    /// <exception cref="BadMessageException">It is out of the contract's bounds: the writer has to keep within them.</exception>
    public static byte[] Write(EngineMessage message)
    {
        if (message.Problem() is { } problem) throw new BadMessageException($"{message.Schema}: {problem} is out of bounds");
        var body = JsonSerializer.SerializeToUtf8Bytes(message, types[message.Schema]);
        using var bytes = new MemoryStream(body.Length + 200);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("schema"u8, message.Schema);
            json.WriteNumber("v"u8, message.Version);
            json.WriteString("hash"u8, message.Hash);
            json.WritePropertyName("body"u8);
            json.WriteRawValue(body, skipInputValidation: true);
            json.WriteEndObject();
        }
        if (bytes.Length > MaxOf(message.Schema)) throw new BadMessageException($"{message.Schema}: {bytes.Length} bytes");
        return bytes.ToArray();
    }

    /// <exception cref="BadMessageException">Unknown schema, version or field; too large; out of bounds; or not what its hash
    /// says.</exception>
    public static EngineMessage Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxReserveBytes) throw new BadMessageException($"{bytes.Length} bytes");
        EngineMessage message;
        string schema = "", hash;
        try
        {
            using var json = JsonDocument.Parse(bytes, new() { MaxDepth = 16 });
            var root = json.RootElement;
            schema = root.GetProperty("schema"u8).GetString() ?? "";
            if (!types.TryGetValue(schema, out var type)) throw new BadMessageException($"unknown schema {Shown(schema)}");
            if (bytes.Length > MaxOf(schema)) throw new BadMessageException($"{schema}: {bytes.Length} bytes");
            var version = root.GetProperty("v"u8).GetInt32();
            hash = root.GetProperty("hash"u8).GetString() ?? "";
            message = (EngineMessage?)root.GetProperty("body"u8).Deserialize(type) ?? throw new BadMessageException($"{schema}: no body");
            if (version != message.Version) throw new BadMessageException($"{schema}: unknown version {version}");
            if (root.EnumerateObject().Count() != 4) throw new BadMessageException($"{schema}: unknown field beside the body");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new BadMessageException($"{Shown(schema)}: not a message: {error.GetType().Name}", error);
        }
        if (message.Problem() is { } problem) throw new BadMessageException($"{schema}: {problem} is out of bounds");
        if (message.Hash != hash) throw new BadMessageException($"{schema}: not what its hash says");
        return message;
    }

    /// <summary>A recipient by itself, as the engine keeps it.</summary>
    public static byte[] Bytes(BulkRecipient recipient) => JsonSerializer.SerializeToUtf8Bytes(recipient, Contract.Default.BulkRecipient);

    /// <inheritdoc cref="Bytes(BulkRecipient)"/>
    public static BulkRecipient Recipient(byte[] bytes) => JsonSerializer.Deserialize(bytes, Contract.Default.BulkRecipient)!;

    /// <summary>The keys of an offer by themselves, as the engine keeps them; null for none.</summary>
    public static byte[]? Bytes(Signing? signing) =>
        signing is null ? null : JsonSerializer.SerializeToUtf8Bytes(signing, Contract.Default.Signing);

    /// <inheritdoc cref="Bytes(Bulk.Signing)"/>
    public static Signing Signing(byte[] bytes) => JsonSerializer.Deserialize(bytes, Contract.Default.Signing)!;

    static int MaxOf(string schema) => schema == "mailing.reserve" ? MaxReserveBytes : MaxBytes;

    // It came from outside, and is about to stand in a log.
    static string Shown(string schema) => string.Concat(schema.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '?'));

    internal static string HashOf(EngineMessage message) =>
        Encoded(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(message with { MsgId = Guid.Empty }, types[message.Schema])));

    internal static string HashOf(string text) => Encoded(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static string Encoded(byte[] hash) => Base64Url.EncodeToString(hash);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = 16
)]
[JsonSerializable(typeof(Reserve))]
[JsonSerializable(typeof(Chunk))]
[JsonSerializable(typeof(Commit))]
[JsonSerializable(typeof(Control))]
[JsonSerializable(typeof(Ask))]
[JsonSerializable(typeof(Close))]
[JsonSerializable(typeof(SuppressDelta))]
[JsonSerializable(typeof(SuppressBeat))]
[JsonSerializable(typeof(SiteGone))]
[JsonSerializable(typeof(Undeliverable))]
[JsonSerializable(typeof(Accepted))]
[JsonSerializable(typeof(OfferProgress))]
[JsonSerializable(typeof(Ended))]
[JsonSerializable(typeof(OutcomeBatch))]
[JsonSerializable(typeof(Signing))]
[JsonSerializable(typeof(MailContent[]))]
[JsonSerializable(typeof(MailSender))]
[JsonSerializable(typeof(Dictionary<string, string>))]
sealed partial class Contract : JsonSerializerContext;
