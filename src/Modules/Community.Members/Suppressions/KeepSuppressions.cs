using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Staff add addresses to the list of those that get no mail, and take one out. Each act is recorded.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class KeepSuppressions(SiteDb db, Actors actors, Audit audit, AddressHashes addresses)
{
    /// <summary>Lines at a time, pasted or of a file.</summary>
    public const int MaxLines = 100_000;
    const int HashLength = 64, Together = 500;

    /// <param name="Added">New on the list.</param>
    /// <param name="Before">On it before.</param>
    /// <param name="Unreadable">Lines that are neither an address nor a hash of the site's own export.</param>
    public sealed record Result(int Added, int Before, IReadOnlyList<string> Unreadable);

    /// <summary>Adds what each line names: an address, or the hash that the site's export has of one.</summary>
    public async Task<Result> Add(Reader actor, IReadOnlyList<ListLine> lines, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        var (hashes, unreadable) = (new HashSet<string>(), new List<string>());
        foreach (var line in lines)
        {
            var fields = line.Fields;
            if (fields[0].Equals(SuppressionEndpoints.HashColumn, StringComparison.OrdinalIgnoreCase)) continue;
            if (fields[0].Length == HashLength && fields[0].All(char.IsAsciiHexDigit)) hashes.Add(fields[0].ToLowerInvariant());
            else
            {
                var named = AddressesIn(fields);
                foreach (var address in named) hashes.Add(await addresses.Of(address, ct));
                if (named.Count == 0) unreadable.Add(line.Text);
            }
        }
        var (added, before, now) = (0, 0, db.Now);
        foreach (var some in hashes.Chunk(Together))
        {
            var present = await db.Suppressions.Where(s => some.Contains(s.AddressHash)).ToDictionaryAsync(s => s.AddressHash, ct);
            before += present.Values.Count(s => s.Until is null);
            // What only rested is closed by a person now.
            foreach (var resting in present.Values.Where(s => s.Until is not null))
                (resting.Reason, resting.At, resting.Until, resting.AddedBy) = (SuppressionReason.Staff, now, null, staff.Id);
            var rows = some.Where(h => !present.ContainsKey(h))
                .Select(h => new Suppression { AddressHash = h, Reason = SuppressionReason.Staff, At = now, AddedBy = staff.Id }).ToList();
            await db.SaveChangesAsync(ct);
            await db.InsertAll(rows, ct);
            added += rows.Count + present.Values.Count(s => s.At == now);
        }
        if (added > 0) audit.Did("members.suppress", "", [new("suppressed-addresses", To: $"{added}")]);
        await change.Commit(ct);
        return new(added, before, unreadable);
    }

    /// <summary>
    /// All of a line that has nothing else. Otherwise the first field that is an address, or the address of one that names its owner
    /// before it: other systems write a date, a state or a reason first, and a reason may quote an address, which stands in the midst of
    /// it; behind it may stand who sent the mail.
    /// </summary>
    static IReadOnlyList<EmailAddress> AddressesIn(IReadOnlyList<string> fields)
    {
        var all = fields.Select(Address).ToList();
        if (all.OfType<EmailAddress>().ToList() is { Count: > 0 } found) return found.Count == all.Count ? found : found[..1];
        return fields
            .Select(field => field.EndsWith('>') && field.LastIndexOf('<') is >= 0 and var at ? Address(field[at..]) : null)
            .OfType<EmailAddress>()
            .Take(1)
            .ToList();
    }

    static EmailAddress? Address(string field)
    {
        field = field.Trim('<', '>', '\'', ' ');
        if (field.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)) field = field["mailto:".Length..];
        return EmailAddress.TryParse(field, out var address) ? address : null;
    }

    /// <summary>Takes an address out, with a reason: it gets mail again, as far as its owner agreed.</summary>
    /// <param name="actor">The acting staff member.</param>
    /// <param name="hash">Of the address, as the list shows it.</param>
    /// <param name="reason">One of <see cref="LiftSuppression.Reasons"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it is not on the list.</returns>
    /// <exception cref="Refused">There is no reason.</exception>
    public async Task<bool> TakeOut(Reader actor, string hash, string? reason, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (reason is null || !LiftSuppression.Reasons.Contains(reason)) throw new Refused(LiftSuppression.NoReason);
        if (await db.Suppressions.Where(s => s.AddressHash == hash).ExecuteDeleteAsync(ct) == 0) return false;
        var owner = await db.Members.Where(m => m.AddressHash == hash).Select(m => m.Id).FirstOrDefaultAsync(ct);
        AuditChange[] changes = [new("lift-reason", null, "staff.suppression.reason." + reason)];
        if (owner != 0) audit.Changed("members.lift-suppression", owner, "state", changes: changes);
        else audit.Did("members.unsuppress", "", changes);
        await change.Commit(ct);
        return true;
    }
}
