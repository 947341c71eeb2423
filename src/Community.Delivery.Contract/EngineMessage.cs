using System.Text.Json.Serialization;

namespace Community.Bulk;

/// <summary>A command of a site to the bulk engine, or a fact of the engine for a site. Written and read by <see cref="Wire"/>.</summary>
/// <remarks>The fields of a version never change: a new field is a new version. An unknown schema, version or field is a
/// <see cref="BadMessageException"/>, and the message a dead letter.</remarks>
public abstract record EngineMessage
{
    /// <summary>What it is, such as <c>mailing.chunk</c>.</summary>
    [JsonIgnore]
    public abstract string Schema { get; }

    /// <summary>The version of its fields.</summary>
    [JsonIgnore]
    public virtual int Version => 1;

    /// <summary>UUIDv7. The same message published again keeps it; two messages never share one.</summary>
    [JsonPropertyOrder(-9)]
    public Guid MsgId { get; init; } = Guid.CreateVersion7();

    /// <summary>The site's key.</summary>
    [JsonPropertyOrder(-8)]
    public required string Site { get; init; }

    /// <summary>A key of its contents, without <see cref="MsgId"/>: the same key with another hash is an error, not an update.</summary>
    [JsonIgnore]
    public string Hash => hash ??= Wire.HashOf(this);

    string? hash;

    /// <summary>A copy made by <c>with</c> has other contents, so another hash.</summary>
    protected EngineMessage(EngineMessage original) => (MsgId, Site) = (original.MsgId, original.Site);

    protected EngineMessage() { }

    /// <summary>Why it is out of bounds; null if it is not.</summary>
    internal virtual string? Problem() =>
        Site.Length is 0 or > MaxKey ? "site" : MsgId == Guid.Empty ? "msg_id" : null;

    internal const int MaxKey = 100;
}

/// <summary>A message about one offer of a mailing.</summary>
public abstract record OfferMessage : EngineMessage
{
    /// <summary>The mailing's identifier outside of its site's database.</summary>
    [JsonPropertyOrder(-7)]
    public required Guid MailingId { get; init; }

    /// <summary>The number of the offer, from 1: each offer of a mailing has a higher one, and none is offered twice.</summary>
    [JsonPropertyOrder(-6)]
    public required int Rev { get; init; }

    internal override string? Problem() =>
        base.Problem() ?? (MailingId == Guid.Empty ? "mailing_id" : Rev < 1 ? "rev" : null);
}
