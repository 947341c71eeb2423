using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Community.Members;

/// <summary>
/// A row of a member's value: one, or one for each chosen option of a many-valued attribute. Which columns it fills depends on the type:
/// <see cref="ValueRules"/> alone writes and reads them. Each of the columns that are searched has an index (attribute, column, member).
/// </summary>
public sealed class AttributeValue
{
    public long MemberId { get; set; }
    public long AttributeId { get; set; }
    /// <summary>0, or the option's id for a many-valued attribute.</summary>
    public long Item { get; set; }
    /// <summary>The type by whose rules the row was written: differs from the attribute's while that is being retyped.</summary>
    public AttributeType Type { get; set; }
    /// <summary>The value in kept form: a text, a code, a number in E.164, an address as JSON.</summary>
    public string? Text { get; set; }
    /// <summary>What is compared and sorted by: folded, of at most <see cref="ValueRules.MaxKey"/> characters.</summary>
    public string? Key { get; set; }
    /// <summary>The folded words of a longer text, in which parts are found; null if that is <see cref="Key"/>.</summary>
    public string? Words { get; set; }
    /// <summary>A number; 1 and 0 for yes and no; the Japanese postal code of an address. Stored in millionths.</summary>
    public decimal? Number { get; set; }
    public DateOnly? Date { get; set; }
    /// <summary>Month × 100 + day of a birthday, with or without its year.</summary>
    public int? MonthDay { get; set; }
    public long? OptionId { get; set; }
}

/// <summary>
/// A value that did not fit when its attribute was retyped, kept as text until staff enter it anew or discard it. Taken back by itself
/// if the attribute is retyped once more and the text then fits.
/// </summary>
public sealed class KeptAside
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    public long AttributeId { get; set; }
    /// <summary>The type that it had.</summary>
    public AttributeType Type { get; set; }
    /// <summary>As <see cref="MemberAttribute.Plain"/> wrote it.</summary>
    public required string Text { get; set; }
    public DateTime At { get; set; }
}

/// <summary>
/// Numbers as whole millionths: both databases compare and sort them exactly (SQLite would store a decimal as text).
/// </summary>
sealed class Millionths() : ValueConverter<decimal, long>(n => (long)(n * 1_000_000m), n => n / 1_000_000m)
{
    /// <summary>The largest absolute value.</summary>
    public const decimal Largest = 9_000_000_000_000m;
}
