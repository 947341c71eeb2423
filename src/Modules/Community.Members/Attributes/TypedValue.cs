namespace Community.Members;

/// <summary>A value of an attribute, whatever rows or fields it came from. Which properties are set depends on the type.</summary>
public sealed record TypedValue
{
    /// <summary>The type by whose rules it was made: of a value that is not yet rewritten for a new type, the earlier one.</summary>
    public AttributeType Type { get; init; }
    /// <summary>A text, code, number in E.164 or URL, in kept form.</summary>
    public string? Text { get; init; }
    /// <summary>A number; 1 and 0 for yes and no.</summary>
    public decimal? Number { get; init; }
    /// <summary>A date, or a birthday with its year.</summary>
    public DateOnly? Date { get; init; }
    /// <summary>Month × 100 + day of a birthday.</summary>
    public int? MonthDay { get; init; }
    /// <summary>The ids of the chosen options, ascending.</summary>
    public IReadOnlyList<long> Options { get; init; } = [];
    public PostalAddress? Address { get; init; }

    public bool Equals(TypedValue? other) =>
        other is not null
        && (Type, Text, Number, Date, MonthDay, Address)
            == (other.Type, other.Text, other.Number, other.Date, other.MonthDay, other.Address)
        && Options.SequenceEqual(other.Options);

    public override int GetHashCode() => HashCode.Combine(Type, Text, Number, Date, MonthDay, Address, Options.Count);
}

/// <summary>A value that was read, or what is wrong with it; neither if nothing was typed.</summary>
public readonly record struct ValueRead(TypedValue? Value, ValueProblem? Problem)
{
    public static readonly ValueRead None;

    public static ValueRead Of(TypedValue value) => new(value, null);

    /// <param name="reason">See <see cref="ValueProblem.Reason"/>.</param>
    /// <param name="args">The sentence's arguments.</param>
    public static ValueRead Wrong(string reason, params object[] args) => new(null, new(reason, args));
}

/// <summary>Why a text is no value of the attribute, as a sentence for whoever typed it.</summary>
/// <param name="Reason">The key of the sentence: below <c>attributes.problem.</c>, or one of <c>names.</c></param>
/// <param name="Args">Its arguments.</param>
public sealed record ValueProblem(string Reason, params object[] Args)
{
    /// <summary>The part of the form that it is about, one of <see cref="ValueRules.Parts"/>; null for the first.</summary>
    public string? Part { get; init; }

    public string Said(Microsoft.Extensions.Localization.IStringLocalizer texts) =>
        texts[Reason.StartsWith("names.", StringComparison.Ordinal) ? Reason : "attributes.problem." + Reason, Args].Value;
}

/// <summary>A postal address. In Japan: prefecture, city, and the lines after them; elsewhere the state or province is optional.</summary>
/// <param name="Country">ISO 3166-1.</param>
/// <param name="PostalCode">In Japan <c>100-0001</c>; elsewhere as typed. May be empty.</param>
/// <param name="Region">The prefecture's code in JIS X 0401 in Japan; elsewhere a state or province. May be empty.</param>
/// <param name="City">The municipality: 千代田区.</param>
/// <param name="Line1">Town and block, or street and number.</param>
/// <param name="Line2">Building and room; may be empty.</param>
public sealed record PostalAddress(string Country, string PostalCode, string Region, string City, string Line1, string Line2);
