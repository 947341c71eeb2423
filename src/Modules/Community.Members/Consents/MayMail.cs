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
        var db = members.GetService<ICurrentDbContext>().Context;
        return members.Where(Rule(kindId, db.Set<Suppression>(), db.Set<MailKind>()));
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

/// <summary>Stops all direct mail to an address, whoever owns it now or later.</summary>
public sealed class Suppress(SiteDb db, AddressHashes addresses, TimeProvider time)
{
    /// <param name="reason">Ignored if the address is suppressed already: the first reason stays.</param>
    public async Task Address(string email, SuppressionReason reason, CancellationToken ct = default)
    {
        var hash = await addresses.Of(email, ct);
        await using var change = await db.Change(ct);
        if (await db.Suppressions.AnyAsync(s => s.AddressHash == hash, ct))
            return;
        db.Suppressions.Add(
            new Suppression
            {
                AddressHash = hash,
                Reason = reason,
                At = time.GetUtcNow().UtcDateTime,
            }
        );
        try
        {
            await change.Commit(ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicate())
        { /* The same address at the same time, on PostgreSQL: it is suppressed. */
        }
    }
}
