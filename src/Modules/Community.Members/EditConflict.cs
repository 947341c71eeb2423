using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Somebody saved the same data after this form was opened. The form comes back with what was typed and says who saved and when;
/// submitted again, it overwrites the other change.
/// </summary>
/// <param name="memberId">Who saved; null for a background job, or for somebody who has left.</param>
/// <param name="name">Their name; null in the same cases.</param>
/// <param name="at">When they saved.</param>
public sealed class EditConflict(long? memberId, string? name, DateTime at) : Refused("members.conflict")
{
    public long? MemberId => memberId;
    public string? Name => name;
    public DateTime At => at;

    /// <summary>Built from a row's columns <c>changed_by</c> and <c>changed_at</c>.</summary>
    public static async Task<EditConflict> Of(SiteDb db, long? by, DateTime? at, CancellationToken ct) =>
        new(by, await db.Members.Where(m => m.Id == by).Select(m => m.Name).FirstOrDefaultAsync(ct), at ?? DateTime.UnixEpoch);

    /// <summary>Adds to a form's problems who saved, and when.</summary>
    public void AddTo(Problems problems, Reader reader, ReaderClock clock, IStringLocalizer texts)
    {
        var at = clock.DateInWords(At);
        problems.Add("", reader.Is(MemberId) ? texts["members.conflict.you", at]
            : Name is { } other ? texts["members.conflict.other", other, at]
            : texts["members.conflict"]);
    }

    /// <summary>A row's version for a hidden field; changes with each save.</summary>
    public static long VersionOf(DateTime? changedAt) => changedAt is { } at ? (long)(at - DateTime.UnixEpoch).TotalMilliseconds : 0;
}
