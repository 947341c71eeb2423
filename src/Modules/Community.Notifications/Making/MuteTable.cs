namespace Community.Notifications;

/// <summary>Which mute silences which kind of notice, for the help; a test compares it with what happens.</summary>
public static class MuteTable
{
    /// <summary>What others do to be heard. What waits for moderators, and what they decided, no mute silences.</summary>
    public static readonly IReadOnlyList<NoticeKind> Kinds =
        [.. Enum.GetValues<NoticeKind>().Where(k => k is <= NoticeKind.GroupRequest or NoticeKind.Reaction)];

    /// <summary>Whether the kind is silent if its person, its topic or its board is muted, in this order.</summary>
    public static IReadOnlyList<bool> Of(NoticeKind kind) => kind switch
    {
        // A duty.
        >= NoticeKind.Report and not NoticeKind.Reaction => [false, false, false],
        _ => [true, true, true],
    };
}
