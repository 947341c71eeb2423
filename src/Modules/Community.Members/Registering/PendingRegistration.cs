using System.Text.Json;

namespace Community.Members;

/// <summary>
/// What somebody typed to register an address, before proving ownership of it. Each registration of an address has its own row and
/// link; the one whose link is used is copied to the member, the others deleted. Before, the member's row has only the first one's name.
/// </summary>
public sealed class PendingRegistration
{
    public long Id { get; set; }
    /// <summary>The unconfirmed member who has the address.</summary>
    public long MemberId { get; set; }
    public required string Name { get; set; }
    /// <summary>Null for whoever comes by a provider.</summary>
    public string? PasswordHash { get; set; }
    /// <summary>The account at a provider by which the member will sign in; see <see cref="ProviderAccount"/>.</summary>
    public long? ProviderId { get; set; }
    public string? Issuer { get; set; }
    public string? Subject { get; set; }
    public string? Language { get; set; }
    /// <summary>The boxes that were ticked, as JSON: see <see cref="ReadConsents"/>.</summary>
    public string Consents { get; set; } = "[]";
    /// <summary>The <see cref="TermsSeen"/> that were agreed to, separated by spaces.</summary>
    public string Agreed { get; set; } = "";
    /// <summary>The values of attributes, as JSON; see <see cref="ReadValues"/>.</summary>
    public string Values { get; set; } = "{}";
    /// <summary>The <see cref="Invitation"/> that was used; null for none.</summary>
    public long? InvitationId { get; set; }
    public DateTime At { get; set; }
    /// <summary>When its e-mail was last sent; null if none was, because of <see cref="MailRateLimit"/>.</summary>
    public DateTime? MailAt { get; set; }

    /// <summary>A ticked box.</summary>
    /// <param name="KindId">The kind of mail.</param>
    /// <param name="Text">The sentence shown beside it.</param>
    /// <param name="Revision">The revision of the kind's text that it was.</param>
    public sealed record Ticked(long KindId, string Text, int? Revision = null);

    /// <summary>The form's fields: <c>attribute-7</c>, or <c>attribute-7.city</c> for a part, with what was typed.</summary>
    public IReadOnlyDictionary<string, string[]> ReadValues() => JsonSerializer.Deserialize<Dictionary<string, string[]>>(Values)!;

    public IReadOnlyList<Ticked> ReadConsents() => JsonSerializer.Deserialize<List<Ticked>>(Consents)!;

    public IReadOnlyList<TermsSeen> ReadAgreed() => [.. Agreed.Split(' ').Select(TermsSeen.Parse).OfType<TermsSeen>()];

    public static string Written(IReadOnlyDictionary<string, string[]>? typed) => typed is null ? "{}" : JsonSerializer.Serialize(typed);

    public static string Written(IEnumerable<MailKind> kinds) =>
        JsonSerializer.Serialize(kinds.Select(k => new Ticked(k.Id, k.Sentence, k.Revision)));
}
