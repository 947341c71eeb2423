using System.Text.Json;
using Community.Kernel;

namespace Community.Members;

/// <summary>
/// mapping → checking → checked → running ⇄ stopped → done; checked → mapping; stopped, done → undoing → undone.
/// </summary>
public enum ImportState { Mapping, Checking, Checked, Running, Stopped, Done, Undoing, Undone }

/// <summary>
/// A file of members that is being imported. Checked and carried out in steps (<see cref="ImportWork"/>), each committed with its place in
/// the file and its numbers.
/// </summary>
public sealed class MemberImport
{
    /// <summary>An import can be undone this long; then what it needs for that is deleted.</summary>
    public const int UndoDays = 30;
    /// <summary>A file that nobody imports is deleted after so many days.</summary>
    public const int FileDays = 7;
    public const long MaxBytes = 64 * 1024 * 1024;
    public const int MaxColumns = 100, MaxRows = 1_000_000;

    public long Id { get; set; }
    public string FileName { get; set; } = "";
    /// <summary>The file's hash; null once it is deleted.</summary>
    public string? File { get; set; }
    public string FormatJson { get; set; } = "{}";
    public string MappingJson { get; set; } = "{}";
    public ImportState State { get; set; }
    /// <summary>The key of the reason why it stopped by itself; null if it did not.</summary>
    public string? StopText { get; set; }
    public DateTime At { get; set; }
    public long StartedBy { get; set; }
    /// <summary>Who stopped, resumed or undid it last.</summary>
    public long? ChangedBy { get; set; }
    public DateTime? EndedAt { get; set; }
    /// <summary>How many rows of members the file has; 0 until it was checked.</summary>
    public int Total { get; set; }
    /// <summary>How many rows are done.</summary>
    public int ReadUpTo { get; set; }
    public int Created { get; set; }
    public int Changed { get; set; }
    public int Unchanged { get; set; }
    public int Bad { get; set; }
    /// <summary>How many values are replaced, or deleted by a blank cell.</summary>
    public int Replaced { get; set; }
    /// <summary>Invitations: how many are to be sent, and how many are in the outbox. They follow the ids of the members.</summary>
    public int Invitations { get; set; }
    public int Invited { get; set; }
    public long InvitedUpTo { get; set; }
    /// <summary>The member up to whom it is undone.</summary>
    public long UndoneUpTo { get; set; }
    public int Undone { get; set; }
    /// <summary>Members who were left as they are, since somebody changed them after the import.</summary>
    public int Left { get; set; }

    public string Url => UrlOf(Id);
    public static string UrlOf(long id) => "/staff/members/import/" + id;
    public FileFormat Format
    {
        get => JsonSerializer.Deserialize<FileFormat>(FormatJson)!;
        set => FormatJson = JsonSerializer.Serialize(value);
    }
    public ImportMapping Mapping
    {
        get => JsonSerializer.Deserialize<ImportMapping>(MappingJson)!;
        set => MappingJson = JsonSerializer.Serialize(value);
    }

    public bool IsMoving => State is ImportState.Checking or ImportState.Running or ImportState.Undoing;
    public bool CanMap => State is ImportState.Mapping or ImportState.Checked && File is not null;
    public bool CanRun => State is ImportState.Checked && File is not null && Created + Changed > 0;
    public bool CanStop => State is ImportState.Checking or ImportState.Running;
    public bool CanResume => State is ImportState.Stopped && File is not null;
    public bool CanUndo(DateTime now) =>
        State is ImportState.Stopped or ImportState.Done && Created + Changed > 0 && now < At.AddDays(UndoDays);
    /// <summary>Rows or members done, of <see cref="Of"/>.</summary>
    public int Done => State is ImportState.Undoing or ImportState.Undone ? Undone + Left : ReadUpTo;
    public int Of => State is ImportState.Undoing or ImportState.Undone ? Created + Changed : Math.Max(Total, ReadUpTo);

    public void Begin(ImportState state)
    {
        (State, StopText, EndedAt, ReadUpTo) = (state, null, null, 0);
        (Created, Changed, Unchanged, Bad, Replaced, Invitations) = (0, 0, 0, 0, 0, 0);
    }

    public void Stop(string? why, DateTime now) =>
        // A check that did not end has changed nothing: the columns can be chosen again.
        (State, StopText, EndedAt) = (State is ImportState.Checking ? ImportState.Mapping : ImportState.Stopped, why, now);
}

/// <summary>A row that cannot be imported, or, as a note, something of it that was left out.</summary>
public sealed class ImportProblem
{
    public const int MaxValue = 200;

    public long Id { get; set; }
    public long ImportId { get; set; }
    /// <summary>The member whom the row is about, if there is one.</summary>
    public long? MemberId { get; set; }
    /// <summary>The number of the row of a member, and the line of the file on which it begins.</summary>
    public int Row { get; set; }
    public int Line { get; set; }
    /// <summary>The number of the column; -1 for the row as a whole.</summary>
    public int Column { get; set; }
    /// <summary>What the column is imported as: decides who may see the value.</summary>
    public string Target { get; set; } = "";
    public string? Value { get; set; }
    /// <summary>The key of the reason, and its arguments as JSON.</summary>
    public required string Reason { get; set; }
    public string Args { get; set; } = "[]";
    public bool IsNote { get; set; }
}

/// <summary>A member whom an import created or changed: what is needed to undo it.</summary>
public sealed class ImportedMember
{
    public long ImportId { get; set; }
    public long MemberId { get; set; }
    public int Row { get; set; }
    public int Line { get; set; }
    public bool IsNew { get; set; }
    /// <summary>A hash of what a new member was like: another one now means that somebody has changed it since.</summary>
    public long Mark { get; set; }
    /// <summary>The values of a changed member, before and after, as JSON: <see cref="ImportedValue"/>.</summary>
    public string? Values { get; set; }
    /// <summary>Why undoing left the member, or some values, as they are; null if it did not.</summary>
    public string? LeftText { get; set; }
}

/// <summary>What an import did to a value.</summary>
/// <param name="Target">As <see cref="ImportColumn.Target"/>.</param>
/// <param name="Before">The value before; null for none.</param>
/// <param name="After">The value that it wrote.</param>
public sealed record ImportedValue(string Target, string? Before, string? After);

/// <summary>
/// What a column of a kind of file was last imported as, so that the next file of the same system needs no choosing. Two kinds of files
/// may have a heading in common that means something else in each.
/// </summary>
public sealed class RememberedColumn
{
    /// <summary>Of a site; those that were used last are kept.</summary>
    public const int MaxKinds = 100;
    public const int MaxHeading = 100, MaxKind = 32;
    /// <summary>The kind of file: a hash of its headings, in whatever order. Empty for what is older than kinds.</summary>
    public string Kind { get; set; } = "";
    /// <summary>The heading, folded; may be empty.</summary>
    public required string Heading { get; set; }
    /// <summary>Which of the columns with this heading, from 0.</summary>
    public int Which { get; set; }
    public required string Target { get; set; }
    /// <summary>Whether members were recognised by it.</summary>
    public bool IsKey { get; set; }
    /// <summary>What values mean, as JSON: see <see cref="ImportColumn.Meanings"/>.</summary>
    public string Meanings { get; set; } = "{}";
    public DateTime At { get; set; }
}

/// <summary>A step of an import was committed: those of its members whose row lies between the two.</summary>
public sealed record MembersImported(long ImportId, int FirstRow, int LastRow) : SiteEvent;
