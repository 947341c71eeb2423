using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>The audiences of mailings that are not over.</summary>
sealed class MailingSelections : ISelections
{
    public async Task<IEnumerable<SelectionUse>> Of(SiteDb db, CancellationToken ct) =>
        (
            await db.Mailings.AsNoTracking().WithoutTests()
                .Where(m => m.State != MailingState.Finished && m.State != MailingState.Cancelled && m.AudienceJson != "{}")
                .OrderByDescending(m => m.Id).Select(m => new { m.Id, m.Title, m.AudienceJson }).ToListAsync(ct)
        ).Select(m => new SelectionUse(
            "selection.uses.mailing",
            m.Title,
            "/staff/mailings/" + m.Id,
            MailingPermissions.Write,
            Chosen.Parse(m.AudienceJson)
        ));
}
