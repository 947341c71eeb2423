using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>A minute between two letters to a member, and so many a day: nobody's letter box is filled through our forms.</summary>
public sealed class LetterPace(SiteDb db, TimeProvider time)
{
    const int MaxADay = 10;
    static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Counts a letter that a form asks for; false if it is one too many. One statement decides and counts: of many who ask at once one is
    /// given it. Call it inside the change that writes the letter.
    /// </summary>
    public async Task<bool> Take(long member, CancellationToken ct = default)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // A letter of the future was counted before the clock was put back.
        DateTime before = now - Between,
            future = now + Between,
            today = now - TimeSpan.FromDays(1);
        return await db
                .Members.Where(m =>
                    m.Id == member
                    && (m.LastLetterAt == null || m.LastLetterAt <= before || m.LastLetterAt >= future)
                    && (m.LettersSince == null || m.LettersSince < today || m.LetterCount < MaxADay)
                )
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(m => m.LetterCount, m => m.LettersSince == null || m.LettersSince < today ? 1 : m.LetterCount + 1)
                            .SetProperty(m => m.LettersSince, m => m.LettersSince == null || m.LettersSince < today ? now : m.LettersSince)
                            .SetProperty(m => m.LastLetterAt, now),
                    ct
                ) > 0;
    }
}
