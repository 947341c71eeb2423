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
