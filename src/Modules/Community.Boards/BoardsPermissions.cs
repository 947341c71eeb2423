using Community.Kernel;
using Community.Members;

namespace Community.Boards;

public static class BoardsPermissions
{
    /// <summary>To take part: write where the board allows it, report a post, keep what one has read.</summary>
    public const string Write = "boards.write";
    /// <summary>To write in boards that are for reading only.</summary>
    public const string WriteAnnouncements = "boards.write-announcements";
    /// <summary>To read every board, and to hide, lock, pin and move.</summary>
    public const string Moderate = "boards.moderate";
    /// <summary>To make boards and say who reads and writes in them.</summary>
    public const string Manage = "boards.manage";

    /// <summary>The acts of the audit log by which staff make the boards their own.</summary>
    public static readonly string[] ActsOnBoards = ["boards.create", "boards.change", "boards.delete", "boards.order"];

    internal static readonly IReadOnlyList<Permission> All =
    [
        new(Write, [Roles.Member, .. Roles.Staff]),
        new(WriteAnnouncements, [.. Roles.Staff]),
        new(Moderate, Roles.Moderator, Roles.Administrator),
        new(Manage, Roles.Administrator),
    ];

    /// <summary>Whether the reader has a permission of this module.</summary>
    public static bool May(this Reader reader, string permission) =>
        reader.IsMember && All.Single(p => p.Name == permission).Roles.Any(reader.Is);

    public static bool Moderates(this Reader reader) => reader.May(Moderate);
}
