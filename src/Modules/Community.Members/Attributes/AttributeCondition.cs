using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;
using System.Text.Json.Serialization;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>How a value is compared.</summary>
public enum AttributeOperator
{
    /// <summary>Equal, or one of several.</summary>
    Is,
    /// <summary>The exact complement of <see cref="Is"/>: who has no value is in it.</summary>
    IsNot,
    Contains,
    Begins,
    Between,
    /// <summary>All of the options, of a many-valued attribute.</summary>
    All,
    /// <summary>A birthday is today, in the site's zone.</summary>
    Today,
    /// <summary>A birthday is within the next days, today included.</summary>
    Within,
    /// <summary>A birthday is in one of the months.</summary>
    Month,
    HasValue,
    /// <summary>The exact complement of <see cref="HasValue"/>.</summary>
    HasNone,
}

/// <summary>
/// A comparison with values, as it is stored. Refers to the attribute by the condition's key, and to options by their ids.
/// </summary>
public sealed record AttributeTest(AttributeOperator Operator)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? Options { get; init; }
    /// <summary>Prefectures, countries, months; for yes and no, 1 and 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Codes { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? From { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? To { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateOnly? FromDay { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateOnly? ToDay { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Days { get; init; }
}

/// <summary>
/// The condition on one attribute. It refers to the attribute's identity, so it outlives every change of the definition; while the
/// attribute is retired or its values are being rewritten, it is broken and matches nobody.
/// </summary>
public sealed class AttributeCondition : MemberCondition
{
    // Unique among all conditions: an address of a page may name a field without its condition.
    public string OperatorField => Field("op");
    public string TextField => Field("text");
    public string ChosenField => Field("one-of");
    public string FromField => Field("from");
    public string ToField => Field("to");
    public string DaysField => Field("days");
    string Field(string name) => $"a{Attribute.Id}-{name}";

    /// <summary>The longest time ahead that a birthday is looked for.</summary>
    public const int MaxDays = 365;

    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    AttributeCondition(MemberAttribute attribute) : base(KeyOf(attribute)) => Attribute = attribute;

    public static AttributeCondition Of(MemberAttribute attribute)
    {
        string[] fields = ["op", "text", "one-of", "from", "to", "days"];
        return new(attribute)
        {
            Fields = [.. fields.Select(f => $"a{attribute.Id}-{f}")],
            Part = typeof(AttributePart),
            Permission = PermissionOf(attribute),
        };
    }

    public MemberAttribute Attribute { get; }

    public static string KeyOf(MemberAttribute attribute) => "attributes." + attribute.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>What staff need to select by it, or to see another member's value in a preview.</summary>
    public static string? PermissionOf(MemberAttribute attribute) =>
        attribute.Visibility is Visibility.Personal ? MembersPermissions.Personal : null;

    /// <summary>The condition with these values, for a <see cref="Chosen"/> built in code.</summary>
    public (string Key, JsonElement Values) With(AttributeTest test) => (Key, JsonSerializer.SerializeToElement(test, json));

    public override bool IsOffered => Attribute.IsSearchable;
    public override bool IsWide(JsonElement values) =>
        Attribute.Type is AttributeType.YesNo || Values(values)?.Operator is AttributeOperator.Between or AttributeOperator.HasValue;
    public override string BrokenText => "conditions.broken.attribute";
    public override string Label(IStringLocalizer texts) => Attribute.Label(AttributeTexts.Language);
    public override IEnumerable<KeyValuePair<string, object?>> PartParameters => [new("Condition", this)];

    /// <summary>The comparisons that its type has.</summary>
    public IReadOnlyList<AttributeOperator> Operators => Attribute.Type switch
    {
        AttributeType.LongText => [AttributeOperator.Contains, .. always],
        AttributeType.Number =>
            [AttributeOperator.Is, AttributeOperator.IsNot, AttributeOperator.Between, .. always],
        AttributeType.Date => [AttributeOperator.Between, .. always],
        AttributeType.Birthday =>
            [AttributeOperator.Today, AttributeOperator.Within, AttributeOperator.Month, AttributeOperator.Between, .. always],
        AttributeType.YesNo or AttributeType.OneOf or AttributeType.Prefecture or AttributeType.Country =>
            [AttributeOperator.Is, AttributeOperator.IsNot, .. always],
        AttributeType.ManyOf => [AttributeOperator.Is, AttributeOperator.IsNot, AttributeOperator.All, .. always],
        AttributeType.Address => [AttributeOperator.Is, AttributeOperator.IsNot, AttributeOperator.Contains, .. always],
        _ => [AttributeOperator.Is, AttributeOperator.IsNot, AttributeOperator.Contains, AttributeOperator.Begins, .. always],
    };

    static readonly AttributeOperator[] always = [AttributeOperator.HasValue, AttributeOperator.HasNone];

    /// <summary>Whether values are chosen from a list.</summary>
    public bool HasList =>
        Attribute.Type is AttributeType.YesNo or AttributeType.OneOf or AttributeType.ManyOf or AttributeType.Prefecture
            or AttributeType.Country or AttributeType.Address;

    /// <summary>The list to choose from; an address is chosen by prefecture or country.</summary>
    public IEnumerable<(string Value, string Text)> List(IStringLocalizer texts)
    {
        var language = AttributeTexts.Language;
        var prefectures = Prefecture.All.Select(p => (p.Code, p.Name(language)));
        var countries = Country.InOrder(language, Attribute.HomeCountry).Select(c => (c.Code, c.Name(language)));
        return Attribute.Type switch
        {
            AttributeType.YesNo => [("1", texts["attributes.yes"]), ("0", texts["attributes.no"])],
            AttributeType.Prefecture => prefectures,
            AttributeType.Country => countries,
            AttributeType.Address =>
                prefectures.Select(p => ("JP-" + p.Code, p.Item2)).Concat(countries.Where(c => c.Code != "JP")),
            AttributeType.Birthday => Months(),
            _ => Attribute.Options.Select(o => (o.Id.ToString(CultureInfo.InvariantCulture), o.Label(language))),
        };

        IEnumerable<(string, string)> Months() =>
            Enumerable.Range(1, 12).Select(m => (
                m.ToString(CultureInfo.InvariantCulture),
                new DateOnly(2000, m, 1).ToString("MMMM", Texts.CultureOf(language))
            ));
    }

    public override JsonElement? Read(ConditionFields fields, Problems problems, IStringLocalizer texts)
    {
        if (!Enum.TryParse<AttributeOperator>(fields[OperatorField], out var chosen) || !Operators.Contains(chosen))
        {
            if (fields[OperatorField] is { } unknown) problems.Add(fields.Name(OperatorField), texts["staff.filter.unknown", unknown]);
            return null;
        }
        var before = problems.All.Count;
        var test = Test(chosen, fields, problems, texts);
        return test is null || problems.All.Count > before ? null : JsonSerializer.SerializeToElement(test, json);
    }

    AttributeTest? Test(AttributeOperator chosen, ConditionFields fields, Problems problems, IStringLocalizer texts)
    {
        var test = new AttributeTest(chosen);
        switch (chosen)
        {
            case AttributeOperator.HasValue or AttributeOperator.HasNone or AttributeOperator.Today:
                return test;
            case AttributeOperator.Within:
                if (fields[DaysField] is not { } days)
                    return null;
                if (
                    int.TryParse(ValueRules.Narrow(days), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                    && n is >= 1 and <= MaxDays
                )
                    return test with { Days = n };
                problems.Add(fields.Name(DaysField), texts["conditions.days.wrong", MaxDays]);
                return null;
            case AttributeOperator.Between when Attribute.Type is AttributeType.Number:
                var (least, most) = (Number(FromField), Number(ToField));
                if (least > most) problems.Add(fields.Name(ToField), texts["attributes.range.order"]);
                return least is null && most is null ? null : test with { From = least, To = most };
            case AttributeOperator.Between:
                var (first, last) = Days.Read(
                    problems,
                    fields.Name(FromField),
                    fields[FromField],
                    fields.Name(ToField),
                    fields[ToField],
                    texts
                );
                return first is null && last is null ? null : test with { FromDay = first, ToDay = last };
            case AttributeOperator.Contains or AttributeOperator.Begins:
                return ValueRules.IsBlank(fields[TextField]) ? null : test with { Text = fields[TextField]!.Trim() };
        }
        if (HasList || chosen is AttributeOperator.Month)
        {
            var known = List(texts).Select(o => o.Value).ToHashSet();
            var codes = fields.All(ChosenField).Where(known.Contains).Distinct().ToList();
            if (codes.Count == 0) return null;
            return AttributeDefinition.HasOptions(Attribute.Type)
                ? test with { Options = [.. codes.Select(c => long.Parse(c, CultureInfo.InvariantCulture))] }
                : test with { Codes = codes };
        }
        if (ValueRules.IsBlank(fields[TextField])) return null;
        if (Attribute.Type is AttributeType.Number) return Number(TextField) is { } number ? test with { From = number } : null;
        // The text is compared as a value would be kept: a telephone number in any spelling.
        var read = Attribute.Rules.Parse(Attribute, fields[TextField]!, DateOnly.MaxValue);
        if (read.Value is { } value) return test with { Text = value.Text };
        problems.Add(fields.Name(TextField), read.Problem?.Said(texts) ?? "");
        return null;

        decimal? Number(string field)
        {
            if (ValueRules.IsBlank(fields[field])) return null;
            var read = ValueRules.Of(AttributeType.Number).Parse(Attribute, fields[field]!, DateOnly.MaxValue);
            if (read.Problem is { } problem) problems.Add(fields.Name(field), problem.Said(texts));
            return read.Value?.Number;
        }
    }

    public override IEnumerable<(string Field, string Value)> Write(JsonElement values)
    {
        if (Values(values) is not { } test) yield break;
        yield return (OperatorField, test.Operator.ToString());
        if (test.Text is { } text) yield return (TextField, text);
        foreach (var code in test.Codes ?? []) yield return (ChosenField, code);
        foreach (var option in test.Options ?? []) yield return (ChosenField, option.ToString(CultureInfo.InvariantCulture));
        if (test.From is { } from) yield return (test.Operator is AttributeOperator.Between ? FromField : TextField, Written(from));
        if (test.To is { } to) yield return (ToField, Written(to));
        if (test.FromDay is { } first) yield return (FromField, DateValues.Iso(first));
        if (test.ToDay is { } last) yield return (ToField, DateValues.Iso(last));
        if (test.Days is { } days) yield return (DaysField, days.ToString(CultureInfo.InvariantCulture));
    }

    static string Written(decimal number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    static AttributeTest? Values(JsonElement values)
    {
        try { return values.Deserialize<AttributeTest>(json); }
        catch (JsonException) { return null; }
    }

    public override Task<Expression<Func<Member, bool>>?> Predicate(JsonElement values, Selecting selecting, CancellationToken ct) =>
        Task.FromResult(
            Attribute.IsSearchable && Values(values) is { } test && Operators.Contains(test.Operator) ? Predicate(test, selecting.Db) : null
        );

    Expression<Func<Member, bool>>? Predicate(AttributeTest test, SiteDb db)
    {
        var id = Attribute.Id;
        var rows = db.AttributeValues.Where(v => v.AttributeId == id);
        if (test.Operator is AttributeOperator.HasValue) return In(rows);
        if (test.Operator is AttributeOperator.HasNone) return NotIn(rows);
        if (test.Operator is AttributeOperator.All)
        {
            if (test.Options is not { Count: > 0 } all) return null;
            // One row for each option that a member chose.
            var (wanted, count) = (all.Distinct().ToList(), all.Distinct().Count());
            var having = rows.Where(v => v.OptionId != null && wanted.Contains(v.OptionId.Value))
                .GroupBy(v => v.MemberId)
                .Where(g => g.Count() == count)
                .Select(g => g.Key);
            return m => having.Contains(m.Id);
        }
        if (Matching(test, rows, db) is not { } matching) return null;
        return test.Operator is AttributeOperator.IsNot ? NotIn(matching) : In(matching);
    }

    // As a set of ids, which either database reads from the index (attribute, value, member) alone.
    static Expression<Func<Member, bool>> In(IQueryable<AttributeValue> rows)
    {
        var ids = rows.Select(v => v.MemberId);
        return m => ids.Contains(m.Id);
    }

    // Never null, unlike a comparison of values: members without a value are in it.
    static Expression<Func<Member, bool>> NotIn(IQueryable<AttributeValue> rows) => m => !rows.Any(v => v.MemberId == m.Id);

    /// <summary>The rows that fit; null if the test says nothing to compare with, as one stored by an earlier version may.</summary>
    IQueryable<AttributeValue>? Matching(AttributeTest test, IQueryable<AttributeValue> rows, SiteDb db)
    {
        switch (test.Operator)
        {
            case AttributeOperator.Between when Attribute.Type is AttributeType.Number:
                if (test.From is null && test.To is null) return null;
                if (test.From is { } least) rows = rows.Where(v => v.Number >= least);
                if (test.To is { } most) rows = rows.Where(v => v.Number <= most);
                return rows;
            case AttributeOperator.Between:
                if (test.FromDay is null && test.ToDay is null) return null;
                if (test.FromDay is { } first) rows = rows.Where(v => v.Date >= first);
                if (test.ToDay is { } last) rows = rows.Where(v => v.Date <= last);
                return rows;
            case AttributeOperator.Today:
                return OnDays(rows, SetValues.Today(db), 1);
            case AttributeOperator.Within:
                return test.Days is { } days ? OnDays(rows, SetValues.Today(db), days + 1) : null;
            case AttributeOperator.Month:
                if (Numbers(test.Codes) is not { Count: > 0 } months) return null;
                return rows.Where(v => v.MonthDay != null && months.Contains(v.MonthDay.Value / 100));
            case AttributeOperator.Contains:
                return Containing(test, rows);
            case AttributeOperator.Begins:
                if (KeyFor(test.Text) is not { Length: > 0 } start) return null;
                return rows.Where(v => v.Key!.StartsWith(start));
        }
        if (Attribute.Type is AttributeType.Number) return test.From is { } number ? rows.Where(v => v.Number == number) : null;
        if (Attribute.Type is AttributeType.YesNo)
            return Numbers(test.Codes) is { Count: > 0 } yes ? OfNumbers(rows, [.. yes.Select(y => (decimal)y)]) : null;
        if (AttributeDefinition.HasOptions(Attribute.Type))
            return test.Options is { Count: > 0 } options
                ? options.Count == 1
                    ? OfOption(rows, options[0])
                    : rows.Where(v => v.OptionId != null && options.Contains(v.OptionId.Value))
                : null;
        if (HasList) return test.Codes is { Count: > 0 } codes ? OfKeys(rows, codes) : null;
        return KeyFor(test.Text) is { Length: > 0 } key ? OfKeys(rows, [key]) : null;
    }

    static IQueryable<AttributeValue> OfOption(IQueryable<AttributeValue> rows, long option) => rows.Where(v => v.OptionId == option);

    static IQueryable<AttributeValue> OfNumbers(IQueryable<AttributeValue> rows, IReadOnlyList<decimal> numbers)
    {
        if (numbers.Count > 1) return rows.Where(v => v.Number != null && numbers.Contains(v.Number.Value));
        var number = numbers[0];
        return rows.Where(v => v.Number == number);
    }

    static IQueryable<AttributeValue> OfKeys(IQueryable<AttributeValue> rows, IReadOnlyList<string> keys)
    {
        if (keys.Count > 1) return rows.Where(v => keys.Contains(v.Key));
        var key = keys[0];
        return rows.Where(v => v.Key == key);
    }

    static List<int> Numbers(IReadOnlyList<string>? codes) =>
        [.. (codes ?? []).Select(c => int.TryParse(c, CultureInfo.InvariantCulture, out var n) ? n : -1).Where(n => n >= 0)];

    // The key that a value of this text would have.
    string? KeyFor(string? text) =>
        ValueRules.IsBlank(text) ? null
        : Attribute.Type is AttributeType.Furigana ? FuriganaKey(text!)
        : Attribute.Type is AttributeType.Telephone ? text!.Trim()
        : ValueRules.KeyOf(text!);

    static string FuriganaKey(string text) => FuriganaValues.SortKey(text);

    IQueryable<AttributeValue>? Containing(AttributeTest test, IQueryable<AttributeValue> rows)
    {
        if (ValueRules.IsBlank(test.Text)) return null;
        if (Attribute.Type is AttributeType.Telephone)
        {
            // Kept in E.164: the 0 before an area code is not in it, nor are hyphens.
            var digits = new string([.. ValueRules.Narrow(test.Text!).Where(char.IsAsciiDigit)]).TrimStart('0');
            return digits.Length == 0 ? null : rows.Where(v => v.Key!.Contains(digits));
        }
        var part = Attribute.Type is AttributeType.Furigana ? FuriganaValues.Hiragana(test.Text!) : Member.Searchable(test.Text!);
        return Attribute.Type is AttributeType.LongText or AttributeType.Address or AttributeType.Furigana
            ? rows.Where(v => v.Words!.Contains(part))
            : rows.Where(v => v.Key!.Contains(part));
    }

    /// <summary>Birthdays on the days from <paramref name="first"/> on. 29 February is on the 28th in a year without it.</summary>
    public static IQueryable<AttributeValue> OnDays(IQueryable<AttributeValue> rows, DateOnly first, int count)
    {
        var days = new HashSet<int>();
        for (var i = 0; i < Math.Min(count, 366); i++)
        {
            var day = first.AddDays(i);
            days.Add(BirthdayValues.MonthDayOf(day));
            if (day is { Month: 2, Day: 28 } && !DateTime.IsLeapYear(day.Year)) days.Add(229);
        }
        if (days.Count == 1)
        {
            var one = days.Single();
            return rows.Where(v => v.MonthDay == one);
        }
        // Ranges, of which there are two at the turn of the year: an index reads them.
        var (low, high) = (BirthdayValues.MonthDayOf(first), BirthdayValues.MonthDayOf(first.AddDays(Math.Min(count, 366) - 1)));
        if (days.Contains(229) && high == 228) high = 229;
        return count >= 366 ? rows.Where(v => v.MonthDay != null)
            : low <= high ? rows.Where(v => v.MonthDay >= low && v.MonthDay <= high)
            : rows.Where(v => v.MonthDay >= low || v.MonthDay <= high);
    }

    public override Task<string> Say(JsonElement values, SiteDb db, IStringLocalizer texts)
    {
        if (Values(values) is not { } test) return Task.FromResult(texts["conditions.unknown"].Value);
        var label = Attribute.Label(AttributeTexts.Language);
        var names = List(texts).ToDictionary(o => o.Value, o => o.Text);
        var chosen = (test.Codes ?? []).Concat((test.Options ?? []).Select(o => o.ToString(CultureInfo.InvariantCulture)));
        var what = test.Operator switch
        {
            AttributeOperator.Between => Range(test, texts),
            AttributeOperator.Within => texts.Count("attributes.said.days", test.Days ?? 0),
            _ => test.Text
                ?? (
                    test.From is { } number
                        ? Written(number)
                        : string.Join(texts["conditions.or"], chosen.Select(c => names.GetValueOrDefault(c, c)))
                ),
        };
        return Task.FromResult(texts["attributes.said." + AttributeTexts.Word(test.Operator), label, what].Value);
    }

    static string Range(AttributeTest test, IStringLocalizer texts)
    {
        var from =
            test.From is { } least ? Written(least)
            : test.FromDay is { } first ? DateValues.Said(first, AttributeTexts.Language)
            : null;
        var to =
            test.To is { } most ? Written(most)
            : test.ToDay is { } last ? DateValues.Said(last, AttributeTexts.Language)
            : null;
        return from is null ? texts["attributes.said.to", to ?? ""]
            : to is null ? texts["attributes.said.from", from]
            : texts["attributes.said.from-to", from, to];
    }
}
