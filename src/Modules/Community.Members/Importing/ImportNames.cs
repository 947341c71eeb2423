using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The site's groups and tags by name, for cells that list some, as those of an export: <c>Walkers; Staff</c>.</summary>
public sealed class ImportNames
{
    // Null where two have the same name.
    readonly Dictionary<string, long?> groups = [], tags = [];

    public static async Task<ImportNames> Of(SiteDb db, ImportMapping mapping, CancellationToken ct)
    {
        var names = new ImportNames();
        if (mapping.Has(ImportTargets.Groups))
            foreach (var group in await db.Groups.AsNoTracking().Select(g => new { g.Id, g.Name }).ToListAsync(ct))
                if (!names.groups.TryAdd(Tag.KeyOf(group.Name), group.Id)) names.groups[Tag.KeyOf(group.Name)] = null;
        if (mapping.Has(ImportTargets.Tags))
            foreach (var tag in await db.Tags.AsNoTracking().ToListAsync(ct)) names.tags[tag.Key] = tag.Id;
        return names;
    }

    /// <summary>The ids of those that a cell names, and the first name that none has.</summary>
    public (IReadOnlyList<long> Ids, string? Unknown) Read(string target, string cell)
    {
        var known = target == ImportTargets.Groups ? groups : tags;
        var (parts, ids) = (cell.Split(';', '；', '\n'), new List<long>());
        for (var from = 0; from < parts.Length;)
        {
            if (ValueRules.IsBlank(parts[from])) { from++; continue; }
            // A name may have a semicolon in it: the longest that there is counts.
            var to = parts.Length;
            while (to > from && (!known.TryGetValue(Tag.KeyOf(string.Join(';', parts[from..to])), out var id) || id is null)) to--;
            if (to == from) return (ids, parts[from].Trim());
            ids.Add(known[Tag.KeyOf(string.Join(';', parts[from..to]))]!.Value);
            from = to;
        }
        return ([.. ids.Distinct()], null);
    }
}

/// <summary>Puts members of an import into groups and tags them. Only ever adds: a file takes nobody out.</summary>
sealed class ImportedPlaces(SiteDb db, Memberships memberships, MemberImport import)
{
    ILookup<long, GroupMembership> groups = Array.Empty<GroupMembership>().ToLookup(g => g.MemberId);
    ILookup<long, long> tags = Array.Empty<long>().ToLookup(t => t), excluded = Array.Empty<long>().ToLookup(t => t);
    readonly List<(long Group, ParsedRow Row, Member Member)> joining = [];
    readonly List<(long Tag, ParsedRow Row, Member Member)> tagging = [];

    /// <summary>Reads where the members are already.</summary>
    public async Task Load(List<long> members, CancellationToken ct)
    {
        if (members.Count == 0) return;
        if (import.Mapping.Has(ImportTargets.Groups))
        {
            groups = (await db.GroupMemberships.AsNoTracking().Where(g => members.Contains(g.MemberId)).ToListAsync(ct))
                .ToLookup(g => g.MemberId);
            excluded = (await db.GroupExclusions.AsNoTracking().Where(x => members.Contains(x.MemberId)).ToListAsync(ct))
                .ToLookup(x => x.MemberId, x => x.GroupId);
        }
        if (import.Mapping.Has(ImportTargets.Tags))
            tags = (await db.MemberTags.AsNoTracking().Where(t => members.Contains(t.MemberId)).ToListAsync(ct))
                .ToLookup(t => t.MemberId, t => t.TagId);
    }

    /// <summary>What the row adds for its member.</summary>
    /// <param name="row">The row.</param>
    /// <param name="member">Its member, new or of the site.</param>
    /// <param name="note">Says that a group was left out, and why.</param>
    /// <returns>Whether it adds something.</returns>
    public bool Decide(ParsedRow row, Member member, Action<string> note)
    {
        var before = joining.Count + tagging.Count;
        foreach (var group in row.Groups)
        {
            var has = groups[member.Id].FirstOrDefault(g => g.GroupId == group);
            // What a person has decided, or is about to, no file decides.
            if (has is { JoinedAt: null }) note("import.note.request");
            else if (has is null && excluded[member.Id].Contains(group)) note("import.note.excluded");
            else if (has is null) joining.Add((group, row, member));
        }
        foreach (var tag in row.Tags.Except(tags[member.Id])) tagging.Add((tag, row, member));
        return joining.Count + tagging.Count > before;
    }

    /// <summary>Writes it, once all members have their numbers.</summary>
    /// <returns>What was written of each member, for undoing it.</returns>
    public async Task<ILookup<long, ImportedValue>> Write(Action<ParsedRow, string> note, CancellationToken ct)
    {
        var (wrote, at) = (new List<(long Member, ImportedValue Value)>(), Time(db.Now));
        var ids = joining.Select(j => j.Group).Distinct().ToList();
        if (ids.Count > 0)
            foreach (var group in await db.LockedWhere<Group>(g => ids.Contains(g.Id), ct))
            {
                var all = joining.Where(j => j.Group == group.Id).ToList();
                var added = memberships.AddNew(group, all.ConvertAll(j => j.Member.Id), import.StartedBy, at).ToHashSet();
                foreach (var (_, row, member) in all)
                    if (added.Contains(member.Id)) wrote.Add((member.Id, Written(ImportTargets.Groups, group.Id, at)));
                    else note(row, "import.note.full");
            }
        if (tagging.Count == 0) return wrote.ToLookup(w => w.Member, w => w.Value);
        var wanted = tagging.Select(t => t.Tag).Distinct().ToList();
        // A tag may have been deleted since its name was read.
        var there = (await db.LockedWhere<Tag>(t => wanted.Contains(t.Id), ct)).Select(t => t.Id).ToHashSet();
        var rows = tagging.Where(t => there.Contains(t.Tag)).ToList();
        await db.InsertAll(
            rows.ConvertAll(t => new MemberTag { TagId = t.Tag, MemberId = t.Member.Id, At = at, TaggedBy = import.StartedBy }),
            ct
        );
        wrote.AddRange(rows.Select(t => (t.Member.Id, Written(ImportTargets.Tags, t.Tag, at))));
        return wrote.ToLookup(w => w.Member, w => w.Value);
    }

    // Whole seconds, which both databases give back as they were: undoing compares.
    static DateTime Time(DateTime now) => new(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc);

    static ImportedValue Written(string target, long id, DateTime at) => new(target, null, $"{id} {at:yyyy-MM-ddTHH:mm:ss}");

    /// <summary>Whether the value says that an import put the member there at that moment.</summary>
    internal static bool Says(ImportedValue value, string target, long id, DateTime at) =>
        value.Target == target && value.After == Written(target, id, at).After;
}
