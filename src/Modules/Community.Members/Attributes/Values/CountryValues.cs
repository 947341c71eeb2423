using Community.Kernel;

namespace Community.Members;

/// <summary>A country or territory: its code in ISO 3166-1 (two letters) and its names.</summary>
public sealed record Country(string Code, Translations Names)
{
    public static readonly IReadOnlyList<Country> All = Read();

    static readonly Dictionary<string, Country> byName = ByName();

    static List<Country> Read()
    {
        using var file = typeof(Country).Assembly.GetManifestResourceStream("Community.Members.Attributes.countries.txt")!;
        using var lines = new StreamReader(file);
        var all = new List<Country>();
        while (lines.ReadLine() is { } line)
            if (!line.StartsWith('#') && line.Split('\t') is [var code, .. var names])
                all.Add(new(code, Translations.Of(l => names[Texts.Languages.ToList().IndexOf(l)])));
        return all;
    }

    static Dictionary<string, Country> ByName()
    {
        var names = new Dictionary<string, Country>
        {
            ["usa"] = Known("US"),
            ["米国"] = Known("US"),
            ["アメリカ"] = Known("US"),
            ["uk"] = Known("GB"),
            ["英国"] = Known("GB"),
            ["日本国"] = Known("JP"),
            ["korea"] = Known("KR"),
            ["hong kong"] = Known("HK"),
            ["香港"] = Known("HK"),
        };
        foreach (var country in All)
            foreach (var name in Texts.Languages.Select(l => country.Names[l]).Append(country.Code))
                names.TryAdd(Member.Searchable(name), country);
        return names;
    }

    static Country Known(string code) => All.First(c => c.Code == code);

    public string Name(string language) => Names.For(language).Text;

    /// <summary>All by name in a language, the site's own first: most choose that.</summary>
    public static IEnumerable<Country> InOrder(string language, string first) =>
        sorted[language].OrderByDescending(c => c.Code == first);

    static readonly Dictionary<string, List<Country>> sorted = Texts.Languages.ToDictionary(
        l => l,
        l => All.OrderBy(c => c.Name(l), StringComparer.Create(Texts.CultureOf(l), ignoreCase: true)).ToList()
    );

    /// <summary>Of a code or of a name in either language; null for none.</summary>
    public static Country? Of(string typed) => byName.GetValueOrDefault(Member.Searchable(typed));
}

/// <summary>A country or territory.</summary>
sealed class CountryValues : ValueRules
{
    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today) =>
        Country.Of(typed) is { } found ? ValueRead.Of(new() { Text = found.Code }) : ValueRead.Wrong("country", typed.Trim());

    public override string Format(MemberAttribute attribute, TypedValue value, string language) =>
        Country.Of(value.Text!)?.Name(language) ?? value.Text!;

    public override IEnumerable<(string Part, string Text)> ToForm(MemberAttribute attribute, TypedValue value, string language) =>
        [("", value.Text!)];

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Text = value.Text, Key = value.Text }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Text = rows[0].Text };
}
