using System.Globalization;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A topic in few words, for a card that leads to it.</summary>
static partial class TopicCard
{
    public static async Task<PageCard?> Of(SiteDb db, Reader reader, string path, CancellationToken ct)
    {
        if (TopicPath().Match(path) is not { Success: true } match) return null;
        var id = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        var title = await db.Topics.AsNoTracking().VisibleTo(reader).Where(t => t.Id == id).Select(t => t.Title).FirstOrDefaultAsync(ct);
        if (title is null) return null;
        var text = await db.Posts.AsNoTracking().VisibleTo(reader).Where(p => p.TopicId == id && p.Number == 1).Select(p => p.Text)
            .FirstOrDefaultAsync(ct);
        return new(title, Markup.ToLine(text ?? "", PageCard.MaxBeginning));
    }

    [GeneratedRegex(@"^/boards/[^/?#]+/([0-9]{1,18})(?:[-/?#].*)?\z")]
    private static partial Regex TopicPath();
}
