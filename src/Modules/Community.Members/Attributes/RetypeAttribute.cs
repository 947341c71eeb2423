using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>What would become of an attribute's values with another type, or of the same type by today's rules.</summary>
/// <param name="Values">How many members have a value.</param>
/// <param name="Fit">How many of them fit.</param>
/// <param name="Reasons">Why the others do not, and how many for each reason.</param>
/// <param name="Examples">Some texts that do not fit, each with its number of members.</param>
/// <param name="NewOptions">The options that are to be made of texts, if that was asked.</param>
/// <param name="TakenBack">How many of the values kept aside fit again.</param>
public sealed record RetypePreview(
    int Values,
    int Fit,
    IReadOnlyList<(ValueProblem Example, int Count)> Reasons,
    IReadOnlyList<(string Text, int Count)> Examples,
    IReadOnlyList<string> NewOptions,
    int TakenBack
)
{
    public int KeptAside => Values - Fit;
}

/// <summary>Values of an attribute are to be rewritten for its new type.</summary>
public sealed record ConvertValues(long AttributeId);

/// <summary>
/// Gives an attribute another type, with values in it. Values that fit are rewritten by a job, in steps; those that do not are kept aside.
/// Until it is done, values are shown as they are, nobody edits them, and conditions on them match nobody.
/// </summary>
public sealed class RetypeAttribute(SiteDb db, Actors actors, Audit audit, TimeProvider time) : IHandle<ConvertValues>
{
    const int MaxExamples = 20;
    /// <summary>Members per step: other writers of the site wait during a step.</summary>
    const int Step = 500;

    /// <summary>Counts, by reading every value once: seconds with 500,000 of them.</summary>
    /// <param name="attribute">The attribute as it is.</param>
    /// <param name="to">The new type; the present one to check values by today's rules.</param>
    /// <param name="addOptions">Make an option of each text that is none yet.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<RetypePreview> Preview(MemberAttribute attribute, AttributeType to, bool addOptions, CancellationToken ct = default)
    {
        var next = Next(attribute, to);
        var (today, keys, taken) = (SetValues.Today(db), new HashSet<string>(), 0);
        var reasons = new Dictionary<string, (ValueProblem, int)>();
        var (texts, added) = (new Dictionary<string, int>(), new Dictionary<string, string>());
        var (values, fit) = (0, 0);
        await foreach (var text in Texts(attribute, ct))
        {
            values++;
            if (Problem(text) is not { } problem) fit++;
            else
            {
                var count = reasons.TryGetValue(problem.Reason, out var known) ? known.Item2 : 0;
                reasons[problem.Reason] = (count == 0 ? problem : known.Item1, count + 1);
                if (texts.Count < MaxExamples || texts.ContainsKey(text)) texts[text] = texts.GetValueOrDefault(text) + 1;
            }
        }
        await foreach (
            var aside in db.KeptAside.AsNoTracking().Where(v => v.AttributeId == attribute.Id).AsAsyncEnumerable().WithCancellation(ct)
        )
            if (Converted(next, aside.Text, today).Value is not null)
                taken++;
        return new(
            values,
            fit,
            [.. reasons.Values.OrderByDescending(r => r.Item2)],
            [.. texts.OrderByDescending(t => t.Value).Select(t => (t.Key, t.Value))],
            [.. added.Values],
            taken
        );

        ValueProblem? Problem(string text)
        {
            var read = Converted(next, text, today);
            if (read.Problem is { Reason: "option" } && addOptions && added.Count < MemberAttribute.MaxOptions - next.Options.Count)
            {
                // A long text is no label.
                if (text.Length > AttributeOption.MaxLabelLength || text.Contains('\n')) return read.Problem;
                added.TryAdd(ValueRules.KeyOf(text), text);
                return null;
            }
            if (read.Value is not null && to is AttributeType.MemberNumber && !keys.Add(next.Rows(1, read.Value)[0].Key!))
                return new("taken", text);
            return read.Problem;
        }
    }

    // What stands before a number means something in a text: a member number, a postal code, a country's code. It is not dropped.
    static ValueRead Converted(MemberAttribute next, string text, DateOnly today) =>
        next.Type is AttributeType.Number && ValueRules.Narrow(text) is ['+' or '0', >= '0' and <= '9', ..]
            ? ValueRead.Wrong("number.lost", text)
            : next.Parse(text, today);

    // The definition with the new type. Rules of the old type mean something else for the new one: they are set anew afterwards.
    static MemberAttribute Next(MemberAttribute a, AttributeType to) => a.Type == to ? a : new()
    {
        Id = a.Id,
        Key = a.Key,
        Type = to,
        Options = a.Options,
        HomeCountry = a.HomeCountry,
        Decimals = MemberAttribute.MaxDecimals,
    };

    async IAsyncEnumerable<string> Texts(
        MemberAttribute attribute,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var rows = new List<AttributeValue>();
        var all = db.AttributeValues.AsNoTracking().Where(v => v.AttributeId == attribute.Id).OrderBy(v => v.MemberId).AsAsyncEnumerable();
        await foreach (var row in all.WithCancellation(ct))
        {
            if (rows.Count > 0 && rows[0].MemberId != row.MemberId)
            {
                yield return attribute.Plain(MemberAttribute.Of(rows)!, Language);
                rows.Clear();
            }
            rows.Add(row);
        }
        if (rows.Count > 0) yield return attribute.Plain(MemberAttribute.Of(rows)!, Language);
    }

    /// <summary>Gives the attribute the type and begins to rewrite its values.</summary>
    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The attribute's id.</param>
    /// <param name="to">The new type.</param>
    /// <param name="addOptions">Make an option of each text that is none yet.</param>
    /// <param name="version">The <see cref="MemberAttribute.Version"/> that the actor saw; null to overwrite unconditionally.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such attribute.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="Refused">Its values are being rewritten already, or there would be no option.</exception>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Begin(
        Reader actor,
        long id,
        AttributeType to,
        bool addOptions,
        long? version,
        CancellationToken ct = default
    )
    {
        if (!(await actors.May(actor, MembersPermissions.Attributes))) throw new Denied();
        var added = addOptions && (await db.Attributes(ct))[id] is { } present ? (await Preview(present, to, true, ct)).NewOptions : [];
        await using var change = await db.Change<MemberAttribute>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Attributes);
        if (change.Row is not { } attribute) return false;
        if (attribute.RetypingSince is not null) throw new Refused("attributes.retyping");
        if (version is not null && version != attribute.Version)
            throw await EditConflict.Of(db, attribute.ChangedBy, attribute.ChangedAt, ct);
        if (attribute.Type == to) return true;
        attribute.Options = await db.AttributeOptions.Where(o => o.AttributeId == id).OrderBy(o => o.Position).ToListAsync(ct);
        SaveAttribute.AddOptions(
            attribute,
            added.Select(t => new AttributeDefinition.Option(null, Translations.Of(l => l == Language ? t : null)))
        );
        if (AttributeDefinition.HasOptions(to) && attribute.Options.Count == 0)
            throw new Refused("attributes.retype.no-options");
        audit.Did(
            "attributes.retype",
            attribute.Label(Language),
            [
                new(
                    "attribute-type",
                    "attributes.type." + AttributeTexts.Word(attribute.Type),
                    "attributes.type." + AttributeTexts.Word(to)
                ),
            ]
        );
        attribute.Type = to;
        (attribute.Pattern, attribute.Min, attribute.Max, attribute.From, attribute.To) = (null, null, null, null, null);
        attribute.Decimals = to is AttributeType.Number ? MemberAttribute.MaxDecimals : 0;
        if (to is AttributeType.MemberNumber)
            (attribute.MemberMayEdit, attribute.Required, attribute.Asked) = (false, false, AskedWhen.Later);
        (attribute.RetypingSince, attribute.RetypedUpTo) = (Now, 0);
        (attribute.ChangedAt, attribute.ChangedBy) = (Now, staff.Id);
        db.Publish(new AttributeChanged(id));
        db.Enqueue(new ConvertValues(id));
        db.Touch(SiteAttributes.Version);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Rewrites the values, in steps: each commits its values with the mark of how far it came.</summary>
    public async Task Handle(ConvertValues message, CancellationToken ct)
    {
        while (await Some(message.AttributeId, ct)) { }
        for (long after = 0; await TakeBack(message.AttributeId, after, ct) is { } last; after = last) { }
        await using var change = await Locked(message.AttributeId, ct);
        if (change.Row is not { RetypingSince: not null } attribute) return;
        (attribute.RetypingSince, attribute.RetypedUpTo) = (null, 0);
        db.Publish(new AttributeRetyped(attribute.Id));
        db.Touch(SiteAttributes.Version);
        await change.Commit(ct);
    }

    // What an earlier step tracked would hide what another process has changed since.
    Task<Change<MemberAttribute>> Locked(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        return db.Change<MemberAttribute>(id, ct);
    }

    /// <summary>One step; false if there are no more.</summary>
    async Task<bool> Some(long id, CancellationToken ct)
    {
        await using var change = await Locked(id, ct);
        if (change.Row is not { RetypingSince: not null } attribute) return false;
        attribute.Options = await db.AttributeOptions.Where(o => o.AttributeId == id).OrderBy(o => o.Position).ToListAsync(ct);
        var members = await db
            .AttributeValues.Where(v => v.AttributeId == id && v.MemberId > attribute.RetypedUpTo)
            .Select(v => v.MemberId)
            .Distinct()
            .Order()
            .Take(Step)
            .ToListAsync(ct);
        if (members.Count == 0) return false;
        var rows = await db
            .AttributeValues.Where(v => v.AttributeId == id && members.Contains(v.MemberId))
            .ToListAsync(ct);
        var values = new List<(long Member, TypedValue Value)>();
        // A row that has the new type already was written since: at the end of a registration.
        foreach (var old in rows.Where(r => r.Type != attribute.Type).GroupBy(r => r.MemberId).OrderBy(g => g.Key))
        {
            var text = attribute.Plain(MemberAttribute.Of([.. old])!, SiteLanguage);
            if (Converted(attribute, text, SetValues.Today(db)).Value is { } value) values.Add((old.Key, value));
            else Aside(attribute, old.Key, old.First().Type, text);
            db.AttributeValues.RemoveRange(old);
        }
        // The old rows go first: the new ones may have the same keys.
        await db.SaveChangesAsync(ct);
        await Add(attribute, values, ct);
        attribute.RetypedUpTo = members[^1];
        await db.SaveChangesAsync(ct);
        await Faults.At("retype.step", db.Site);
        await change.Commit(ct);
        return true;
    }

    void Aside(MemberAttribute attribute, long member, AttributeType type, string text) =>
        db.KeptAside.Add(
            new()
            {
                MemberId = member,
                AttributeId = attribute.Id,
                Type = type,
                Text = text,
                At = Now,
            }
        );

    // Of two members with one number, the first keeps it.
    async Task Add(MemberAttribute attribute, List<(long Member, TypedValue Value)> values, CancellationToken ct)
    {
        var taken = new HashSet<string>();
        if (attribute.Type is AttributeType.MemberNumber)
        {
            var keys = values.Select(v => attribute.Rows(v.Member, v.Value)[0].Key).ToList();
            taken = [.. await db.AttributeValues
                .Where(v => v.AttributeId == attribute.Id && v.Type == AttributeType.MemberNumber && keys.Contains(v.Key))
                .Select(v => v.Key!)
                .ToListAsync(ct)];
        }
        foreach (var (member, value) in values)
        {
            var rows = attribute.Rows(member, value);
            if (attribute.Type is AttributeType.MemberNumber && !taken.Add(rows[0].Key!))
                Aside(attribute, member, AttributeType.Text, value.Text!);
            else db.AttributeValues.AddRange(rows);
        }
    }

    /// <summary>
    /// Values kept aside earlier, of which some fit again; returns the last id of the step, or null if there are no more.
    /// </summary>
    async Task<long?> TakeBack(long id, long after, CancellationToken ct)
    {
        await using var change = await Locked(id, ct);
        if (change.Row is not { RetypingSince: not null } attribute) return null;
        attribute.Options = await db.AttributeOptions.Where(o => o.AttributeId == id).ToListAsync(ct);
        var aside = await db.KeptAside.Where(v => v.AttributeId == id && v.Id > after).OrderBy(v => v.Id).Take(Step).ToListAsync(ct);
        if (aside.Count == 0) return null;
        var members = aside.Select(v => v.MemberId).ToList();
        var have = (await db
            .AttributeValues.Where(v => v.AttributeId == id && members.Contains(v.MemberId))
            .Select(v => v.MemberId)
            .ToListAsync(ct)).ToHashSet();
        var values = new List<(long, TypedValue)>();
        // What the member has by now is newer than what was kept.
        foreach (var kept in aside)
            if (!have.Contains(kept.MemberId) && Converted(attribute, kept.Text, SetValues.Today(db)).Value is { } value)
            {
                have.Add(kept.MemberId);
                db.KeptAside.Remove(kept);
                values.Add((kept.MemberId, value));
            }
        var last = aside[^1].Id;
        await Add(attribute, values, ct);
        await db.SaveChangesAsync(ct);
        await Faults.At("retype.taken-back", db.Site);
        await change.Commit(ct);
        return last;
    }

    // The preview is read by a person, the job runs for the site: options and names of places are read in either language.
    static string Language => AttributeTexts.Language;
    string SiteLanguage => db.Site.Culture;
    DateTime Now => time.GetUtcNow().UtcDateTime;
}
