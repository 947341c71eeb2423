using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Finds mailings by words in title and subjects and by state, newest first.</summary>
static class MailingSearch
{
    /// <summary>The filters that staff can choose from. Text: <c>mailing.find.{key}</c>.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<MailingState>> States = new Dictionary<
        string,
        IReadOnlyList<MailingState>
    >
    {
        ["draft"] = [MailingState.Draft],
        ["reserved"] = [MailingState.Scheduled],
        ["approving"] = [MailingState.Approving],
        ["under-way"] = Mailing.UnderWay,
        ["waiting"] = [MailingState.Overdue],
        ["sent"] = [MailingState.Finished],
        ["stopped"] = [MailingState.Cancelled],
        ["template"] = [MailingState.Template],
    };

    /// <summary>Of how many mailings one page compares the words: chains and years make them many.</summary>
    public const int MaxLooked = 2000;
    const int Step = 500;

    /// <summary>What was found, and down to which mailing was looked; null if to the end, or until the page was full.</summary>
    public static async Task<(List<Mailing> Found, long? LookedTo)> Find(
        IQueryable<Mailing> mailings, string? words, string? state, int most)
    {
        if (States.GetValueOrDefault(state ?? "") is { } states) mailings = mailings.Where(m => states.Contains(m.State));
        else mailings = mailings.WithoutTemplates();
        mailings = mailings.OrderByDescending(m => m.Id);
        var parts = Member.Searchable(words ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) return (await mailings.Take(most).ToListAsync(), null);
        // Readers ignore width and case; neither database compares that way. So they are read and compared one by one,
        // until the page is full.
        var found = new List<long>();
        var last = long.MaxValue;
        for (var looked = 0; looked < MaxLooked && found.Count < most; looked += Step)
        {
            var rows = await mailings.Where(m => m.Id < last).Take(Step).Select(m => new
            {
                m.Id,
                m.Title,
                Subjects = m.Contents.Select(c => c.Subject),
            }).ToListAsync();
            foreach (var row in rows)
            {
                var said = Member.Searchable(string.Join(' ', row.Subjects.Prepend(row.Title)));
                if (parts.All(said.Contains)) found.Add(row.Id);
                if (found.Count == most) break;
            }
            if (rows.Count < Step) return (await Read(), null);
            last = rows[^1].Id;
        }
        return (await Read(), found.Count < most ? last : null);

        Task<List<Mailing>> Read() => mailings.Where(m => found.Contains(m.Id)).ToListAsync();
    }
}
