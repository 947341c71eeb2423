using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Requests about members' data, as staff see them.</summary>
public sealed class RequestList(SiteDb db)
{
    /// <summary>Rows of one page of the list.</summary>
    public const int Size = 50;

    public sealed record Row(RightsRequest Request, string? Name);

    /// <summary>The open ones, the most urgent first; or those that are closed, the newest first.</summary>
    public async Task<List<Row>> Rows(bool open, long? before = null, CancellationToken ct = default)
    {
        var requests = db.RightsRequests.AsNoTracking();
        requests = open
            ? requests
                .Where(r => r.State == RightsState.Open || r.State == RightsState.Running)
                .OrderBy(r => r.DueAt)
                .ThenBy(r => r.Id)
                .Take(500)
            : requests
                .Where(r => r.State != RightsState.Open && r.State != RightsState.Running && (before == null || r.Id < before))
                .OrderByDescending(r => r.Id)
                .Take(Size);
        var members = db.Members;
        var rows = await requests
            .Select(r => new { Request = r, Name = members.Where(m => m.Id == r.MemberId).Select(m => m.Name).FirstOrDefault() })
            .ToListAsync(ct);
        return [.. rows.Select(r => new Row(r.Request, r.Name))];
    }

    /// <summary>Requests that staff have to do something about: open ones without a period of grace, failed ones, typed names.</summary>
    public static IQueryable<RightsRequest> Waiting(SiteDb db)
    {
        var members = db.Members;
        return db.RightsRequests.Where(r =>
            (r.State == RightsState.Open && !members.Any(m => m.Id == r.MemberId && m.LeavingSince != null && r.Kind == RightsKind.Erasure))
            || (r.State == RightsState.Running && r.Failure != null)
            || r.Typed != ""
        );
    }

    /// <summary>Whose data a request is about; null if there is no such request.</summary>
    public Task<long?> MemberOf(long id, CancellationToken ct = default) =>
        db.RightsRequests.Where(r => r.Id == id).Select(r => (long?)r.MemberId).FirstOrDefaultAsync(ct);
}
