using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Writes what a form says of a member's attributes, inside the change of the verb that uses it: the member's own, staff's, the end of a
/// registration.
/// </summary>
public sealed class SetValues(SiteDb db, IStringLocalizer texts)
{
    /// <param name="member">Whose values.</param>
    /// <param name="form">The form as sent.</param>
    /// <param name="may">Which attributes this person may edit: asked of the definitions as they are now.</param>
    /// <param name="problems">Receives what is wrong; then nothing is written.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The attributes whose value changed.</returns>
    public async Task<IReadOnlyList<MemberAttribute>> Write(
        long member,
        AttributeForm form,
        Func<MemberAttribute, bool> may,
        Problems problems,
        CancellationToken ct
    )
    {
        if (form.Attributes.Count == 0) return [];
        var site = await db.Attributes(ct);
        var present = form.Attributes
            .Select(a => site[a.Id])
            .OfType<MemberAttribute>()
            .Where(a => a is { IsInUse: true, RetypingSince: null } && may(a))
            .ToList();
        var before = await db.ValuesOf(member, present, ct);
        var values = form.Of(present).Read(before, problems, texts, Today(db));
        foreach (var (attribute, value) in values)
            if (attribute.Type is AttributeType.MemberNumber && value is not null && await IsTaken(member, attribute, value, ct))
                problems.Add(AttributeForm.Name(attribute), texts["attributes.problem.taken", value.Text!]);
        if (problems.Any) return [];
        var changed = values.Where(v => !Equals(v.Value, before.GetValueOrDefault(v.Key.Id))).ToList();
        foreach (var (attribute, value) in changed) await db.SetValue(member, attribute, value, ct);
        return [.. changed.Select(v => v.Key)];
    }

    Task<bool> IsTaken(long member, MemberAttribute attribute, TypedValue value, CancellationToken ct)
    {
        var key = attribute.Rows(member, value)[0].Key;
        return db.AttributeValues.AnyAsync(v => v.AttributeId == attribute.Id && v.Key == key && v.MemberId != member, ct);
    }

    /// <summary>
    /// Writes what somebody typed to register. What no longer fits, since a definition changed before the link was used, is kept aside.
    /// </summary>
    internal async Task Begin(long member, IReadOnlyDictionary<string, string[]> typed, CancellationToken ct)
    {
        if (typed.Count == 0) return;
        var site = await db.Attributes(ct);
        var form = AttributeForm.Sent(site.InUse.Where(a => a.MemberMayEdit), typed.SelectMany(f => f.Value, (f, v) => (f.Key, v)));
        foreach (var attribute in form.Attributes.Where(form.IsAsked))
        {
            var (value, problem) = attribute.Read(part => form.All(attribute, part), Today(db));
            if (value is not null) await db.SetValue(member, attribute, value, ct);
            else if (problem is not null)
                db.KeptAside.Add(
                    new()
                    {
                        MemberId = member,
                        AttributeId = attribute.Id,
                        Type = attribute.Type,
                        Text = string.Join(" ", attribute.Rules.Parts.SelectMany(p => form.All(attribute, p))),
                        At = db.Now,
                    }
                );
        }
    }

    /// <summary>Today on the site: dates of members are compared with it, wherever the server or the reader is.</summary>
    public static DateOnly Today(SiteDb db) => DateOnly.FromDateTime(db.Site.ToLocal(db.Now));
}
