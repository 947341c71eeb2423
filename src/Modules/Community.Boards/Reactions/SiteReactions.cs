using System.Globalization;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The reactions of a site, in order, from memory. Until staff change something they are the usual ones.</summary>
public sealed class SiteReactions(SiteDb db, IStringLocalizer texts)
{
    /// <summary>What a change touches; see <see cref="SiteDb.Cached"/>.</summary>
    internal const string Cache = "@reactions";

    static readonly string[] usual = ["👍", "🙏", "💡", "🎉", "😊"];

    /// <summary>The emoji of a site's reactions by id, retired ones included, as the database has them.</summary>
    internal static async Task<Dictionary<long, string>> Emoji(SiteDb db, CancellationToken ct) =>
        await db.Reactions.ToDictionaryAsync(r => r.Id, r => r.Emoji, ct) is { Count: > 0 } own
            ? own : usual.Select((emoji, i) => (1L << i, emoji)).ToDictionary(u => u.Item1, u => u.emoji);

    /// <summary>
    /// The ids of these emoji, in the open change. What the site does not have is made as a retired one, so that what was given stays and
    /// nobody can choose it; what is no emoji, or would be too many, is left out.
    /// </summary>
    internal async Task<Dictionary<string, long>> IdsOf(IReadOnlyCollection<string> emoji, CancellationToken ct)
    {
        if (emoji.Count == 0) return [];
        await Locks.Reactions(db, ct);
        var all = await db.Reactions.ToListAsync(ct);
        var stored = all.Count > 0;
        if (!stored) all = [.. Usual()];
        var ids = all.ToDictionary(r => r.Emoji, r => r.Id);
        var missing = emoji.Where(e => !ids.ContainsKey(e) && IsOne(e)).Distinct().Take(Reaction.MaxMade - all.Count).ToList();
        if (missing.Count == 0) return ids;
        if (!stored) db.Reactions.AddRange(all);
        foreach (var one in missing)
        {
            var made = new Reaction
            {
                Id = all.Max(r => r.Id) << 1,
                Emoji = one,
                Names = Translations.Of(_ => one),
                Position = all.Max(r => r.Position) + 1,
                RetiredAt = db.Now,
            };
            all.Add(made);
            db.Reactions.Add(made);
            ids.Add(one, made.Id);
        }
        db.Touch(Cache);
        return ids;
    }

    static bool IsOne(string emoji) => Naming.ReadOptional(emoji) is { Fault: null } read && read.Text == emoji
        && emoji.Length is > 0 and <= Reaction.MaxEmojiLength && new StringInfo(emoji).LengthInTextElements == 1;

    /// <summary>Retired ones included. Shared by requests: not to be changed.</summary>
    public ValueTask<IReadOnlyList<Reaction>> All(CancellationToken ct = default) =>
        db.Cached<IReadOnlyList<Reaction>>(Cache, async (site, stop) =>
            await site.Reactions.AsNoTracking().OrderBy(r => r.Position).ThenBy(r => r.Id).ToListAsync(stop) is { Count: > 0 } own
                ? own : Usual(), ct);

    /// <summary>The usual ones, as rows that are not stored yet.</summary>
    internal IReadOnlyList<Reaction> Usual() =>
    [
        .. usual.Select((emoji, i) => new Reaction
        {
            Id = 1L << i,
            Emoji = emoji,
            Names = Translations.Of(language => texts.In(language, $"boards.reaction.usual.{i + 1}")),
            Position = i,
        }),
    ];
}
