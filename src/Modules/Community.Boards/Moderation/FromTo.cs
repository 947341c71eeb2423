using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// What the moderation log says of where something came from and went: boards of a moved topic, titles of a split one. A topic takes its
/// log along to another board, whose moderators may not know by it what stands on a board that they may not read.
/// </summary>
static class FromTo
{
    const string Arrow = " → ";
    /// <summary>Stands for a name that the reader may not know.</summary>
    const string Elsewhere = "…";

    public static string Of(string from, string to) => from + Arrow + to;

    /// <summary>The lines' reasons as the reader may see them. Names that are those of nothing that they may read are left out.</summary>
    public static async Task<Func<ModerationAct, string, string>> ShownTo(
        SiteDb db,
        Reader reader,
        IReadOnlyList<(ModerationAct Act, string Reason)> lines,
        CancellationToken ct
    )
    {
        if (reader.Moderates()) return (_, reason) => reason;
        var (boards, titles) = (new HashSet<string>(), new HashSet<string>());
        if (lines.Any(l => l.Act is ModerationAct.Move))
            boards = [.. await db.Boards.VisibleTo(reader).Select(b => b.Name).ToListAsync(ct)];
        var split = lines.Where(l => l.Act is ModerationAct.Split).SelectMany(l => Pairs(l.Reason)).SelectMany(p => new[] { p.From, p.To })
            .Distinct().ToList();
        if (split.Count > 0)
            titles = [.. await db.Topics.VisibleTo(reader).Where(t => split.Contains(t.Title)).Select(t => t.Title).ToListAsync(ct)];
        return (act, reason) => act switch
        {
            ModerationAct.Move => Shown(reason, boards),
            ModerationAct.Split => Shown(reason, titles),
            _ => reason,
        };
    }

    /// <summary>A name may have an arrow in it, so the words are read in every way.</summary>
    static string Shown(string reason, HashSet<string> known)
    {
        var pairs = Pairs(reason).ToList();
        if (pairs.Exists(p => known.Contains(p.From) && known.Contains(p.To))) return reason;
        if (pairs.Find(p => known.Contains(p.To)) is { To: { } to }) return Of(Elsewhere, to);
        return pairs.Find(p => known.Contains(p.From)) is { From: { } from } ? Of(from, Elsewhere) : "";
    }

    static IEnumerable<(string From, string To)> Pairs(string reason)
    {
        var words = reason.Split(Arrow);
        for (var i = 1; i < words.Length; i++) yield return (string.Join(Arrow, words[..i]), string.Join(Arrow, words[i..]));
    }
}
