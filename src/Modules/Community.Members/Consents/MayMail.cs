using System.Linq.Expressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Community.Members;

/// <summary>The only place to ask "may I send?": when a mailing is counted, when it is reserved, and again when it is sent.</summary>
public static class MayMail
{
    /// <summary>
    /// Members who may receive direct mail of a kind that has not been ended: confirmed, not suspended, not leaving, consent granted for
    /// it and not before they last stopped all mail, address not suppressed. Runs in the database.
    /// A new consent lifts the member's own stop, for its kind alone. It lifts no suppression: an address that is dead, or whose owner
    /// complained, stays closed whatever is ticked.
    /// </summary>
    public static IQueryable<Member> MayReceive(this DbSet<Member> members, long kindId)
    {
        var db = (SiteDb)members.GetService<ICurrentDbContext>().Context;
        return members.Where(Rule(kindId, db.SuppressedNow, db.Set<MailKind>()));
    }

    /// <inheritdoc cref="MayReceive"/>
    internal static Expression<Func<Member, bool>> Rule(long kindId, IQueryable<Suppression> suppressions, IQueryable<MailKind> kinds) =>
        m =>
            m.ConfirmedAt != null
            && m.SuspendedAt == null
            && m.LeavingSince == null
            && m.Consents.Any(c => c.KindId == kindId && c.Granted && (m.MailStoppedAt == null || c.Since >= m.MailStoppedAt))
            && !kinds.Any(k => k.Id == kindId && k.EndedAt != null)
            && !suppressions.Any(s => s.AddressHash == m.AddressHash);
}
