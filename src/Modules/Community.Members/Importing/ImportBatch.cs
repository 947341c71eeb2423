using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Decides what becomes of some rows of a file, by what the site has now, and writes it. Checking and importing decide by the same code.
/// </summary>
public sealed class ImportBatch(
    SiteDb db,
    MemberImport import,
    RowParser parser,
    SiteAttributes attributes,
    Memberships memberships,
    Func<string, bool> isReserved,
    byte[] addressKey
)
{
    readonly ImportMapping mapping = import.Mapping;
    readonly ImportedPlaces places = new(db, memberships, import);
    readonly DateOnly today = SetValues.Today(db);
    // Read once; the rows of the batch are compared with them.
    Dictionary<string, Member> present = [];
    IReadOnlyDictionary<long, IReadOnlyDictionary<long, TypedValue>> values = new Dictionary<long, IReadOnlyDictionary<long, TypedValue>>();
    ILookup<long, ConsentState> consents = Array.Empty<ConsentState>().ToLookup(c => c.MemberId);
    Dictionary<(long, string), long> numbers = [];
    HashSet<long> withSingle = [];

    public int Created { get; private set; }
    public int Changed { get; private set; }
    public int Unchanged { get; private set; }
    public int Bad { get; private set; }
    public int Replaced { get; private set; }
    public int Invitations { get; private set; }
    public List<ImportProblem> Problems { get; } = [];

    readonly List<(ParsedRow Row, Member Member)> created = [];
    readonly List<(ParsedRow Row, Member Member, List<ImportedValue> Values, List<(MemberAttribute, TypedValue?)> Set)> changed = [];
    readonly List<ConsentEvent> granted = [];
    readonly List<(Member Member, ConsentState State)> states = [];

    /// <summary>Reads what the site has of these rows' members, and decides for each.</summary>
    /// <param name="rows">The rows, in order.</param>
    /// <param name="seen">The keys of earlier rows of the file, with their lines; receives those of these rows.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task Decide(IReadOnlyList<ParsedRow> rows, SeenKeys seen, CancellationToken ct)
    {
        await Load(rows, ct);
        foreach (var row in rows)
        {
            var member = row.Key.Length == 0 ? null : present.GetValueOrDefault(row.Key);
            Check(row, member, seen);
            if (!row.IsBad && member is null) Create(row);
            else if (!row.IsBad) Change(row, member!);
            if (row.IsBad) Bad++;
            else seen.Add(parser.UniqueOf(row.Source), row.Line);
            foreach (var problem in row.Problems) problem.MemberId = member?.Id;
            Problems.AddRange(row.Problems);
        }
    }

    async Task Load(IReadOnlyList<ParsedRow> rows, CancellationToken ct)
    {
        var keys = rows.Where(r => r.Key.Length > 0).Select(r => r.Key).Distinct().ToList();
        if (mapping.Key == ImportTargets.Email)
        {
            // An address that was taken under an earlier rule is stored in that rule's form.
            var before = rows.Where(r => r.Email is not null).ToLookup(r => RenewAddresses.NormalBefore(r.Email!.Text), r => r.Key);
            List<string> all = [.. keys, .. before.Select(b => b.Key).Except(keys)];
            foreach (var member in await db.Members.Where(m => all.Contains(m.NormalizedEmail!)).ToListAsync(ct))
                foreach (var key in before[member.NormalizedEmail!].Append(member.NormalizedEmail!)) present[key] = member;
        }
        else
        {
            var attribute = attributes.OfKey(mapping.Key[ImportTargets.Attribute.Length..])!.Id;
            var found = await db.AttributeValues.Where(v => v.AttributeId == attribute && keys.Contains(v.Key!))
                .Join(db.Members, v => v.MemberId, m => m.Id, (v, m) => new { v.Key, Member = m }).ToListAsync(ct);
            foreach (var one in found) present[one.Key!] = one.Member;
            // New members' addresses must be nobody's.
            var emails = rows.Select(r => r.Email?.Normal).OfType<string>().ToList();
            foreach (var member in await db.Members.Where(m => emails.Contains(m.NormalizedEmail!)).ToListAsync(ct))
                numbers[(0, member.NormalizedEmail!)] = member.Id;
        }
        var mapped = mapping.Columns.Select(c => attributes.OfTarget(c.Target)).OfType<MemberAttribute>().Distinct().ToList();
        var ids = present.Values.Select(m => m.Id).Distinct().ToList();
        await places.Load(ids, ct);
        if (ids.Count > 0)
        {
            withSingle = await db.MemberPermissions.Where(p => ids.Contains(p.MemberId)).Select(p => p.MemberId).ToHashSetAsync(ct);
            values = await db.ValuesOf(ids, mapped, ct);
            if (mapping.HasConsents)
                consents = (await db.ConsentStates.Where(c => ids.Contains(c.MemberId)).ToListAsync(ct)).ToLookup(c => c.MemberId);
        }
        foreach (var unique in mapped.Where(a => a.Type is AttributeType.MemberNumber))
        {
            var typed = rows.SelectMany(r => r.Values).Where(v => v.Attribute == unique && v.Value is not null)
                .Select(v => unique.Rows(0, v.Value!)[0].Key!).ToList();
            foreach (var taken in await db.AttributeValues.Where(v => v.AttributeId == unique.Id && typed.Contains(v.Key!))
                .Select(v => new { v.Key, v.MemberId }).ToListAsync(ct))
                numbers[(unique.Id, taken.Key!)] = taken.MemberId;
        }
    }

    void Check(ParsedRow row, Member? member, SeenKeys seen)
    {
        var key = mapping.At(mapping.Key);
        if (row.Key.Length > 0 && seen.LineOf(row.Key) is { } line) parser.Bad(row, key, "import.bad.twice", line);
        foreach (var (attribute, column, typed, problem) in row.Unfit)
        {
            // A value that the member has already is not checked by rules that are newer.
            var before = member is null ? null : values.GetValueOrDefault(member.Id)?.GetValueOrDefault(attribute.Id);
            if (before is not null && attribute.Parse(typed, today, before).Value is { } same && same.Equals(before))
                continue;
            if (parser.IsWithoutZero(attribute, typed))
                parser.Bad(row, column, "import.bad.zero");
            else
                parser.Bad(
                    row,
                    column,
                    problem.Reason.StartsWith("names.", StringComparison.Ordinal) ? problem.Reason : "attributes.problem." + problem.Reason,
                    problem.Args
                );
        }
        foreach (var (attribute, column, value) in row.Values)
        {
            if (value is null || attribute.Type is not AttributeType.MemberNumber) continue;
            var number = attribute.Rows(0, value)[0].Key!;
            if (numbers.TryGetValue((attribute.Id, number), out var owner) && owner != member?.Id)
                parser.Bad(row, column, "attributes.problem.taken", value.Text!);
            else if (mapping.Columns[column].Target != mapping.Key && seen.LineOf(RowParser.Unique(attribute, number)) is { } first)
                parser.Bad(row, column, "import.bad.twice", first);
        }
        if (row.IsBad || member is not null) return;
        if (row.Email is null) parser.Bad(row, mapping.At(ImportTargets.Email), "import.bad.no-email");
        else if (row.Name is null) parser.Bad(row, mapping.At(ImportTargets.Name), "members.name.missing");
        else if (isReserved(row.Name)) parser.Bad(row, mapping.At(ImportTargets.Name), "members.name.reserved");
        else if (mapping.Key != ImportTargets.Email && numbers.ContainsKey((0, row.Email.Normal)))
            parser.Bad(row, mapping.At(ImportTargets.Email), "import.bad.address-taken");
        else if (mapping.Key != ImportTargets.Email && seen.LineOf(RowParser.Unique(row.Email)) is { } other)
            parser.Bad(row, mapping.At(ImportTargets.Email), "import.bad.twice", other);
    }

    void Create(ParsedRow row)
    {
        var member = Member.Create(row.Name!, row.Email!, row.Joined ?? db.Now);
        member.AddressHash = Convert.ToHexStringLower(HMACSHA256.HashData(addressKey, Encoding.UTF8.GetBytes(row.Email!.Normal)));
        (member.Language, member.PasswordHash, member.ImportedAt) = (row.Language, row.Password, db.Now);
        if (mapping.Confirmed) member.ConfirmedAt = db.Now;
        foreach (var (kind, column, yes) in row.Consents.Where(c => c.Granted)) Grant(row, member, kind, null);
        places.Decide(row, member, _ => { });
        created.Add((row, member));
        Created++;
        if (mapping.Invites && row.Password is null) Invitations++;
    }

    void Change(ParsedRow row, Member member)
    {
        var (before, wrote, set) = (
            values.GetValueOrDefault(member.Id),
            new List<ImportedValue>(),
            new List<(MemberAttribute, TypedValue?)>()
        );
        var replaces = mapping.Mode is not ImportMode.Fill;
        foreach (var (attribute, column, value) in row.Values)
        {
            var old = before?.GetValueOrDefault(attribute.Id);
            if (
                value is null
                    ? old is null || mapping.Mode is not ImportMode.ReplaceAndDelete
                    : value.Equals(old) || (old is not null && !replaces)
            )
                continue;
            if (old is not null) Replaced++;
            set.Add((attribute, value));
            wrote.Add(new(ImportTargets.Attribute + attribute.Key, Written(old), Written(value)));
        }
        // Staff by a role, or by a permission for single things, as who moderates one board.
        var isStaff = member.Role is not null || withSingle.Contains(member.Id);
        if (replaces && row.Name is { } name && name != member.Name && !isStaff)
        {
            if (isReserved(name)) parser.Note(row, mapping.At(ImportTargets.Name), "members.name.reserved");
            else { wrote.Add(new(ImportTargets.Name, member.Name, name)); Replaced++; }
        }
        if (row.Language is { } language && language != member.Language && (replaces || member.Language is null))
        {
            wrote.Add(new(ImportTargets.Language, member.Language, language));
            if (member.Language is not null) Replaced++;
        }
        // A file never replaces a password, nor gives one to staff: whoever made it could sign in as them.
        if (row.Password is { } hash && member is { PasswordHash: null, TwoFactorEnabled: false } && !isStaff)
            wrote.Add(new(ImportTargets.Password, null, hash));
        if (row.Email is { } email && mapping.Key != ImportTargets.Email && email.Normal != member.NormalizedEmail)
            parser.Note(row, mapping.At(ImportTargets.Email), "import.note.address");
        foreach (var (kind, column, yes) in row.Consents)
        {
            var state = consents[member.Id].FirstOrDefault(c => c.KindId == kind.Id);
            if (!yes || state is { Granted: true } && (member.MailStoppedAt is null || state.Since >= member.MailStoppedAt)) continue;
            // Whoever stopped later has decided later.
            if (member.MailStoppedAt >= row.ProofDate || state is { Granted: false } && state.Since >= row.ProofDate)
                parser.Note(row, column, "import.note.withdrawn");
            else
            {
                Grant(row, member, kind, state);
                wrote.Add(new(mapping.Columns[column].Target, "no", "yes"));
            }
        }
        var joins = places.Decide(row, member, reason => parser.Note(row, mapping.At(ImportTargets.Groups), reason));
        if (wrote.Count == 0 && !joins) { Unchanged++; return; }
        Changed++;
        changed.Add((row, member, wrote, set));
    }

    void Grant(ParsedRow row, Member member, MailKind kind, ConsentState? state)
    {
        // Dated to the proof, so that a stop that came later stays.
        var at = row.ProofDate!.Value;
        if (state is null) states.Add((member, new() { KindId = kind.Id, Granted = true, Since = at }));
        else states.Add((member, state));
        granted.Add(new()
        {
            MemberId = member.Id,
            KindId = kind.Id,
            Action = ConsentAction.Grant,
            At = at,
            Source = ConsentSource.Import,
            Text = row.ProofText,
            ActorId = import.StartedBy,
            Proof = new() { SignedOn = DateOnly.FromDateTime(db.Site.ToLocal(at)), Place = $"{row.ProofSource} (#{import.Id})" },
        });
    }

    internal static string? Written(TypedValue? value) => value is null ? null : JsonSerializer.Serialize(value);

    /// <summary>Writes what was decided, in the open change.</summary>
    public async Task Write(CancellationToken ct)
    {
        var done = new List<ImportedMember>(created.Count + changed.Count);
        var rows = new List<AttributeValue>();
        if (created.Count > 0)
        {
            var ids = await db.TakeIds<Member>(created.Count, ct);
            for (var i = 0; i < created.Count; i++)
            {
                var (row, member) = created[i];
                member.Id = ids[i];
                var has = row.Values.Where(v => v.Value is not null).ToList();
                foreach (var (attribute, _, value) in has) rows.AddRange(attribute.Rows(member.Id, value!));
                done.Add(new()
                {
                    ImportId = import.Id,
                    MemberId = member.Id,
                    Row = row.Row,
                    Line = row.Line,
                    IsNew = true,
                    Mark = MarkOf(member, has.Select(v => (v.Attribute.Id, v.Value!))),
                });
            }
            await db.InsertAll(created.ConvertAll(c => c.Member), ct);
            await db.InsertAll(rows, ct);
        }
        var added = await places.Write(
            (row, reason) =>
            {
                parser.Note(row, mapping.At(ImportTargets.Groups), reason);
                var note = row.Problems[^1];
                if (changed.FirstOrDefault(c => c.Row == row).Member is { } known) note.MemberId = known.Id;
                Problems.Add(note);
            },
            ct
        );
        foreach (var one in done.Where(d => added.Contains(d.MemberId))) one.Values = JsonSerializer.Serialize(added[one.MemberId]);
        await WriteChanged(done, added, ct);
        foreach (var (member, state) in states) state.MemberId = member.Id;
        var fresh = states.Where(s => db.Entry(s.State).State is EntityState.Detached).ToList();
        var next = 0;
        foreach (var grant in granted) grant.MemberId = states[next++].Member.Id;
        foreach (var ((_, state), grant) in states.Zip(granted)) (state.Granted, state.Since) = (true, grant.At);
        await db.InsertAll(fresh.ConvertAll(s => s.State), ct);
        var events = granted.Count == 0 ? [] : await db.TakeIds<ConsentEvent>(granted.Count, ct);
        foreach (var (grant, id) in granted.Zip(events))
        {
            grant.Id = id;
            (grant.Proof!.EventId, grant.Proof.MemberId) = (id, grant.MemberId);
        }
        await db.InsertAll(granted, ct);
        await db.InsertAll(granted.ConvertAll(g => g.Proof!), ct);
        await db.InsertAll(done, ct);
        await db.InsertAll(Problems, ct);
    }

    async Task WriteChanged(List<ImportedMember> done, ILookup<long, ImportedValue> added, CancellationToken ct)
    {
        if (changed.Count == 0) return;
        var ids = changed.ConvertAll(c => c.Member.Id);
        var before = (await db.AttributeValues.Where(v => ids.Contains(v.MemberId)).ToListAsync(ct)).ToLookup(v =>
            (v.MemberId, v.AttributeId)
        );
        foreach (var (row, member, wrote, set) in changed)
        {
            foreach (var (attribute, value) in set)
                db.SetValue(member.Id, attribute, value, [.. before[(member.Id, attribute.Id)]]);
            foreach (var value in wrote)
                switch (value.Target)
                {
                    case ImportTargets.Name: member.Rename(value.After!); break;
                    case ImportTargets.Language: member.Language = value.After; break;
                    case ImportTargets.Password: member.PasswordHash = value.After; break;
                }
            member.Saved(import.StartedBy, db.Now);
            done.Add(new()
            {
                ImportId = import.Id,
                MemberId = member.Id,
                Row = row.Row,
                Line = row.Line,
                Values = JsonSerializer.Serialize(
                    wrote.Select(w => w.Target == ImportTargets.Password ? w with { After = "" } : w).Concat(added[member.Id])
                ),
            });
        }
    }

    /// <summary>A hash of what a member is like: the same only if nobody has changed anything.</summary>
    internal static long MarkOf(Member member, IEnumerable<(long Attribute, TypedValue Value)> values)
    {
        var text = new StringBuilder();
        text.Append(member.Name)
            .Append('\n')
            .Append(member.NormalizedEmail)
            .Append('\n')
            .Append(member.Language)
            .Append('\n')
            .Append(member.Bio)
            .Append('\n')
            .Append(member.Picture)
            .Append('\n')
            .Append(member.Role)
            .Append('\n')
            .Append(member.PasswordHash);
        foreach (var (attribute, value) in values.OrderBy(v => v.Attribute))
        {
            text.Append('\n').Append(attribute).Append('=').Append(value.Text).Append('|')
                .Append(value.Number?.ToString("0.######", CultureInfo.InvariantCulture)).Append('|').Append(value.Date?.DayNumber)
                .Append('|').Append(value.MonthDay).Append('|').AppendJoin(',', value.Options);
            if (value.Address is { } address) text.Append('|').Append(address);
        }
        return BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
