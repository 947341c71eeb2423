using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Members;

/// <summary>
/// A postal address, Japanese or foreign, of parts that each have a field. As one text a Japanese address is taken apart
/// (〒100-0001 東京都千代田区千代田1-1); a foreign one is its parts separated by bars, in the order of <see cref="Parts"/>.
/// </summary>
sealed partial class AddressValues : ValueRules
{
    public const string CountryPart = ".country", PostalCodePart = ".postal-code", RegionPart = ".region", CityPart = ".city",
        Line1Part = ".street", Line2Part = ".building";

    const int MaxPart = 100;

    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public override IReadOnlyList<string> Parts { get; } = [CountryPart, PostalCodePart, RegionPart, CityPart, Line1Part, Line2Part];

    public override ValueRead Read(MemberAttribute attribute, Func<string, IReadOnlyList<string>> parts, DateOnly today)
    {
        var typed = Parts.ToDictionary(p => p, p => parts(p).FirstOrDefault(t => !IsBlank(t)) ?? "");
        if (parts("").FirstOrDefault(t => !IsBlank(t)) is { } text) return Completed(attribute, text, typed);
        // The country alone is the form's own choice.
        return typed.All(p => p.Key == CountryPart || p.Value.Length == 0) ? ValueRead.None : Of(attribute, p => typed[p]);
    }

    /// <summary>
    /// An address as one text, of which some parts stand beside it: files have its prefecture or postal code in columns of their own.
    /// </summary>
    ValueRead Completed(MemberAttribute attribute, string text, Dictionary<string, string> typed)
    {
        if (typed.Values.All(t => t.Length == 0) || text.AsSpan().ContainsAny('|', '｜')) return Parse(attribute, text, default);
        if (typed[CountryPart].Length > 0 && Country.Of(typed[CountryPart])?.Code is not "JP")
            return Of(attribute, p => p == Line1Part ? text.Trim() : typed[p]);
        if (TakenApart(text, typed[RegionPart].Trim(), typed[CityPart].Trim()) is not { } found)
            return ValueRead.Wrong("address.parts", text);
        if (found[Line2Part].Length > 0 && typed[Line2Part].Length > 0) found[Line2Part] += " " + typed[Line2Part].Trim();
        return Of(attribute, p => found[p].Length > 0 ? found[p] : typed[p]);
    }

    static ValueRead Of(MemberAttribute attribute, Func<string, string> typed)
    {
        var named = typed(CountryPart).Length > 0 ? typed(CountryPart) : attribute.HomeCountry;
        if (Country.Of(named) is not { } country) return Wrong(CountryPart, "country", named);
        var lines = new Dictionary<string, string>();
        foreach (var part in (string[])[PostalCodePart, RegionPart, CityPart, Line1Part, Line2Part])
        {
            var read = Naming.ReadOptional(typed(part));
            if (read.Fault is { } fault) return Wrong(part, Naming.TextOf(fault));
            if (read.Text.Length > MaxPart) return Wrong(part, "long", MaxPart, read.Text.Length);
            lines[part] = read.Text;
        }
        var (postal, region) = (Narrow(lines[PostalCodePart]), lines[RegionPart]);
        if (country.Code == "JP")
        {
            var digits = new string([.. postal.Where(char.IsAsciiDigit)]);
            if (postal.Any(c => !char.IsAsciiDigit(c) && c is not ('-' or '〒' or ' ' or 'ー' or '−' or '‐')))
                return Wrong(PostalCodePart, "address.postal-code", postal);
            if (digits.Length is > 0 and not 7)
                return Wrong(PostalCodePart, digits.Length == 6 ? "address.postal-code.zero" : "address.postal-code", postal);
            postal = digits.Length == 0 ? "" : digits[..3] + "-" + digits[3..];
            if (region.Length == 0 && PrefectureAtBeginning().Match(lines[CityPart]) is { Success: true } inCity)
                (region, lines[CityPart]) = (inCity.Value, lines[CityPart][inCity.Length..]);
            if (region.Length > 0)
            {
                if (Prefecture.Of(region) is not { } prefecture) return Wrong(RegionPart, "prefecture", region);
                region = prefecture.Code;
            }
            if (region.Length == 0) return Wrong(RegionPart, "address.prefecture");
        }
        if (lines[CityPart].Length == 0) return Wrong(CityPart, "address.city");
        if (lines[Line1Part].Length == 0) return Wrong(Line1Part, "address.line1");
        return ValueRead.Of(
            new() { Address = new(country.Code, postal, region, lines[CityPart], lines[Line1Part], lines[Line2Part]) }
        );
    }

    static ValueRead Wrong(string part, string reason, params object[] args) => new(null, new(reason, args) { Part = part });

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var pieces = typed.Split('|', '｜');
        if (pieces.Length == Parts.Count)
            return Of(attribute, p => pieces[Parts.ToList().IndexOf(p)].Trim());
        if (pieces.Length > 1) return ValueRead.Wrong("address.parts", typed.Trim());
        return TakenApart(typed, "", "") is { } found
            ? Of(attribute, p => found.GetValueOrDefault(p, ""))
            : ValueRead.Wrong("address.parts", typed.ReplaceLineEndings(" ").Trim());
    }

    /// <summary>The parts of a Japanese address that is one text; null if its prefecture or city is not found.</summary>
    /// <param name="text">The text.</param>
    /// <param name="region">Its prefecture, if the text may leave it out.</param>
    /// <param name="municipality">Its city, if the text may leave it out.</param>
    static Dictionary<string, string>? TakenApart(string text, string region, string municipality)
    {
        text = text.ReplaceLineEndings(" ").Trim();
        if (PostalCode().Match(text) is not { Success: true } postal) postal = Match.Empty;
        var rest = text[postal.Length..].Trim();
        if (PrefectureAtBeginning().Match(rest) is { Success: true } prefecture)
            (region, rest) = (prefecture.Value, rest[prefecture.Length..].Trim());
        if (region.Length == 0) return null;
        var city = municipality;
        if (city.Length == 0)
        {
            if (Municipality().Match(rest) is not { Success: true } found) return null;
            city = found.Value;
        }
        if (rest.StartsWith(city, StringComparison.Ordinal)) rest = rest[city.Length..].Trim();
        var lines = rest.Split([' ', '　'], 2, StringSplitOptions.RemoveEmptyEntries);
        return new()
        {
            [CountryPart] = "JP",
            [PostalCodePart] = Narrow(postal.Value),
            [RegionPart] = region,
            [CityPart] = city,
            [Line1Part] = lines.FirstOrDefault() ?? "",
            [Line2Part] = lines.Length > 1 ? lines[1] : "",
        };
    }

    public override string Format(MemberAttribute attribute, TypedValue value, string language)
    {
        var a = value.Address!;
        if (a.Country == "JP")
        {
            var prefecture = Prefecture.Of(a.Region)?.Name(language) ?? a.Region;
            var postal = a.PostalCode.Length > 0 ? "〒" + a.PostalCode : "";
            return Of(language).LargestAreaFirst || IsJapanese().IsMatch(a.City + a.Line1)
                ? Lines(" ", postal, Prefecture.Of(a.Region)?.Japanese + a.City + a.Line1, a.Line2)
                : Lines(", ", a.Line2, a.Line1, a.City, Lines(" ", prefecture, a.PostalCode), Country.Of("JP")!.Name(language));
        }
        return Lines(", ", a.Line1, a.Line2, a.City, Lines(" ", a.Region, a.PostalCode), CountryOf(a, language));

        static string CountryOf(PostalAddress address, string language) => Country.Of(address.Country)?.Name(language) ?? address.Country;

        static string Lines(string between, params string[] parts) => string.Join(between, parts.Where(p => p.Length > 0));
    }

    public override string Plain(MemberAttribute attribute, TypedValue value, string language) =>
        string.Join(" | ", ToForm(attribute, value, language).Select(p => p.Text.Replace('|', ' ')));

    public override IEnumerable<(string Part, string Text)> ToForm(MemberAttribute attribute, TypedValue value, string language)
    {
        var a = value.Address!;
        var region = a.Country == "JP" ? Prefecture.Of(a.Region)?.Name(language) ?? a.Region : a.Region;
        return
        [
            (CountryPart, a.Country), (PostalCodePart, a.PostalCode), (RegionPart, region), (CityPart, a.City), (Line1Part, a.Line1),
            (Line2Part, a.Line2),
        ];
    }

    /// <summary>The key by which addresses of a prefecture or a country are found: <c>JP-13</c>, <c>US</c>.</summary>
    public static string AreaOf(PostalAddress address) => address.Country == "JP" ? "JP-" + address.Region : address.Country;

    internal override IEnumerable<AttributeValue> Rows(TypedValue value)
    {
        var a = value.Address!;
        var region = a.Country == "JP" && Prefecture.Of(a.Region) is { } p ? p.Japanese + " " + p.English : a.Region;
        return
        [
            new()
            {
                Text = JsonSerializer.Serialize(a, json),
                Key = AreaOf(a),
                Words = Member.Searchable(string.Join(' ', a.PostalCode, region + a.City + a.Line1, a.Line2, a.City)),
                Number = a.Country == "JP" && a.PostalCode.Length > 0
                    ? decimal.Parse(a.PostalCode.Replace("-", ""), CultureInfo.InvariantCulture)
                    : null,
            },
        ];
    }

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) =>
        new() { Address = JsonSerializer.Deserialize<PostalAddress>(rows[0].Text!, json) };

    [GeneratedRegex(@"^[〒\s]*[0-9０-９]{3}[-ー−‐－]?[0-9０-９]{4}")]
    private static partial Regex PostalCode();

    [GeneratedRegex("^(北海道|東京都|京都府|大阪府|.{2,3}?県)")]
    private static partial Regex PrefectureAtBeginning();

    // Municipalities whose names contain one of 市区町村郡 come first; then a county's town or village, a city with its ward, and the rest.
    [GeneratedRegex(
        "^(四日市市|廿日市市|野々市市|八日市場市|市川市|市原市|十日町市|大町市|町田市|東村山市|武蔵村山市|村山市|村上市|羽村市|田村市|大村市|郡山市|郡上市|大和郡山市|蒲郡市"
            + "|小郡市|余市郡.+?[町村]|杵島郡大町町|.{1,5}?郡.{1,6}?[町村]|.{1,5}?市.{1,3}?区|.{1,6}?[市区町村])"
    )]
    private static partial Regex Municipality();

    [GeneratedRegex("[ぁ-ヺ一-龯]")]
    private static partial Regex IsJapanese();
}
