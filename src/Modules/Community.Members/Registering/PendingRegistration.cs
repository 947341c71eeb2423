using System.Text.Json;

namespace Community.Members;

/// <summary>
/// What somebody typed who registered an address, and has not proved to have. Each registration of an address has a row and a link of
/// its own; the one whose link is used becomes the member, the others go. None of it stands in the member's row before.
/// </summary>
public sealed class PendingRegistration
{
    public long Id { get; set; }
    /// <summary>The member of the address, unconfirmed.</summary>
    public long MemberId { get; set; }
    public required string Name { get; set; }
    public required string PasswordHash { get; set; }
    public string? Language { get; set; }
    /// <summary>The boxes that were ticked, as JSON: see <see cref="ReadConsents"/>.</summary>
    public string Consents { get; set; } = "[]";
    public DateTime At { get; set; }
    /// <summary>When its e-mail was last sent; null if the address had had one a moment before.</summary>
    public DateTime? MailAt { get; set; }

    /// <summary>One box that was ticked.</summary>
    /// <param name="Text">The sentence that stood beside it.</param>
    public sealed record Ticked(long KindId, string Text);

    public IReadOnlyList<Ticked> ReadConsents() => JsonSerializer.Deserialize<List<Ticked>>(Consents)!;

    public static string Written(IEnumerable<MailKind> kinds) => JsonSerializer.Serialize(kinds.Select(k => new Ticked(k.Id, k.Sentence)));
}
