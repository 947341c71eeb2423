using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Stops mail to an address, whoever owns it now or later. The only place that adds a suppression.</summary>
public sealed class Suppress(SiteDb db, AddressHashes addresses)
{
    /// <summary>Adds it in the open change. The first lasting reason stays; one that rests gives way to one that lasts.</summary>
    /// <param name="hash">See <see cref="AddressHashes"/>.</param>
    /// <param name="reason">Why.</param>
    /// <param name="at">Since when.</param>
    /// <param name="until">The end, of an address that only rests; null if it lasts.</param>
    /// <param name="by">The staff member who decided it; null for none.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was so already.</returns>
    public async Task<bool> Hash(
        string hash, SuppressionReason reason, DateTime at, DateTime? until = null, long? by = null, CancellationToken ct = default)
    {
        var present = await db.Suppressions.FirstOrDefaultAsync(s => s.AddressHash == hash, ct);
        if (present is null)
        {
            db.Suppressions.Add(new() { AddressHash = hash, Reason = reason, At = at, Until = until, AddedBy = by });
            return true;
        }
        if (present.Until is null || (until is not null && present.Until > at)) return false;
        (present.Reason, present.At, present.Until, present.AddedBy) = (reason, at, until, by);
        return true;
    }

    /// <summary>The same for an address, in a change of its own.</summary>
    public async Task Address(string email, SuppressionReason reason, CancellationToken ct = default)
    {
        var hash = await addresses.Of(email, ct);
        await using var change = await db.Change(ct);
        if (!await Hash(hash, reason, db.Now, ct: ct)) return;
        try { await change.Commit(ct); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        { /* The same address at the same time, on PostgreSQL: it is suppressed. */
        }
    }
}
