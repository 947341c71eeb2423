using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A merge field of a mailing that has no default, and recipients who have no value for it.</summary>
/// <param name="Field">In braces.</param>
/// <param name="Recipients">How many have none.</param>
public sealed record MissingValues(string Field, int Recipients)
{
    /// <summary>What a mailing lacks now; it is not sent while it lacks anything.</summary>
    /// <param name="mailing">With its contents.</param>
    /// <param name="fields">The merge fields that the site has.</param>
    /// <param name="db">The site.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task<IReadOnlyList<MissingValues>> Of(Mailing mailing, MergeFields fields, SiteDb db, CancellationToken ct)
    {
        var missing = new Dictionary<MergeField, int>();
        var languages = mailing.Contents.Select(c => c.Language).Distinct().ToList();
        foreach (var language in languages)
        {
            // Every variant may reach them.
            var read = mailing.Contents.Select(c => MailingContent.For(mailing.Contents, c.Variant, language)).Distinct();
            foreach (var field in fields.Used(string.Join('\n', read.Select(c => c.Words))).Where(f => f.Having is not null))
            {
                var having = field.Having!(db);
                var receivers = Reading(await Audience.Receivers(mailing, db, ct), language, languages);
                if (await receivers.CountAsync(m => !having.Contains(m.Id), ct) is > 0 and var count)
                    missing[field] = missing.GetValueOrDefault(field) + count;
            }
        }
        return [.. missing.Select(m => new MissingValues(MergeFields.Braced(m.Key), m.Value))];
    }

    static IQueryable<Member> Reading(IQueryable<Member> members, string language, List<string> languages) =>
        language.Length > 0 ? members.Where(m => m.Language == language)
        : languages.Count == 1 ? members
        : members.Where(m => m.Language == null || !languages.Contains(m.Language));

    public override string ToString() => $"{Field} ({Recipients:N0})";
}
