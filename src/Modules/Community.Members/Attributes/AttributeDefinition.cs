using System.Globalization;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The form fields of an attribute's definition, as typed.</summary>
public sealed partial record AttributeDefinition
{
    /// <summary>An option on the form.</summary>
    /// <param name="Id">Null for a new one.</param>
    /// <param name="Labels">In each language.</param>
    /// <param name="Position">The place among the options, as typed.</param>
    /// <param name="Retired">Not to be chosen any more.</param>
    public sealed record Option(long? Id, Translations Labels, string Position = "", bool Retired = false);

    /// <summary>Between the languages of a new option: English | 日本語.</summary>
    const char Bar = '|';

    public required AttributeType Type { get; init; }
    /// <summary>For a new one; blank to have one made.</summary>
    public string Key { get; init; } = "";
    public Translations Labels { get; init; } = Translations.None;
    public Translations Helps { get; init; } = Translations.None;
    public bool Required { get; init; }
    public AskedWhen Asked { get; init; } = AskedWhen.Later;
    public Visibility Visibility { get; init; } = Visibility.Staff;
    public bool MemberMayEdit { get; init; } = true;
    public string Pattern { get; init; } = "";
    public string Min { get; init; } = "";
    public string Max { get; init; } = "";
    public string Decimals { get; init; } = "0";
    public string From { get; init; } = "";
    public string To { get; init; } = "";
    public string HomeCountry { get; init; } = "JP";
    public IReadOnlyList<Option> Options { get; init; } = [];
    /// <summary>One a line; both languages separated by a bar.</summary>
    public string NewOptions { get; init; } = "";

    public static bool HasOptions(AttributeType type) => type is AttributeType.OneOf or AttributeType.ManyOf;
    public static bool HasPattern(AttributeType type) =>
        type is AttributeType.Text or AttributeType.LongText or AttributeType.MemberNumber or AttributeType.Url;
    public static bool HasRange(AttributeType type) =>
        type is AttributeType.Number or AttributeType.Text or AttributeType.LongText or AttributeType.MemberNumber or AttributeType.ManyOf;
    public static bool HasDays(AttributeType type) => type is AttributeType.Date or AttributeType.Birthday;

    public static bool HasHomeCountry(AttributeType type) =>
        type is AttributeType.Telephone or AttributeType.Address or AttributeType.Country;

    public static AttributeDefinition Of(MemberAttribute a) =>
        new()
        {
            Type = a.Type,
            Key = a.Key,
            Labels = a.Labels,
            Helps = a.Helps,
            Required = a.Required,
            Asked = a.Asked,
            Visibility = a.Visibility,
            MemberMayEdit = a.MemberMayEdit,
            Pattern = a.Pattern ?? "",
            Min = Written(a.Min),
            Max = Written(a.Max),
            Decimals = a.Decimals.ToString(CultureInfo.InvariantCulture),
            From = a.From is { } from ? DateValues.Iso(from) : "",
            To = a.To is { } to ? DateValues.Iso(to) : "",
            HomeCountry = a.HomeCountry,
            Options = [.. a.Options.Select((o, i) => new Option(o.Id, o.Labels, $"{i + 1}", o.RetiredAt is not null))],
        };

    static string Written(decimal? number) => number?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";

    public static AttributeDefinition Sent(IFormCollection form, AttributeType type)
    {
        string Text(string name) => form[name].ToString().Trim();
        bool Ticked(string name) => form[name].Count > 0;
        Translations Both(string name) => Translations.Of(l => Naming.ReadLines(Text($"{name}-{l}")).Text);
        return new()
        {
            Type = type,
            Key = Text("Key"),
            Labels = Both("Label"),
            Helps = Both("Help"),
            Required = Ticked("Required"),
            Asked = Choice(Text("Asked"), AskedWhen.Later),
            Visibility = Choice(Text("Visibility"), Visibility.Staff),
            MemberMayEdit = Ticked("MemberMayEdit"),
            Pattern = Text("Pattern"),
            Min = Text("Min"),
            Max = Text("Max"),
            Decimals = Text("Decimals") is { Length: > 0 } decimals ? decimals : "0",
            From = Text("From"),
            To = Text("To"),
            HomeCountry = Text("HomeCountry") is { Length: > 0 } country ? country : "JP",
            Options =
            [
                .. form.Keys.Select(k => OptionField().Match(k))
                    .Where(m => m.Success)
                    .Select(m => long.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
                    .Take(MemberAttribute.MaxOptions)
                    .Select(id => new Option(id, Both($"Option-{id}"), Text($"Option-{id}-position"), Ticked($"Option-{id}-retired"))),
            ],
            NewOptions = form["NewOptions"].ToString(),
        };
    }

    [GeneratedRegex("^Option-([1-9][0-9]{0,17})-position$")]
    private static partial Regex OptionField();

    static T Choice<T>(string typed, T otherwise) where T : struct, Enum =>
        Enum.TryParse<T>(typed, out var chosen) && Enum.IsDefined(chosen) ? chosen : otherwise;

    /// <summary>The options of <see cref="NewOptions"/>.</summary>
    public IReadOnlyList<Option> ReadNewOptions(string language) =>
    [
        .. NewOptions.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(Bar, StringSplitOptions.TrimEntries) is [var first, var second]
                ? new Option(null, Translations.Of(l => l == Texts.Languages[0] ? first : second))
                : new Option(null, Translations.Of(l => l == language ? line : null))),
    ];

    /// <summary>Adds what is wrong to <paramref name="problems"/>.</summary>
    public void Check(Problems problems, IStringLocalizer texts, string language)
    {
        if (Labels.IsEmpty) problems.Add($"Label-{language}", texts["attributes.label.missing"]);
        foreach (var l in Texts.Languages)
        {
            if (Labels[l].Contains('\n')) problems.Add($"Label-{l}", texts[Naming.TextOf(NameFault.Control)]);
            problems.Limit($"Label-{l}", Labels[l], MemberAttribute.MaxLabelLength, texts);
            problems.Limit($"Help-{l}", Helps[l], MemberAttribute.MaxHelpLength, texts);
            problems.Lines($"Label-{l}", Labels[l], texts);
            problems.Lines($"Help-{l}", Helps[l], texts);
        }
        if (Key.Length > 0 && (!Slug.Is(Key) || Key.Length > MemberAttribute.MaxKeyLength))
            problems.Add("Key", texts["attributes.key.wrong"]);
        problems.Limit("Pattern", Pattern, MemberAttribute.MaxPatternLength, texts);
        if (Pattern.Length > 0 && MemberAttribute.PatternOf(Pattern) is null) problems.Add("Pattern", texts["attributes.pattern.wrong"]);
        if (!TryRead(Min, out var min)) problems.Add("Min", texts["attributes.range.wrong"]);
        if (!TryRead(Max, out var max)) problems.Add("Max", texts["attributes.range.wrong"]);
        if (min > max) problems.Add("Max", texts["attributes.range.order"]);
        if (ReadDecimals() is null) problems.Add("Decimals", texts["attributes.decimals.wrong", MemberAttribute.MaxDecimals]);
        if (From.Length > 0 && DateValues.Day(From) is null) problems.Add("From", texts["ui.form.day"]);
        if (To.Length > 0 && DateValues.Day(To) is null) problems.Add("To", texts["ui.form.day"]);
        if (DateValues.Day(From) > DateValues.Day(To)) problems.Add("To", texts["ui.form.days"]);
        if (Country.Of(HomeCountry) is null) problems.Add("HomeCountry", texts["attributes.problem.country", HomeCountry]);
        if (HasOptions(Type)) CheckOptions(problems, texts, language);
    }

    void CheckOptions(Problems problems, IStringLocalizer texts, string language)
    {
        var added = ReadNewOptions(language);
        if (Options.Count + added.Count == 0) problems.Add("NewOptions", texts["attributes.options.none"]);
        if (Options.Count + added.Count > MemberAttribute.MaxOptions)
            problems.Add("NewOptions", texts["attributes.options.many", MemberAttribute.MaxOptions]);
        var labels = new HashSet<string>();
        foreach (var option in Options.Where(o => !o.Retired).Concat(added))
        {
            var field = option.Id is { } id ? $"Option-{id}-{language}" : "NewOptions";
            if (option.Labels.IsEmpty) problems.Add(field, texts["attributes.label.missing"]);
            foreach (var l in Texts.Languages)
            {
                if (option.Labels[l].Length > AttributeOption.MaxLabelLength)
                    problems.Add(field, texts["ui.form.too-long", AttributeOption.MaxLabelLength, option.Labels[l].Length]);
                else if (Naming.ReadOptional(option.Labels[l]) is { Problem: { } fault }) problems.Add(field, texts[fault]);
            }
            // Typed, an option is known by its label in either language.
            foreach (
                var label in Texts.Languages.Select(l => option.Labels[l]).Where(l => l.Length > 0).Select(ValueRules.KeyOf).Distinct()
            )
                if (!labels.Add(label))
                    problems.Add(field, texts["attributes.options.twice", option.Labels.For(language).Text]);
        }
    }

    static bool TryRead(string typed, out decimal? number)
    {
        number = null;
        if (typed.Length == 0) return true;
        if (!decimal.TryParse(ValueRules.Narrow(typed), NumberStyles.Number, CultureInfo.InvariantCulture, out var read)) return false;
        number = read;
        return Math.Abs(read) <= Millionths.Largest && decimal.Round(read, MemberAttribute.MaxDecimals) == read;
    }

    int? ReadDecimals() =>
        int.TryParse(ValueRules.Narrow(Decimals), CultureInfo.InvariantCulture, out var read)
        && read is >= 0 and <= MemberAttribute.MaxDecimals
            ? read
            : null;

    /// <summary>Copies what was checked to an attribute, except its options.</summary>
    internal void Apply(MemberAttribute a)
    {
        (a.Labels, a.Helps) = (Labels, Helps);
        (a.Required, a.Asked, a.Visibility, a.MemberMayEdit) = (Required, Asked, Visibility, MemberMayEdit);
        // Members do not number themselves.
        if (a.Type is AttributeType.MemberNumber) (a.MemberMayEdit, a.Required, a.Asked) = (false, false, AskedWhen.Later);
        a.Pattern = HasPattern(a.Type) && Pattern.Length > 0 ? Pattern : null;
        TryRead(Min, out var min);
        TryRead(Max, out var max);
        (a.Min, a.Max) = HasRange(a.Type) ? (min, max) : (null, null);
        a.Decimals = a.Type is AttributeType.Number ? ReadDecimals()!.Value : 0;
        (a.From, a.To) = HasDays(a.Type) ? (DateValues.Day(From), DateValues.Day(To)) : (null, null);
        a.HomeCountry = Country.Of(HomeCountry)!.Code;
    }
}
