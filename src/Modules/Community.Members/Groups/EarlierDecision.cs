using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Says who decided on a request to join before somebody else pressed a button on it, and how.</summary>
sealed class EarlierDecision(SiteDb db, ReaderClock clock, IStringLocalizer texts)
{
    /// <summary>Null if there is no such member.</summary>
    public async Task<FlashMessage?> On(Group group, long memberId, CancellationToken ct)
    {
        if (await NameOf(memberId, ct) is not { } member) return null;
        var row = await db
            .GroupMemberships.AsNoTracking()
            .FirstOrDefaultAsync(g => g.GroupId == group.Id && g.MemberId == memberId && g.JoinedAt != null, ct);
        if (row is not null) return Says("admitted", member, row.JoinedAt!.Value, await NameOf(row.AdmittedBy, ct));
        // If nobody refused, the member took the request back, or is out again.
        var last = await db
            .GroupRequests.AsNoTracking()
            .Where(r => r.GroupId == group.Id && r.MemberId == memberId)
            .OrderByDescending(r => r.Id)
            .FirstOrDefaultAsync(ct);
        return last is { Decision: GroupDecision.Refused }
            ? Says("refused", member, last.DecidedAt, await NameOf(last.DecidedBy, ct))
            : new FlashMessage("staff.groups.decided.gone", member) { Tone = FlashTone.Warn };
    }

    FlashMessage Says(string decision, string member, DateTime at, string? by) =>
        new("staff.groups.decided." + decision, by ?? texts["staff.audit.system"], member, clock.DateInWords(at)) { Tone = FlashTone.Warn };

    Task<string?> NameOf(long? id, CancellationToken ct) =>
        db.Members.Where(m => m.Id == id).Select(m => m.Name).FirstOrDefaultAsync(ct);
}
