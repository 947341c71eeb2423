using System.Collections.Concurrent;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>What one archived mailing says to anybody.</summary>
/// <param name="Id">The mailing.</param>
/// <param name="StartedAt">When it was sent.</param>
/// <param name="Title">Its subject with the fields of recipients as fields, for lists.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Text">Its plain text.</param>
public sealed record ArchivedText(long Id, DateTime StartedAt, string Title, string Subject, string Text);

/// <summary>
/// The words of archived mailings, in memory: what was sent never changes, and lists and feeds are asked for more often than anything is
/// sent. Each is parsed and written once.
/// </summary>
public sealed class ArchivedTexts(IStringLocalizer texts)
{
    const int MaxKept = 300;

    /// <param name="StartedAt">Of a site that was restored, another mailing may have had the id.</param>
    /// <param name="Fields">The merge fields that the site has now.</param>
    sealed record Key(long Site, long Mailing, DateTime StartedAt, byte Winner, string Language, string Leave, string Fields);

    readonly ConcurrentDictionary<Key, ArchivedText> kept = new();

    /// <summary>The words of some mailings, in their order.</summary>
    /// <param name="db">The site.</param>
    /// <param name="mailings">Of an archive, see <see cref="MailingArchive.Archived"/>; few.</param>
    /// <param name="language">In which they are read.</param>
    /// <param name="leave">Where a reader chooses what mail to get.</param>
    /// <param name="services">Of the site.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<IReadOnlyList<ArchivedText>> Of(
        SiteDb db, IQueryable<Mailing> mailings, string language, string leave, IServiceProvider services, CancellationToken ct)
    {
        var fields = (await MergeFields.On(db, ct)).Written;
        var rows = await mailings.Select(m => new { m.Id, StartedAt = m.StartedAt!.Value, m.Winner }).ToListAsync(ct);
        var keys = rows.ConvertAll(m => new Key(db.Site.Id, m.Id, m.StartedAt, m.Winner ?? 0, language, leave, fields));
        var found = keys.Where(kept.ContainsKey).ToDictionary(k => k.Mailing, k => kept.GetValueOrDefault(k));
        var missing = keys.Where(k => found.GetValueOrDefault(k.Mailing) is null).ToDictionary(k => k.Mailing);
        if (missing.Count > 0)
        {
            if (kept.Count > MaxKept) kept.Clear();
            var ids = missing.Keys.ToList();
            foreach (var mailing in await db.Mailings.AsNoTracking().Where(m => ids.Contains(m.Id)).ToListAsync(ct))
                found[mailing.Id] = kept[missing[mailing.Id]] = await Read(db, mailing, language, leave, services, ct);
        }
        return [.. keys.Select(k => found.GetValueOrDefault(k.Mailing)).OfType<ArchivedText>()];
    }

    async Task<ArchivedText> Read(
        SiteDb db, Mailing mailing, string language, string leave, IServiceProvider services, CancellationToken ct)
    {
        var (message, to) = await MailingArchive.Read(db, mailing, language, texts, leave, services, ct);
        var content = MailingContent.For(FrozenContent.Parse(mailing.Content!).Contents, mailing.Winner ?? 0, language);
        return new(
            mailing.Id, mailing.StartedAt!.Value, MergeFields.WithoutValues(content.Subject), message.Subject(to), message.Text(to));
    }
}
