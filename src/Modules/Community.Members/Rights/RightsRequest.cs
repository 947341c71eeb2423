using System.Text.Json;
using Community.Kernel;

namespace Community.Members;

/// <summary>What somebody asks about their own data.</summary>
public enum RightsKind { Disclosure, Correction, Erasure }

public enum RightsState
{
    /// <summary>It waits, for staff or for the end of the period of grace.</summary>
    Open,
    /// <summary>The erasure runs, or has failed and is tried again.</summary>
    Running,
    Done,
    /// <summary>Staff declined it, with a reason.</summary>
    Declined,
    /// <summary>The member came back, or took it back.</summary>
    Withdrawn,
}

/// <summary>How a request came, as rows store it; shown as the text <c>rights.way.…</c>.</summary>
public static class RightsWay
{
    public const string Site = "site", Mail = "mail", Letter = "letter", Telephone = "telephone", Person = "person";
    /// <summary>Not asked for by the member: the rule for inactive members, a command, a restored backup.</summary>
    public const string Rule = "rule", Declined = "declined", Command = "command", Restored = "restored";

    /// <summary>The ways that staff choose from.</summary>
    public static readonly IReadOnlyList<string> OfStaff = [Mail, Letter, Telephone, Person, Site];
    public static readonly IReadOnlyList<string> All = [.. OfStaff, Rule, Declined, Command, Restored];
}

/// <summary>
/// A request for disclosure, correction or erasure, with its clock. The row of an erasure is written before the first deletion, and stays
/// with the bare id as the record that it was done.
/// </summary>
public sealed class RightsRequest
{
    public const int MaxNoteLength = 2000;

    public long Id { get; set; }
    public long MemberId { get; set; }
    public RightsKind Kind { get; set; }
    public RightsState State { get; set; }
    public required string Way { get; set; }
    public DateTime ReceivedAt { get; set; }
    /// <summary>When it has to be answered; of an erasure with a period of grace, when it begins.</summary>
    public DateTime DueAt { get; set; }
    public DateTime? DoneAt { get; set; }
    /// <summary>Who wrote it down, of the staff; null for the member.</summary>
    public long? ReceivedBy { get; set; }
    public long? DoneBy { get; set; }
    /// <summary>What was asked, in words; cleared when the member is erased.</summary>
    public string Note { get; set; } = "";
    /// <summary>Why it was declined, as the member reads it; cleared when the member is erased.</summary>
    public string Answer { get; set; } = "";
    /// <summary>What each module did, as JSON: see <see cref="ReadOutcome"/>.</summary>
    public string Outcome { get; set; } = "";
    /// <summary>Where and why the erasure failed last; it is tried again.</summary>
    public string? Failure { get; set; }
    /// <summary>Texts of others in which the name stands, typed by hand: addresses of pages, one a line.</summary>
    public string Typed { get; set; } = "";
    /// <summary>When staff have decided about them.</summary>
    public DateTime? TypedSeenAt { get; set; }

    public bool IsOpen => State is RightsState.Open or RightsState.Running;

    /// <summary>What one module did at an erasure.</summary>
    /// <param name="Module">Its name.</param>
    /// <param name="Deleted">Rows deleted.</param>
    /// <param name="Anonymised">Rows that stay without the member.</param>
    /// <param name="Kept">Rows that stay with the bare id.</param>
    public sealed record Part(string Module, int Deleted, int Anonymised, int Kept);

    public IReadOnlyList<Part> ReadOutcome() => Outcome.Length == 0 ? [] : JsonSerializer.Deserialize<List<Part>>(Outcome)!;

    public static string Written(IEnumerable<Part> parts) => JsonSerializer.Serialize(parts);

    public IEnumerable<string> TypedPages => Typed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>An erasure, in the catalogue: if the site's database is restored from a backup, it is done again.</summary>
/// <remarks>Holds nothing that names anybody: a number that is never given again, and the hash of a random word.</remarks>
public sealed class ErasedMember
{
    public long Id { get; set; }
    public long SiteId { get; set; }
    public long MemberId { get; set; }
    /// <summary>SHA-256 of <see cref="Member.Handle"/>: after a restore, a new member may get the same number.</summary>
    public required string HandleHash { get; set; }
    public DateTime At { get; set; }
}
