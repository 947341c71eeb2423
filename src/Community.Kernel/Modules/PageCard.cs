using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>A page of the site in few words, for a card that leads to it.</summary>
/// <param name="Beginning">Of its text: one line, without Markdown.</param>
public sealed record PageCard(string Title, string Beginning)
{
    /// <summary>Characters of <see cref="Beginning"/>.</summary>
    public const int MaxBeginning = 160;
}

/// <summary>Finds the cards of pages: each module knows its own (<see cref="Module.CardOf"/>).</summary>
public sealed class PageCards(SiteDb db, IOptions<CommunityOptions> options)
{
    /// <param name="reader">Who asks: what they may not see has no card.</param>
    /// <param name="address">Within the site, with its host or without.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<PageCard?> Of(Reader reader, string address, CancellationToken ct = default)
    {
        var root = options.Value.UrlOf(db.Site, "/");
        var path = address.StartsWith(root, StringComparison.OrdinalIgnoreCase) ? address[(root.Length - 1)..] : address;
        if (!path.StartsWith('/')) return null;
        foreach (var module in db.Modules.Of(db.Site))
            if (await module.CardOf(db, reader, path, ct) is { } card) return card;
        return null;
    }
}
