using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Makes the compared form of addresses anew where an earlier rule made it: only C# knows the rule, so no migration can. Of two members
/// with one mailbox the second keeps the old form, by which the member still signs in, and staff are shown the pair
/// (<see cref="AddressTwins"/>). It gets the new form on the day after the other has gone or has another address.
/// </summary>
public sealed class RenewAddresses(SiteDb db, AddressHashes addresses) : IHandle<Tick>
{
    /// <summary>Moves with <see cref="EmailAddress"/>.</summary>
    public const int Rule = 1;
    /// <summary>So many at once: the site's writers wait meanwhile.</summary>
    const int Max = 500;

    /// <summary>The compared form by the rule before: twins differ in it, so it is still unique.</summary>
    public static string NormalBefore(string email) => Characters.Normal(email.Trim()).ToUpperInvariant();

    public async Task Handle(Tick message, CancellationToken ct)
    {
        for (long after = 0; await Some(after, ct) is { } last; after = last) { }
    }

    /// <summary>The last one's id; null if there are no more.</summary>
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

    // No row is tracked: what the member changes meanwhile is not written over, and sessions go on.
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

    /// <summary>What stood against the address under its old hash stands against it under the new one.</summary>
    async Task Move(string from, string to, CancellationToken ct)
    {
        if (await db.Suppressions.AnyAsync(s => s.AddressHash == to, ct))
            await db.Suppressions.Where(s => s.AddressHash == from).ExecuteDeleteAsync(ct);
        else
            await db.Suppressions.Where(s => s.AddressHash == from).ExecuteUpdateAsync(s => s.SetProperty(x => x.AddressHash, to), ct);
    }
}
