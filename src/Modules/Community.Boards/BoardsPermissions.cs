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

    /// <summary>Delete posts for good, on boards that one moderates.</summary>
    public const string Erase = "boards.erase";

    internal static readonly IReadOnlyList<Permission> All =
    [
        new(Write, [Roles.Member, .. Roles.Staff]),
        new(WriteAnnouncements, [.. Roles.Staff]),
        new(Moderate, Roles.Moderator, Roles.Administrator),
        new(Erase, Roles.Administrator),
        new(Manage, Roles.Administrator),
    ];

    /// <summary>Whether the reader moderates every board. Of one board, ask <see cref="Board.MayModerate"/>.</summary>
    public static bool Moderates(this Reader reader) => reader.May(Moderate);

    /// <summary>Whether the reader moderates the board with this id.</summary>
    public static bool Moderates(this Reader reader, long board) => reader.May(Moderate, board);

    /// <summary>The actor's current state, who moderates the board with this id; without one, any board.</summary>
    /// <remarks>
    /// Who moderates single boards is not told what there is elsewhere: the answer is the same whether there is such a topic or not.
    /// </remarks>
    /// <exception cref="Denied">The actor is not, or no longer, a moderator of it.</exception>
    public static async Task<Reader> RequireModerator(this Actors actors, Reader actor, long? board)
    {
        var now = await actors.Require(actor, ModerateSome);
        return now.Moderates() || (board is { } id && now.Moderates(id)) ? now : throw new Denied();
    }

    /// <summary>The boards that the reader moderates who does not moderate all.</summary>
    public static IReadOnlyList<long> ModeratedBoards(this Reader reader) => reader.Moderates() ? [] : reader.ThingsOf(Moderate);
}
