using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Recomputes normalised addresses made by an earlier rule: only C# knows the rule, so a migration cannot. Of two members
/// with one mailbox, the second keeps the old form, with which that member can still sign in, and staff see the pair
/// (<see cref="AddressTwins"/>). It gets the new form on the first run after the other has gone or has another address.
/// </summary>
public sealed class RenewAddresses(SiteDb db, AddressHashes addresses) : IHandle<Tick>
{
    /// <summary>Increment when the normalisation in <see cref="EmailAddress"/> changes.</summary>
    public const int Rule = 1;
    /// <summary>Batch size: other writers of the site wait during a batch.</summary>
    const int Max = 500;

    /// <summary>The normalised form under the previous rule: twins differ in it, so it is still unique.</summary>
    public static string NormalBefore(string email) => Characters.Normal(email.Trim()).ToUpperInvariant();

    public async Task Handle(Tick message, CancellationToken ct)
    {
        for (long after = 0; await Some(after, ct) is { } last; after = last) { }
    }

    /// <summary>Handles one batch; returns its last id, or null if there are no more.</summary>
    async Task<long?> Some(long after, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var rows = await db
            .Members.AsNoTracking()
            .Where(m => m.Id > after && (m.AddressRule < Rule || m.AddressTwin != null) && m.Email != null)
            .OrderBy(m => m.Id)
            .Take(Max)
            .Select(m => new Row(m.Id, m.Email!, m.NormalizedEmail!, m.AddressHash))
            .ToListAsync(ct);
        if (rows.Count == 0)
            return null;
        List<long> same = [];
        foreach (var row in rows)
        {
            var hash = await addresses.Of(row.Email, ct);
            var normal = EmailAddress.NormalOf(row.Email);
            if (normal == row.Normal && hash == row.Hash) same.Add(row.Id);
            else await Renew(row, normal, hash, ct);
        }
        await db
            .Members.Where(m => same.Contains(m.Id))
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.AddressRule, Rule).SetProperty(m => m.AddressTwin, (long?)null), ct);
        await change.Commit(ct);
        return rows[^1].Id;
    }

    sealed record Row(long Id, string Email, string Normal, string Hash);

    // Updates without tracking: does not overwrite what the member changes meanwhile, and keeps sessions valid.
    async Task Renew(Row row, string normal, string hash, CancellationToken ct)
    {
        var twin = await db
            .Members.Where(m => m.Id != row.Id && m.NormalizedEmail == normal)
            .Select(m => (long?)m.Id)
            .FirstOrDefaultAsync(ct);
        var (kept, text) = (
            twin is null ? normal : row.Normal,
            EmailAddress.TryParse(row.Email, out var address) ? address.Text : row.Email
        );
        await db
            .Members.Where(m => m.Id == row.Id && m.Email == row.Email)
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(m => m.NormalizedEmail, kept)
                        .SetProperty(m => m.NormalizedUserName, kept)
                        .SetProperty(m => m.Email, text)
                        .SetProperty(m => m.UserName, text)
                        .SetProperty(m => m.AddressHash, hash)
                        .SetProperty(m => m.AddressRule, Rule)
                        .SetProperty(m => m.AddressTwin, twin),
                ct
            );
        if (hash != row.Hash)
            await Move(row.Hash, hash, ct);
    }

    /// <summary>Moves suppressions from the address's old hash to the new one.</summary>
    async Task Move(string from, string to, CancellationToken ct)
    {
        if (await db.Suppressions.AnyAsync(s => s.AddressHash == to, ct))
            await db.Suppressions.Where(s => s.AddressHash == from).ExecuteDeleteAsync(ct);
        else
            await db.Suppressions.Where(s => s.AddressHash == from).ExecuteUpdateAsync(s => s.SetProperty(x => x.AddressHash, to), ct);
    }
}
