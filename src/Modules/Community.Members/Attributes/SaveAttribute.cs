using System.Globalization;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Defines, changes, orders, retires and restores attributes.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveAttribute(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    /// <param name="actor">The acting staff member.</param>
    /// <param name="definition">What was typed.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The id; null if it was not created: <paramref name="problems"/> say why.</returns>
    public async Task<long?> Create(Reader actor, AttributeDefinition definition, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Attributes);
        definition.Check(problems, texts, Language);
        var keys = await db.MemberAttributes.Select(a => a.Key).ToListAsync(ct);
        if (keys.Contains(definition.Key)) problems.Add("Key", texts["attributes.key.taken"]);
        if (keys.Count >= MemberAttribute.MaxPerSite) problems.Add("", texts["attributes.full", MemberAttribute.MaxPerSite]);
        if (problems.Any) return null;
        var attribute = new MemberAttribute
        {
            Key = definition.Key.Length > 0 ? definition.Key : FreeKey(keys, "attribute-"),
            Type = definition.Type,
            Position = keys.Count,
            CreatedAt = Now,
        };
        definition.Apply(attribute);
        AddOptions(attribute, definition.ReadNewOptions(Language));
        db.MemberAttributes.Add(attribute);
        db.Publish(() => new AttributeCreated(attribute.Id));
        audit.Did(
            "attributes.make",
            attribute.Label(Language),
            [
                new("attribute-type", To: "attributes.type." + AttributeTexts.Word(attribute.Type)),
                new("attribute-visibility", To: Seen(attribute)),
            ]
        );
        db.Touch(SiteAttributes.Version);
        try { await change.Commit(ct); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("Key", texts["attributes.key.taken"]);
            return null;
        }
        return attribute.Id;
    }

    static string FreeKey(ICollection<string> taken, string stem)
    {
        var n = taken.Count + 1;
        while (taken.Contains(stem + n.ToString(CultureInfo.InvariantCulture))) n++;
        return stem + n.ToString(CultureInfo.InvariantCulture);
    }

    internal static void AddOptions(MemberAttribute attribute, IEnumerable<AttributeDefinition.Option> added)
    {
        foreach (var option in added)
            attribute.Options.Add(
                new()
                {
                    Key = FreeKey([.. attribute.Options.Select(o => o.Key)], "option-"),
                    Labels = option.Labels,
                    Position = attribute.Options.Count,
                }
            );
    }

    /// <summary>Changes everything but key and type. Values stay; those that do not fit a new rule stay until they are edited.</summary>
    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The attribute's id.</param>
    /// <param name="definition">What was typed.</param>
    /// <param name="version">The <see cref="MemberAttribute.Version"/> that the actor saw; null to overwrite unconditionally.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: there is no such attribute, or <paramref name="problems"/> say why.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Change(
        Reader actor,
        long id,
        AttributeDefinition definition,
        long? version,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await using var change = await db.Change<MemberAttribute>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Attributes);
        if (change.Row is not { } attribute)
            return false;
        attribute.Options = await db
            .AttributeOptions.Where(o => o.AttributeId == id)
            .OrderBy(o => o.Position)
            .ThenBy(o => o.Id)
            .ToListAsync(ct);
        definition = definition with { Type = attribute.Type };
        definition.Check(problems, texts, Language);
        if (problems.Any) return false;
        if (version is not null && version != attribute.Version)
            throw await EditConflict.Of(db, attribute.ChangedBy, attribute.ChangedAt, ct);
        var before = Facts(attribute);
        definition.Apply(attribute);
        ChangeOptions(attribute, definition);
        AddOptions(attribute, definition.ReadNewOptions(Language));
        var changes = AuditChange.Of(before.Zip(Facts(attribute), (a, b) => AuditChange.Value(a.Field, a.Value, b.Value)));
        if (changes.Count == 0) return true;
        (attribute.ChangedAt, attribute.ChangedBy) = (Now, staff.Id);
        db.Publish(new AttributeChanged(id));
        audit.Did("attributes.edit", attribute.Label(Language), changes);
        db.Touch(SiteAttributes.Version);
        await change.Commit(ct);
        return true;
    }

    void ChangeOptions(MemberAttribute attribute, AttributeDefinition definition)
    {
        foreach (var option in attribute.Options)
        {
            if (definition.Options.FirstOrDefault(o => o.Id == option.Id) is not { } typed) continue;
            option.Labels = typed.Labels;
            option.RetiredAt = typed.Retired ? option.RetiredAt ?? Now : null;
        }
        // In the order of the typed places; equal ones stay as they were.
        var places = definition.Options.ToDictionary(o => o.Id!.Value, o => int.TryParse(o.Position, out var place) ? place : int.MaxValue);
        var order = attribute.Options.OrderBy(o => places.GetValueOrDefault(o.Id, int.MaxValue)).ThenBy(o => o.Position).ToList();
        for (var i = 0; i < order.Count; i++) order[i].Position = i;
    }

    // What the log says of a definition: nothing of a member.
    static List<(string Field, string? Value)> Facts(MemberAttribute a) =>
    [
        ("attribute-label", string.Join(" | ", Texts.Languages.Select(l => a.Labels[l]).Where(l => l.Length > 0))),
        ("attribute-help", string.Join(" | ", Texts.Languages.Select(l => a.Helps[l]).Where(l => l.Length > 0))),
        ("attribute-required", a.Required ? "settings.yes" : "settings.no"),
        ("attribute-asked", "attributes.asked." + AttributeTexts.Word(a.Asked)),
        ("attribute-visibility", Seen(a)),
        ("attribute-may-edit", a.MemberMayEdit ? "settings.yes" : "settings.no"),
        ("attribute-rules", string.Join(" ", a.Pattern, a.Min, a.Max, a.Decimals, a.From, a.To, a.HomeCountry)),
        (
            "attribute-options",
            string.Join(
                ", ",
                a.Options.OrderBy(o => o.Position).Select(o => o.Labels.For(Language).Text + (o.RetiredAt is null ? "" : " (–)"))
            )
        ),
    ];

    static string Seen(MemberAttribute attribute) => "attributes.visibility." + AttributeTexts.Word(attribute.Visibility);

    /// <summary>Moves an attribute one place up or down among those in use; at either end it stays.</summary>
    /// <returns>False if there is no such attribute in use.</returns>
    public async Task<bool> Move(Reader actor, long id, bool up, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Attributes);
        // Lock all of them, so that of two simultaneous moves the second starts from the result of the first.
        var locked = await db.LockedWhere<MemberAttribute>(a => a.RetiredAt == null, ct);
        List<MemberAttribute> order = [.. locked.OrderBy(a => a.Position).ThenBy(a => a.Id)];
        var at = order.FindIndex(a => a.Id == id);
        if (at < 0) return false;
        var to = Math.Clamp(up ? at - 1 : at + 1, 0, order.Count - 1);
        if (to == at) return true;
        (order[at], order[to]) = (order[to], order[at]);
        for (var i = 0; i < order.Count; i++) order[i].Position = i;
        audit.Did("attributes.order", order[to].Label(Language), [new("attribute-place", $"{at + 1}", $"{to + 1}")]);
        db.Publish(new AttributeChanged(id));
        db.Touch(SiteAttributes.Version);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Ends or resumes the use of an attribute; its values stay. Idempotent.</summary>
    /// <returns>False if there is no such attribute.</returns>
    public async Task<bool> Retire(Reader actor, long id, bool retired, CancellationToken ct = default)
    {
        await using var change = await db.Change<MemberAttribute>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Attributes);
        if (change.Row is not { } attribute) return false;
        if (attribute.RetiredAt is not null == retired) return true;
        (attribute.RetiredAt, attribute.RetiredBy) = retired ? ((DateTime?)Now, staff.Id) : (null, null);
        // Restored, it stands at the end.
        if (!retired) attribute.Position = await db.MemberAttributes.CountAsync(ct);
        audit.Did(retired ? "attributes.retire" : "attributes.restore", attribute.Label(Language));
        db.Publish(retired ? new AttributeRetired(id) : new AttributeRestored(id));
        db.Touch(SiteAttributes.Version);
        await change.Commit(ct);
        return true;
    }

    static string Language => AttributeTexts.Language;

    DateTime Now => time.GetUtcNow().UtcDateTime;
}

/// <summary>Discards a value that was kept aside, once staff have entered it anew or do not want it.</summary>
public sealed class DiscardKeptAside(SiteDb db, Actors actors, Audit audit)
{
    /// <returns>The member whose value it was; null if it is gone already.</returns>
    /// <exception cref="Denied">The actor may not edit members, or may not see values of the attribute.</exception>
    public async Task<long?> Do(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        if (await db.KeptAside.FirstOrDefaultAsync(v => v.Id == id, ct) is not { } value) return null;
        var attribute = (await db.Attributes(ct))[value.AttributeId]!;
        if (!attribute.IsVisibleTo(staff)) throw new Denied();
        db.KeptAside.Remove(value);
        audit.Changed("attributes.discard", value.MemberId, ShownValue.FieldOf(attribute));
        await change.Commit(ct);
        return value.MemberId;
    }
}
