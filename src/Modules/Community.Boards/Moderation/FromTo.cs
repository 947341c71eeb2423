using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// What the moderation log says of where something came from and went: boards of a moved topic, titles of topics that were split or merged.
/// A topic takes its log along to another board, whose moderators may not know by it what stands on a board that they may not read.
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
        var named = lines.Where(l => NamesTitles(l.Act)).SelectMany(l => Titles(l.Reason)).Distinct().ToList();
        if (named.Count > 0)
        {
            titles = [.. await db.Topics.VisibleTo(reader).Where(t => named.Contains(t.Title)).Select(t => t.Title).ToListAsync(ct)];
            // A topic that was merged is shown to nobody; who may read what opened it may know how it was called.
            var (posts, places) = (db.Posts.VisibleTo(reader), db.FormerPlaces);
            titles.UnionWith(await db.Topics
                .Where(t => t.MergedInto != null && named.Contains(t.Title)
                    && places.Any(f => f.TopicId == t.Id && f.Number == 1 && posts.Any(p => p.Id == f.PostId)))
                .Select(t => t.Title).ToListAsync(ct));
        }
        return (act, reason) => act is ModerationAct.Move ? Shown(reason, boards) : NamesTitles(act) ? Shown(reason, titles) : reason;
    }

    /// <summary>Takes titles that are deleted for good out of the log, whichever topic's line says them.</summary>
    /// <param name="db">The site's database, with an open change.</param>
    /// <param name="topics">The topics, of whose lines no title is left.</param>
    /// <param name="titles">How they were called.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task Forget(SiteDb db, IReadOnlyCollection<long> topics, IReadOnlySet<string> titles, CancellationToken ct)
    {
        // What stands before any arrow of a line, or behind one, may be a title.
        var (of, before, behind) = (topics.ToArray(), titles.Select(t => t + Arrow).ToArray(), titles.Select(t => Arrow + t).ToArray());
#pragma warning disable CA1310 // A query: the database compares octets.
        await db.ModerationLog
            .Where(m => (m.Act == ModerationAct.Split || m.Act == ModerationAct.Merge) && m.Reason != ""
                && (of.Contains(m.TopicId ?? 0) || before.Any(b => m.Reason.StartsWith(b)) || behind.Any(b => m.Reason.EndsWith(b))))
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Reason, ""), ct);
#pragma warning restore CA1310
    }

    static bool NamesTitles(ModerationAct act) => act is ModerationAct.Split or ModerationAct.Merge;

    static IEnumerable<string> Titles(string reason) => Pairs(reason).SelectMany(p => new[] { p.From, p.To });

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
