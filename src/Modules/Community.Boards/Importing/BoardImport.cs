using Community.Kernel;

namespace Community.Boards;

/// <summary>checking → checked → running ⇄ stopped → done; stopped, done → undoing → undone.</summary>
public enum BoardImportState { Checking, Checked, Running, Stopped, Done, Undoing, Undone }

/// <summary>What kind of file it is.</summary>
public enum BoardImportFormat { Mbox, Json, Csv }

/// <summary>
/// A file of posts that is brought into a board. Checked, carried out and undone in steps (<see cref="ImportPosts"/>), each committed with
/// its place in the file and its numbers.
/// </summary>
public sealed class BoardImport
{
    /// <summary>What a browser may send; larger files are laid into the folder, see <see cref="ImportFolder"/>.</summary>
    public const long MaxUpload = 256L * 1024 * 1024;
    /// <summary>What becomes of an upload that is packed.</summary>
    public const long MaxUnpacked = 8 * MaxUpload;
    public const int MaxPosts = 2_000_000;
    /// <summary>An uploaded file that nobody imports is deleted after so many days.</summary>
    public const int FileDays = 14;

    public long Id { get; set; }
    public long BoardId { get; set; }
    public BoardImportFormat Format { get; set; }
    /// <summary>As whoever brought it called it.</summary>
    public string FileName { get; set; } = "";
    /// <summary>Its name in the folder; null once it is deleted.</summary>
    public string? File { get; set; }
    /// <summary>Whether the file was sent by a browser, and goes when it is no longer needed.</summary>
    public bool IsUpload { get; set; }
    /// <summary>Whether posts become those of members with the same confirmed address; else all authors are guests.</summary>
    public bool TakeMembers { get; set; }
    public BoardImportState State { get; set; }
    /// <summary>The key of the reason why it stopped by itself; null if it did not.</summary>
    public string? StopText { get; set; }
    public DateTime At { get; set; }
    /// <summary>Null for a command on the server.</summary>
    public long? StartedBy { get; set; }
    /// <summary>Who began, stopped, resumed or undid it last.</summary>
    public long? ChangedBy { get; set; }
    public DateTime? EndedAt { get; set; }

    /// <summary>The octets of the file, and how many of them, with how many lines, the check has read.</summary>
    public long Bytes { get; set; }
    public long ReadUpTo { get; set; }
    public int Lines { get; set; }
    /// <summary>Posts that the file has, good or bad.</summary>
    public int Found { get; set; }
    /// <summary>What cannot be imported.</summary>
    public int Bad { get; set; }
    /// <summary>What the file has twice, or the board has already.</summary>
    public int Known { get; set; }
    public int Topics { get; set; }
    public int Authors { get; set; }
    public int FilesFound { get; set; }

    /// <summary>How many of the good posts are done, in the order in which they are written.</summary>
    public int DoneUpTo { get; set; }
    public int Posts { get; set; }
    public int Files { get; set; }
    /// <summary>The topic up to which it is undone.</summary>
    public long UndoneUpTo { get; set; }
    public int Undone { get; set; }
    /// <summary>Posts that undoing left, since somebody has answered or changed them.</summary>
    public int Left { get; set; }

    public string Url => "/staff/boards/import/" + Id;
    public int Good => Found - Bad - Known;
    public bool IsMoving => State is BoardImportState.Checking or BoardImportState.Running or BoardImportState.Undoing;
    public bool CanRun => State is BoardImportState.Checked && File is not null && Good > 0;
    public bool CanStop => State is BoardImportState.Checking or BoardImportState.Running;
    public bool CanResume => State is BoardImportState.Stopped && File is not null;
    public bool CanUndo => State is BoardImportState.Stopped or BoardImportState.Done && Posts > 0;
    /// <summary>What brought nothing, or nothing that is still there: also a check that was stopped.</summary>
    public bool CanDiscard => !IsMoving && (State is BoardImportState.Checked or BoardImportState.Undone || Posts == 0);

    /// <summary>How far it is, in octets while it is checked and in posts afterwards.</summary>
    public (long Done, long Of) Progress => State switch
    {
        BoardImportState.Checking => (ReadUpTo, Bytes),
        BoardImportState.Undoing or BoardImportState.Undone => (Undone + Left, Posts),
        _ => (DoneUpTo, Good),
    };

    public void Stop(string? why, DateTime now) => (State, StopText, EndedAt) = (BoardImportState.Stopped, why, now);
}

/// <summary>
/// A post of a file: where it stands there, what it answers, and, once it is written, which post it became. What is kept of it afterwards
/// tells what the board has already, and which key the export writes.
/// </summary>
public sealed class ImportedPost
{
    public const int MaxKey = 250;

    public long ImportId { get; set; }
    /// <summary>Its number in the file, from 1.</summary>
    public int Number { get; set; }
    /// <summary>The octet and the line at which it begins.</summary>
    public long Place { get; set; }
    public int Line { get; set; }
    /// <summary>See <see cref="SourcePost.Key"/>, and its hash.</summary>
    public required string Key { get; set; }
    public long KeyHash { get; set; }
    /// <summary>The hashes of <see cref="SourcePost.Answers"/>, eight octets each; null for none.</summary>
    public byte[]? Answers { get; set; }
    /// <summary>The hash of <see cref="SourcePost.Thread"/>; 0 for none.</summary>
    public long Thread { get; set; }
    /// <summary>The hash of the subject without "Re:"; 0 for none.</summary>
    public long SubjectHash { get; set; }
    /// <summary>Whether the subject has a "Re:".</summary>
    public bool IsReply { get; set; }
    /// <summary>Whether the file has its number in its topic.</summary>
    public bool IsNumbered { get; set; }
    public DateTime? At { get; set; }
    /// <summary>The hash of the sender, to count them.</summary>
    public long SenderHash { get; set; }
    public long? PostId { get; set; }
    public long? GuestId { get; set; }
}

/// <summary>
/// An author of imported posts who is no member. Posts carry the name; the address is shown to nobody, and tells that two posts are of
/// one person.
/// </summary>
public sealed class Guest
{
    public const int MaxName = 80;

    public long Id { get; set; }
    /// <summary>Null once it is erased.</summary>
    public string? Name { get; set; }
    /// <summary>As in the file; null if there was none, or it is erased.</summary>
    public string? Address { get; set; }
    /// <summary>The hash of name and address, by which the next post of the same guest finds the row.</summary>
    public long Mark { get; set; }
    public DateTime? ErasedAt { get; set; }
}

/// <summary>A post that was not imported, or, as a note, something of it that was left out or is not sure.</summary>
public sealed class BoardImportFault
{
    public const int MaxWhat = 200;

    public long Id { get; set; }
    public long ImportId { get; set; }
    public int Number { get; set; }
    public long Place { get; set; }
    public int Line { get; set; }
    /// <summary>Its Message-ID or key, if it has one.</summary>
    public string? Key { get; set; }
    /// <summary>The key of the reason, and what it names.</summary>
    public required string Reason { get; set; }
    public string What { get; set; } = "";
    public bool IsNote { get; set; }

    /// <summary>Words of the file as <see cref="What"/> has them: a file may contain what no database stores.</summary>
    internal static string WhatOf(string words) => Truncate.To(MaxWhat, PostText.Reason(words));
}
