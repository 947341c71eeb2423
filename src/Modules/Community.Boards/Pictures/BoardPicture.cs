using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// The picture of a board, as pages show it. Its address names the content; whether somebody may see it is asked at each request, see
/// <see cref="BoardPictureEndpoints"/>.
/// </summary>
/// <param name="Hash">See <see cref="StoredFile.Hash"/>.</param>
/// <param name="Small">The less wide version; null if there is none.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Alt">What it shows; empty if it is decoration.</param>
public sealed record BoardPicture(string Hash, string? Small, int Width, int Height, string Alt)
{
    public const string Path = "/files/board-";

    public static BoardPicture? Of(Board board) => board.PictureHash is { } hash
        ? new(hash, board.PictureSmallHash, board.PictureWidth, board.PictureHeight, board.PictureAlt)
        : null;

    // A theme may show it as large as a card is wide: where the browser knows how wide that is, it chooses.
    public MarkupString InList => Html.Of(
        $"<img class=\"board-picture\" src=\"{Path + (Small ?? Hash)}\" alt=\"{Alt}\" {Wider} loading=\"lazy\" {Room}>");

    public MarkupString InHead => Html.Of($"<img class=\"board-head-picture\" src=\"{Path + Hash}\" alt=\"{Alt}\" {Room}>");

    // Its room is kept before it is loaded.
    MarkupString Room => Html.Of($"width=\"{Width}\" height=\"{Height}\"");

    MarkupString Wider => Small is null
        ? default
        : Html.Of($"srcset=\"{Path + Small} 320w, {Path + Hash} {Width}w\" sizes=\"auto, 5rem\"");

    /// <summary>Which of the contents are pictures of boards.</summary>
    internal static async Task<IReadOnlyCollection<string>> FilesInUse(
        SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var some = await db.Boards
            .Where(b => hashes.Contains(b.PictureHash!) || hashes.Contains(b.PictureSmallHash!))
            .Select(b => new { b.PictureHash, b.PictureSmallHash })
            .ToListAsync(ct);
        return [.. some.SelectMany(b => new[] { b.PictureHash, b.PictureSmallHash }).OfType<string>().Distinct()];
    }
}
