using System.Globalization;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Who is meant by a list of addresses and member numbers that staff paste or upload. What is no member's is told and kept nowhere: only
/// members get mail.
/// </summary>
/// <param name="Members">Their ids, each once.</param>
/// <param name="Unknown">Lines in which no member was found, as typed, each once.</param>
public sealed partial record MemberList(IReadOnlyList<long> Members, IReadOnlyList<string> Unknown)
{
    public const int MaxLines = 20_000, MaxBytes = 4 * 1024 * 1024;
    const int Step = 500, MaxShownLength = 100;

    /// <summary>One line, and what may stand for a member in it. Where there is an address, nothing else does.</summary>
    sealed record Line(string Text, IReadOnlyList<string> Candidates);

    /// <summary>
    /// Looks the lines up. Member numbers are found by attributes of that type that the reader may see, or as <c>#12</c>.
    /// </summary>
    public static async Task<MemberList> Find(IEnumerable<string> lines, Reader reader, SiteDb db, CancellationToken ct)
    {
        var read = lines.Take(MaxLines).Distinct().Select(l => new Line(l, Candidates(l))).ToList();
        var known = new Dictionary<string, long>();
        foreach (var some in read.SelectMany(l => l.Candidates).Distinct().Chunk(Step)) await Look(some, known, reader, db, ct);
        return new(
            [.. read.SelectMany(l => l.Candidates).Where(known.ContainsKey).Select(c => known[c]).Distinct()],
            [.. read.Where(l => !l.Candidates.Any(known.ContainsKey)).Select(l => Truncate.To(MaxShownLength, l.Text))]
        );
    }

    static List<string> Candidates(string line)
    {
        var addresses = Address().Matches(line).Select(m => m.Value.TrimEnd('.')).ToList();
        return addresses.Count > 0
            ? addresses
            : [.. line.Split(separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    static async Task Look(string[] candidates, Dictionary<string, long> known, Reader reader, SiteDb db, CancellationToken ct)
    {
        var addresses = candidates.Where(c => c.Contains('@') || c.Contains('＠')).ToLookup(EmailAddress.NormalOf);
        var normals = addresses.Select(a => a.Key).ToList();
        foreach (var m in await db.Members.Where(m => normals.Contains(m.NormalizedEmail!)).Select(m => new { m.Id, m.NormalizedEmail })
            .ToListAsync(ct))
            foreach (var typed in addresses[m.NormalizedEmail!]) known[typed] = m.Id;
        var numbers = (await db.Attributes(ct)).All
            .Where(a => a.Type is AttributeType.MemberNumber && a.RetiredAt is null && a.IsVisibleTo(reader)).ToList();
        await LookByNumber(candidates, numbers, known, db, ct);
        // Without numbers of the site's own, those that our pages show after a name are meant.
        var ids = candidates.Where(c => !known.ContainsKey(c) && (c.StartsWith('#') || numbers.Count == 0))
            .Select(c => (Typed: c, Id: Id(c))).Where(c => c.Id is not null).ToLookup(c => c.Id!.Value, c => c.Typed);
        var wanted = ids.Select(i => i.Key).ToList();
        foreach (var id in await db.Members.Where(m => wanted.Contains(m.Id)).Select(m => m.Id).ToListAsync(ct))
            foreach (var typed in ids[id]) known[typed] = id;
    }

    static async Task LookByNumber(
        string[] candidates,
        List<MemberAttribute> numbers,
        Dictionary<string, long> known,
        SiteDb db,
        CancellationToken ct
    )
    {
        var today = DateOnly.FromDateTime(db.Site.ToLocal(db.Now));
        foreach (var attribute in numbers)
        {
            var keys = candidates.Select(c => (Typed: c, attribute.Parse(c, today).Value)).Where(c => c.Value is not null)
                .ToLookup(c => attribute.Rows(0, c.Value!)[0].Key!, c => c.Typed);
            var wanted = keys.Select(k => k.Key).ToList();
            var found = await db.AttributeValues.Where(v => v.AttributeId == attribute.Id && wanted.Contains(v.Key!))
                .Select(v => new { v.MemberId, v.Key }).ToListAsync(ct);
            foreach (var one in found)
                foreach (var typed in keys[one.Key!]) known[typed] = one.MemberId;
        }
    }

    static long? Id(string typed) =>
        long.TryParse(typed.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    static readonly char[] separators = [',', ';', '\t', '、', '，', '；'];

    [GeneratedRegex("""[^\s<>,;"'（）()\[\]、，；]+[@＠][^\s<>,;"'（）()\[\]、，；]+""")]
    private static partial Regex Address();
}
