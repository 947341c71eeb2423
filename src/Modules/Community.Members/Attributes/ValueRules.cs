using System.Text;
using Community.Kernel;

namespace Community.Members;

/// <summary>
/// How values of one type are parsed, checked, formatted, stored and compared. Forms, imports, exports, conditions and merge fields ask
/// it by way of <see cref="MemberAttribute"/>: the rule of a type stands once.
/// </summary>
public abstract class ValueRules
{
    /// <summary>Longest <see cref="AttributeValue.Key"/>, in UTF-16 code units: an index entry of PostgreSQL ends at 2,700 bytes.</summary>
    public const int MaxKey = 400;

    static readonly Dictionary<AttributeType, ValueRules> all = new()
    {
        [AttributeType.Text] = new TextValues(),
        [AttributeType.LongText] = new LongTextValues(),
        [AttributeType.Number] = new NumberValues(),
        [AttributeType.Date] = new DateValues(),
        [AttributeType.Birthday] = new BirthdayValues(),
        [AttributeType.YesNo] = new YesNoValues(),
        [AttributeType.OneOf] = new OptionValues(many: false),
        [AttributeType.ManyOf] = new OptionValues(many: true),
        [AttributeType.Prefecture] = new PrefectureValues(),
        [AttributeType.Country] = new CountryValues(),
        [AttributeType.Telephone] = new TelephoneValues(),
        [AttributeType.Address] = new AddressValues(),
        [AttributeType.Url] = new UrlValues(),
        [AttributeType.Furigana] = new FuriganaValues(),
        [AttributeType.MemberNumber] = new MemberNumberValues(),
    };

    public static ValueRules Of(AttributeType type) => all[type];

    /// <summary>The names of its form fields, appended to the attribute's: one unnamed, unless the value has parts.</summary>
    public virtual IReadOnlyList<string> Parts => [""];

    /// <summary>Parses a text that is not blank, without checking the attribute's own rules.</summary>
    public abstract ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today);

    /// <summary>Parses the fields of a form.</summary>
    public virtual ValueRead Read(MemberAttribute attribute, Func<string, IReadOnlyList<string>> parts, DateOnly today) =>
        parts("").FirstOrDefault(t => !IsBlank(t)) is { } typed ? Parse(attribute, typed, today) : ValueRead.None;

    /// <summary>What the attribute's pattern, range or options have against a value; null for nothing.</summary>
    public virtual ValueProblem? Check(MemberAttribute attribute, TypedValue value, DateOnly today, TypedValue? before) => null;

    /// <summary>See <see cref="MemberAttribute.Format"/>.</summary>
    public abstract string Format(MemberAttribute attribute, TypedValue value, string language);

    /// <summary>See <see cref="MemberAttribute.Plain"/>.</summary>
    public virtual string Plain(MemberAttribute attribute, TypedValue value, string language) => Format(attribute, value, language);

    /// <summary>The fields of a form that show the value; <see cref="Read"/> reads them again.</summary>
    public virtual IEnumerable<(string Part, string Text)> ToForm(MemberAttribute attribute, TypedValue value, string language) =>
        [("", Plain(attribute, value, language))];

    /// <summary>The value in columns, without member and attribute.</summary>
    internal abstract IEnumerable<AttributeValue> Rows(TypedValue value);

    /// <summary>The value that rows hold, at least one.</summary>
    internal abstract TypedValue Of(IReadOnlyList<AttributeValue> rows);

    /// <summary>Blank also if it has nothing but full-width spaces or invisible characters.</summary>
    public static bool IsBlank(string? typed) =>
        string.IsNullOrWhiteSpace(typed) || typed.EnumerateRunes().All(r => Naming.IsIgnorable(r.Value) || Rune.IsWhiteSpace(r));

    /// <summary>Half-width letters, digits and signs, trimmed: 「０９０ー１２３４」 is typed where a number is meant.</summary>
    internal static string Narrow(string typed) => Characters.Normal(typed, NormalizationForm.FormKC).Trim();

    /// <summary>What is compared, sorted and searched by.</summary>
    internal static string KeyOf(string text)
    {
        var key = Member.Searchable(text);
        return key.Length <= MaxKey ? key : key[..(char.IsHighSurrogate(key[MaxKey - 1]) ? MaxKey - 1 : MaxKey)];
    }

    /// <summary>How a language writes values.</summary>
    internal sealed record Forms(string Date, string MonthAndDay, string Join, string Yes, string No, bool LargestAreaFirst);

    static readonly Dictionary<string, Forms> forms = new()
    {
        ["en"] = new("MMMM d, yyyy", "MMMM d", ", ", "Yes", "No", LargestAreaFirst: false),
        ["ja"] = new("yyyy年M月d日", "M月d日", "、", "はい", "いいえ", LargestAreaFirst: true),
    };

    internal static Forms Of(string language) => forms.GetValueOrDefault(language, forms[Texts.Languages[0]]);
}
