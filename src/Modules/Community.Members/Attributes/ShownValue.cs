using System.Globalization;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>A member's value of an attribute, as one reader may see it.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Text">In the reader's language; null for no value, and for one that is masked.</param>
/// <param name="IsMasked">There is a value, and the reader may not see it.</param>
public sealed record ShownValue(MemberAttribute Attribute, string? Text, bool IsMasked = false)
{
    /// <summary>The key of the attribute in audit records: its label is looked up when the record is read.</summary>
    public static string FieldOf(MemberAttribute attribute) => AttributeTexts.FieldPrefix + attribute.Key;
}

public static class ShownValues
{
    /// <summary>
    /// The values of a member that a reader may see, in order. Of the others not a byte leaves the database: for staff it is asked only
    /// whether they exist.
    /// </summary>
    public static async Task<IReadOnlyList<ShownValue>> ShownTo(
        this SiteDb db,
        Reader reader,
        long member,
        bool withMasked = false,
        CancellationToken ct = default
    )
    {
        var attributes = (await db.Attributes(ct)).InUse.ToList();
        var values = await db.ValuesOf(member, attributes.Where(a => a.IsVisibleTo(reader)), ct);
        var hidden = withMasked ? attributes.Where(a => !a.IsVisibleTo(reader)).Select(a => a.Id).ToList() : [];
        var masked = hidden.Count == 0
            ? []
            : await db
                .AttributeValues.Where(v => v.MemberId == member && hidden.Contains(v.AttributeId))
                .Select(v => v.AttributeId)
                .Distinct()
                .ToListAsync(ct);
        return
        [
            .. attributes
                .Where(a => a.IsVisibleTo(reader) || hidden.Contains(a.Id))
                .Select(a => new ShownValue(
                    a,
                    values.TryGetValue(a.Id, out var value) ? a.Format(value, Language) : null,
                    masked.Contains(a.Id)
                )),
        ];
    }

    static string Language => AttributeTexts.Language;
}

/// <summary>How attributes are named in texts and in the audit log.</summary>
public static class AttributeTexts
{
    /// <summary>Before the attribute's key, in the fields of an audit record.</summary>
    public const string FieldPrefix = "attribute.";

    /// <summary>The reader's language; the first one for work in the background.</summary>
    public static string Language =>
        CultureInfo.CurrentUICulture.TwoLetterISOLanguageName is var language && Texts.Languages.Contains(language)
            ? language
            : Texts.Languages[0];

    /// <summary>The type's part of a text's key: <c>attributes.type.many-of</c>.</summary>
    public static string Word(Enum value) =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
