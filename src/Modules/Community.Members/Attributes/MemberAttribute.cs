using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Members;

/// <summary>
/// An attribute that the site defined for its members, such as a telephone number or a favourite drink. Conditions and values refer to
/// <see cref="Id"/>, which is never used again; merge fields, recipes and the columns of files refer to <see cref="Key"/>.
/// </summary>
public sealed class MemberAttribute
{
    public const int MaxKeyLength = 40, MaxLabelLength = 60, MaxHelpLength = 300, MaxPatternLength = 200, MaxDecimals = 6, MaxOptions = 500;
    /// <summary>How many attributes a site has at most, retired ones included: pages show them without paging.</summary>
    public const int MaxPerSite = 100;
    /// <summary>The lengths of a line, of a long text and of a member number, in UTF-16 code units.</summary>
    public const int MaxText = 200, MaxLongText = 4000, MaxMemberNumber = 40, MaxUrl = 500;

    public long Id { get; set; }
    /// <summary>A <see cref="Slug"/>, unique on the site; never changes.</summary>
    public required string Key { get; set; }
    public AttributeType Type { get; set; }
    public Translations Labels { get; set; } = Translations.None;
    /// <summary>What stands below the label on forms.</summary>
    public Translations Helps { get; set; } = Translations.None;
    /// <summary>Registration, if it asks, and the account page are not saved without a value.</summary>
    public bool Required { get; set; }
    public AskedWhen Asked { get; set; } = AskedWhen.Later;
    public Visibility Visibility { get; set; } = Visibility.Staff;
    /// <summary>Whether members edit their own value. If not, staff alone do.</summary>
    public bool MemberMayEdit { get; set; } = true;
    /// <summary>A regular expression that the whole of a text matches; null for any. Matched without backtracking.</summary>
    public string? Pattern { get; set; }
    /// <summary>The range of a number, of a text's length in characters, or of the number of options chosen; null for open.</summary>
    public decimal? Min { get; set; }
    public decimal? Max { get; set; }
    /// <summary>How many decimals a number may have.</summary>
    public int Decimals { get; set; }
    /// <summary>The range of a date, both days inclusive; null for open.</summary>
    public DateOnly? From { get; set; }
    public DateOnly? To { get; set; }
    /// <summary>The country (ISO 3166-1) of telephone numbers and postal addresses that name none.</summary>
    public string HomeCountry { get; set; } = "JP";
    /// <summary>The place among the attributes, on forms and pages.</summary>
    public int Position { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }
    /// <summary>Since when it is neither asked nor shown; its values stay. Null while it is in use.</summary>
    public DateTime? RetiredAt { get; set; }
    public long? RetiredBy { get; set; }
    /// <summary>
    /// Since when values are being rewritten for a new type: they are shown but not edited, and conditions on them match nobody. Null
    /// otherwise.
    /// </summary>
    public DateTime? RetypingSince { get; set; }
    /// <summary>How far they are rewritten: the id of the last member whose value is.</summary>
    public long RetypedUpTo { get; set; }
    /// <summary>In order, retired ones included: values may still refer to them.</summary>
    public List<AttributeOption> Options { get; set; } = [];

    /// <summary>Changes with each save. Forms carry it, to detect that somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);

    public bool IsInUse => RetiredAt is null;
    /// <summary>False while it is retired or its values are being rewritten: conditions on it match nobody.</summary>
    public bool IsSearchable => RetiredAt is null && RetypingSince is null;

    /// <summary>The label in a language; in another one if it has none.</summary>
    public string Label(string language) => Labels.For(language).Text;
    public string Help(string language) => Helps.For(language).Text;

    /// <summary>The rules of its type.</summary>
    public ValueRules Rules => ValueRules.Of(Type);

    /// <summary>
    /// Whether a reader sees other members' values. Members see their own on their account page, where those that they neither edit nor
    /// may see of others are left out; the export of their data has all.
    /// </summary>
    public bool IsVisibleTo(Reader reader) => Visibility switch
    {
        Visibility.Everyone => true,
        Visibility.Members => reader.Id is not null,
        Visibility.Staff => reader.May(MembersPermissions.Search),
        _ => reader.May(MembersPermissions.Personal),
    };

    /// <summary>
    /// Parses a value as it stands in a file's cell, a query or a recipe: leniently, with full-width forms. Blank text is no value.
    /// </summary>
    /// <param name="typed">The text.</param>
    /// <param name="today">Today in the site's time zone: nobody was born tomorrow.</param>
    /// <param name="before">
    /// The value before: unchanged, it is not checked against the pattern, range and options, which may be newer.
    /// </param>
    public ValueRead Parse(string? typed, DateOnly today, TypedValue? before = null) =>
        ValueRules.IsBlank(typed) ? ValueRead.None : Checked(Rules.Parse(this, typed!, today), today, before);

    /// <summary>The same from the fields of a form, or from several cells.</summary>
    /// <param name="parts">The texts of one of <see cref="ValueRules.Parts"/>; several for a many-valued one.</param>
    /// <param name="today">See <see cref="Parse"/>.</param>
    /// <param name="before">See <see cref="Parse"/>.</param>
    public ValueRead Read(Func<string, IReadOnlyList<string>> parts, DateOnly today, TypedValue? before = null) =>
        Checked(Rules.Read(this, parts, today), today, before);

    ValueRead Checked(ValueRead read, DateOnly today, TypedValue? before)
    {
        if (read.Value is null) return read;
        var value = read.Value with { Type = Type };
        return !value.Equals(before) && Rules.Check(this, value, today, before) is { } problem ? new(null, problem) : new(value, null);
    }

    // A value that is not yet rewritten for a new type is read by the rules of its own.
    static ValueRules RulesOf(TypedValue value) => ValueRules.Of(value.Type);

    /// <summary>The value as people read it, in a language. Plain text; a long text has line breaks.</summary>
    public string Format(TypedValue value, string language) => RulesOf(value).Format(this, value, language);

    /// <summary>The value as text that <see cref="Parse"/> reads again: for files.</summary>
    public string Plain(TypedValue value, string language) => RulesOf(value).Plain(this, value, language);

    /// <summary>The fields of a form that show the value, by part; <see cref="Read"/> reads them again.</summary>
    public IEnumerable<(string Part, string Text)> ToForm(TypedValue value, string language) =>
        value.Type == Type ? Rules.ToForm(this, value, language) : [(Rules.Parts[0], Plain(value, language))];

    /// <summary>The rows that hold a member's value.</summary>
    public IReadOnlyList<AttributeValue> Rows(long member, TypedValue value)
    {
        var rows = RulesOf(value).Rows(value).ToList();
        foreach (var row in rows) (row.MemberId, row.AttributeId, row.Type) = (member, Id, value.Type);
        return rows;
    }

    /// <summary>The value that rows hold; null for no rows. Rows of an earlier type are read by that type's rules.</summary>
    public static TypedValue? Of(IReadOnlyList<AttributeValue> rows) =>
        rows.Count == 0 ? null : ValueRules.Of(rows[0].Type).Of(rows) with { Type = rows[0].Type };

    // Making one takes longer than a thousand comparisons with it: a file has one for each of its rows.
    static readonly ConcurrentDictionary<string, Regex?> patterns = new();
    const int MaxPatterns = 200;

    /// <summary>A pattern that the whole value must match; null if it is none that can be used.</summary>
    public static Regex? PatternOf(string pattern)
    {
        if (patterns.TryGetValue(pattern, out var known)) return known;
        if (patterns.Count >= MaxPatterns) patterns.Clear();
        return patterns[pattern] = Made(pattern);
    }

    static Regex? Made(string pattern)
    {
        try
        {
            return new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        // Look-arounds and back references need backtracking.
        catch (Exception error) when (error is ArgumentException or NotSupportedException) { return null; }
    }
}

/// <summary>An option of an attribute. Values refer to <see cref="Id"/>: it can be renamed and retired, never deleted.</summary>
public sealed class AttributeOption
{
    public const int MaxLabelLength = 100;

    public long Id { get; set; }
    public long AttributeId { get; set; }
    /// <summary>Unique within the attribute; for recipes and files.</summary>
    public required string Key { get; set; }
    public Translations Labels { get; set; } = Translations.None;
    public int Position { get; set; }
    /// <summary>Since when it cannot be chosen; who chose it before keeps it.</summary>
    public DateTime? RetiredAt { get; set; }

    public string Label(string language) => Labels.For(language).Text;
}
