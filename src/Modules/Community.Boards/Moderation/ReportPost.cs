using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members report posts to the moderators, and say it better later.</summary>
public sealed class ReportPost(SiteDb db, TimeProvider time)
{
    /// <summary>What the member has reported the post for; null if not at all.</summary>
    public Task<Report?> Of(Reader member, long postId, CancellationToken ct = default) =>
        db.Reports.AsNoTracking().FirstOrDefaultAsync(r => r.PostId == postId && r.ReporterId == member.Id, ct);

    /// <summary>Sends a report. The same words once more change nothing.</summary>
    /// <param name="member">Who reports.</param>
    /// <param name="postId">What.</param>
    /// <param name="reason">Why; not empty.</param>
    /// <param name="instead">The member's earlier report whose words these replace: it waits again. Null for a first one.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>False if there is a report of this member with other words, which was not to be replaced.</returns>
    public async Task<bool> Send(Reader member, long postId, string reason, long? instead, CancellationToken ct)
    {
        reason = PostText.Reason(reason);
        await using var change = await db.Change(ct);
        await Locks.Reader(db, member.Id!.Value, ct);
        var now = time.GetUtcNow().UtcDateTime;
        var id = await db.Reports.Where(r => r.PostId == postId && r.ReporterId == member.Id)
            .Select(r => (long?)r.Id).FirstOrDefaultAsync(ct);
        if (id is null)
        {
            var filed = new Report { PostId = postId, ReporterId = member.Id, Reason = reason, At = now };
            db.Reports.Add(filed);
            db.Publish(() => new ReportFiled(filed.Id, postId, member.Id));
        }
        else if (await db.Locked<Report>(id.Value, ct) is { } report && report.Reason != reason)
        {
            if (instead != id) return false;
            (report.Reason, report.At) = (reason, now);
            report.Reopen();
            db.Publish(new ReportFiled(report.Id, postId, member.Id));
        }
        await change.Commit(ct);
        return true;
    }
}
