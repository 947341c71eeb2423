using Community.Kernel;
using Community.Members;

namespace Community.Boards;

public static class BoardsPermissions
{
    /// <summary>Take part: write where the board allows it, report posts, store what one has read.</summary>
    public const string Write = "boards.write";
    /// <summary>Write in read-only boards.</summary>
    public const string WriteAnnouncements = "boards.write-announcements";
    /// <summary>Read every board; hide, lock, pin and move.</summary>
    public const string Moderate = "boards.moderate";
    /// <summary>Create boards and decide who reads and writes in them.</summary>
    public const string Manage = "boards.manage";

    internal static readonly IReadOnlyList<Permission> All =
    [
        new(Write, [Roles.Member, .. Roles.Staff]),
        new(WriteAnnouncements, [.. Roles.Staff]),
        new(Moderate, Roles.Moderator, Roles.Administrator),
        new(Manage, Roles.Administrator),
    ];

    public static bool Moderates(this Reader reader) => reader.May(Moderate);

    /// <summary>Only moderators see hidden topics and the text of hidden posts.</summary>
    public static bool SeesHidden(this Reader reader) => reader.Moderates();
}
