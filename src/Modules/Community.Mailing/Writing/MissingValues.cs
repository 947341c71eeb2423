using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A merge field of a mailing that has no default, and recipients who have no value for it.</summary>
/// <param name="Field">In braces.</param>
/// <param name="Recipients">How many have none.</param>
public sealed record MissingValues(string Field, int Recipients)
{
    /// <summary>What a mailing lacks now; it is not sent while it lacks anything.</summary>
    public static async Task<IReadOnlyList<MissingValues>> Of(Mailing mailing, MergeFields fields, SiteDb db, CancellationToken ct)
    {
        var missing = new List<MissingValues>();
        foreach (var field in fields.Used(mailing.Subject + "\n" + mailing.Text).Where(f => f.Having is not null))
        {
            var having = field.Having!(db);
            var receivers = await Audience.Receivers(mailing, db, ct);
            if (await receivers.CountAsync(m => !having.Contains(m.Id), ct) is > 0 and var count)
                missing.Add(new(MergeFields.Braced(field), count));
        }
        return missing;
    }

    public override string ToString() => $"{Field} ({Recipients:N0})";
}
