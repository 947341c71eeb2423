namespace Community.Boards;

/// <summary>Fields of mails of an archive of ours, beside those that every mail has.</summary>
static class ArchiveFields
{
    public const string Format = "X-Community-Format", Markdown = "markdown";
    /// <summary>Keys of the mail are written as <see cref="ArchiveNames.InMail"/> does.</summary>
    public const string Keys = "X-Community-Keys", Escaped = "escaped";
    public const string Date = "X-Community-Date", Topic = "X-Community-Topic", Number = "X-Community-Number", Title = "X-Community-Title";
    public const string Edited = "X-Community-Edited", Deleted = "X-Community-Deleted";
    public const string Hidden = "X-Community-Hidden", HiddenReason = "X-Community-Hidden-Reason";
    public const string Pinned = "X-Community-Pinned", Locked = "X-Community-Locked";
    public const string Archived = "X-Community-Archived";
    public const string TopicHidden = "X-Community-Topic-Hidden", TopicHiddenReason = "X-Community-Topic-Hidden-Reason";
    public const string Reactions = "X-Community-Reactions", Poll = "X-Community-Poll";
    /// <summary>Of a part: an earlier version, from and until when it stood there; or a file, with its mark and its name.</summary>
    public const string Written = "X-Community-Written", Replaced = "X-Community-Replaced";
    public const string File = "X-Community-File", Name = "X-Community-Name";
}
