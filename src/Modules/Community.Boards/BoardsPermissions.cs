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
    /// <summary>The same for at least one board: for pages that show of each board what its moderators may see.</summary>
    public const string ModerateSome = Moderate + Permission.OnSome;
    /// <summary>Create boards and decide who reads and writes in them.</summary>
    public const string Manage = "boards.manage";

    internal static readonly IReadOnlyList<Permission> All =
    [
        new(Write, [Roles.Member, .. Roles.Staff]),
        new(WriteAnnouncements, [.. Roles.Staff]),
        new(Moderate, Roles.Moderator, Roles.Administrator),
        new(Manage, Roles.Administrator),
    ];

    /// <summary>Whether the reader moderates every board. Of one board, ask <see cref="Board.MayModerate"/>.</summary>
    public static bool Moderates(this Reader reader) => reader.May(Moderate);

    /// <summary>Whether the reader moderates the board with this id.</summary>
    public static bool Moderates(this Reader reader, long board) => reader.May(Moderate, board);

    /// <summary>The boards that the reader moderates who does not moderate all.</summary>
    public static IReadOnlyList<long> ModeratedBoards(this Reader reader) => reader.Moderates() ? [] : reader.ThingsOf(Moderate);
}
