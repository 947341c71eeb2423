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

    public static async Task<List<Mailing>> Find(IQueryable<Mailing> mailings, string? words, string? state, int most)
    {
        if (States.GetValueOrDefault(state ?? "") is { } states) mailings = mailings.Where(m => states.Contains(m.State));
        else mailings = mailings.WithoutTemplates();
        mailings = mailings.OrderByDescending(m => m.Id);
        var parts = Member.Searchable(words ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) return await mailings.Take(most).ToListAsync();
        // Readers ignore width and case; neither database compares that way. So they are read and compared one by one,
        // until the page is full.
        var found = new List<long>();
        await foreach (
            var row in mailings
                .Select(m => new
                {
                    m.Id,
                    m.Title,
                    Subjects = m.Contents.Select(c => c.Subject),
                })
                .AsAsyncEnumerable()
        )
        {
            var said = Member.Searchable(string.Join(' ', row.Subjects.Prepend(row.Title)));
            if (parts.All(said.Contains)) found.Add(row.Id);
            if (found.Count == most) break;
        }
        return await mailings.Where(m => found.Contains(m.Id)).ToListAsync();
    }
}
