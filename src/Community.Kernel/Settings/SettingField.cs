using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Localization;

namespace Community.Kernel;

/// <summary>How a setting is edited.</summary>
public enum SettingKind { Text, Lines, Number, YesNo, Choice, Duration, Translated, TranslatedLines }

/// <summary>A problem with a value, as the key of its text.</summary>
public sealed record SettingProblem(string Text, params object[] Arguments);

/// <summary>
/// One property of a settings record: <c>string</c>, <c>int</c>, <c>bool</c>, an enum, <see cref="TimeSpan"/> or
/// <see cref="Translations"/>. The attributes of System.ComponentModel.DataAnnotations constrain it: <c>[Range]</c> (required on numbers
/// and durations), <see cref="NoneAttribute"/> on a number that may be left out, <c>[MaxLength]</c> (required on texts),
/// <c>[Required]</c>, <c>[DataType(DataType.MultilineText)]</c>.
/// </summary>
public sealed class SettingField
{
    readonly PropertyInfo property;
    readonly RangeAttribute? range;
    readonly bool isAddress;
    readonly int? none;

    /// <exception cref="InvalidOperationException">The property has an unsupported type, or lacks its bounds.</exception>
    internal SettingField(string part, PropertyInfo property, object defaults)
    {
        this.property = property;
        var kebab = JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name);
        (Name, Text) = (JsonNamingPolicy.CamelCase.ConvertName(property.Name), $"field.{part}.{kebab}");
        range = property.GetCustomAttribute<RangeAttribute>();
        none = property.GetCustomAttribute<NoneAttribute>()?.Value;
        MaxLength = property.GetCustomAttribute<MaxLengthAttribute>()?.Length ?? 0;
        IsRequired = property.IsDefined(typeof(RequiredAttribute));
        isAddress = property.GetCustomAttribute<DataTypeAttribute>()?.DataType is DataType.EmailAddress;
        var lines = property.GetCustomAttribute<DataTypeAttribute>()?.DataType is DataType.MultilineText;
        Kind = property.PropertyType switch
        {
            var t when t == typeof(string) => lines ? SettingKind.Lines : SettingKind.Text,
            var t when t == typeof(Translations) => lines ? SettingKind.TranslatedLines : SettingKind.Translated,
            var t when t == typeof(int) => SettingKind.Number,
            var t when t == typeof(bool) => SettingKind.YesNo,
            var t when t == typeof(TimeSpan) => SettingKind.Duration,
            { IsEnum: true } => SettingKind.Choice,
            var other => throw new InvalidOperationException($"{property.DeclaringType}.{property.Name}: no form shows a {other.Name}."),
        };
        if (IsText && MaxLength == 0)
            throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} needs [MaxLength].");
        if (Kind is SettingKind.Number or SettingKind.Duration && range is null)
            throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} needs [Range].");
        Default = property.GetValue(defaults)!;
    }

    /// <summary>The name in recipes: <c>leastAge</c>.</summary>
    public string Name { get; }
    /// <summary>The key of its label; <c>{Text}.hint</c> is its hint, <c>{Text}.{choice}</c> the label of a choice.</summary>
    public string Text { get; }
    public SettingKind Kind { get; }
    public object Default { get; }
    /// <summary>In each of the site's languages.</summary>
    public bool IsTranslated => Kind is SettingKind.Translated or SettingKind.TranslatedLines;

    public bool IsText => IsTranslated || Kind is SettingKind.Text or SettingKind.Lines;

    /// <summary>The name of the form's field in a language, where <see cref="IsTranslated"/>.</summary>
    public string NameIn(string language) => $"{Name}.{language}";

    /// <summary>Most characters of a text.</summary>
    public int MaxLength { get; }
    public bool IsRequired { get; }
    /// <summary>Its field may stay empty.</summary>
    public bool IsOptional => none is not null || (Kind is SettingKind.Text or SettingKind.Lines && !IsRequired);

    /// <summary>The choices, as written in recipes and forms.</summary>
    public IEnumerable<string> Choices =>
        Kind is SettingKind.Choice ? Enum.GetNames(property.PropertyType).Select(JsonNamingPolicy.KebabCaseLower.ConvertName) : [];

    public object Of(object settings) => property.GetValue(settings)!;
    internal void Set(object settings, object value) => property.SetValue(settings, value);

    /// <summary>A value in the form used for storage and in forms: a text, a number, <c>true</c>, <c>14 days</c>.</summary>
    public string Write(object value) =>
        value switch
        {
            TimeSpan time => Durations.Text(time),
            bool yes => yes ? "true" : "false",
            Translations texts => texts.ToJson(),
            Enum choice => JsonNamingPolicy.KebabCaseLower.ConvertName(choice.ToString()),
            int number when number == none => "",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    internal JsonNode ToJson(object value) =>
        value switch { int number => JsonValue.Create(number), bool yes => JsonValue.Create(yes), _ => JsonValue.Create(Write(value)) };

    /// <summary>Parses input from a form or a recipe.</summary>
    /// <returns>The value, or the problem.</returns>
    public (object? Value, SettingProblem? Problem) Read(string? typed) => Kind switch
    {
        SettingKind.Text => Line(typed ?? ""),
        SettingKind.Lines => Lines(typed ?? ""),
        SettingKind.Translated or SettingKind.TranslatedLines => Translated(typed ?? ""),
        SettingKind.YesNo => bool.TryParse(typed, out var yes) ? (yes, null) : (null, new("settings.problem.yes-no")),
        SettingKind.Choice => Choice(typed),
        SettingKind.Number => Number(typed),
        _ => Duration(typed),
    };

    /// <summary>Parses a value from a recipe or from storage.</summary>
    public (object? Value, SettingProblem? Problem) Read(JsonElement value) =>
        (Kind, value.ValueKind) switch
        {
            (SettingKind.Number, JsonValueKind.Number) or (SettingKind.YesNo, JsonValueKind.True or JsonValueKind.False) => Read(
                value.GetRawText()
            ),
            (SettingKind.Number, _) => (null, Bounds()),
            (SettingKind.YesNo, _) => (null, new("settings.problem.yes-no")),
            (SettingKind.Translated or SettingKind.TranslatedLines, JsonValueKind.Object) => Read(value.GetRawText()),
            (_, JsonValueKind.String) => Read(value.GetString()),
            _ => (null, new("settings.problem.text")),
        };

    (object?, SettingProblem?) Translated(string typed)
    {
        Translations texts;
        try { texts = Translations.Parse(typed); }
        catch (JsonException) { return (null, new("settings.problem.text")); }
        var kept = new Dictionary<string, string>();
        foreach (var language in Texts.Languages)
        {
            var (text, problem) = Kind is SettingKind.Translated ? Line(texts[language]) : Lines(texts[language]);
            if (problem is not null) return (null, problem);
            kept[language] = (string)text!;
        }
        return (Translations.Of(kept.GetValueOrDefault), null);
    }

    (object?, SettingProblem?) Line(string typed)
    {
        if (string.IsNullOrWhiteSpace(typed)) return IsRequired ? (null, new("settings.problem.missing")) : ("", null);
        if (isAddress)
            return EmailAddress.TryParse(typed, out var address) ? Fits(address.Text) : (null, new("settings.problem.address"));
        var read = Naming.Read(typed);
        return read.Problem is { } wrong ? (null, new(wrong)) : Fits(read.Text);
    }

    (object?, SettingProblem?) Lines(string typed)
    {
        if (string.IsNullOrWhiteSpace(typed)) return IsRequired ? (null, new("settings.problem.missing")) : ("", null);
        var read = Naming.ReadLines(typed);
        return read.Problem is { } wrong ? (null, new(wrong)) : Fits(read.Text);
    }

    (object?, SettingProblem?) Fits(string text) =>
        text.Length > MaxLength ? (null, new("settings.problem.long", MaxLength, text.Length)) : (text, null);

    (object?, SettingProblem?) Choice(string? typed) =>
        Choices.Contains(typed) ? (Enum.Parse(property.PropertyType, typed!.Replace("-", ""), ignoreCase: true), null)
        : (null, new("settings.problem.choice", string.Join(", ", Choices)));

    (object?, SettingProblem?) Number(string? typed)
    {
        var text = Characters.Normal(typed ?? "", System.Text.NormalizationForm.FormKC).Trim();
        if (none is { } empty && text.Length == 0) return (empty, null);
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && (number == none || (number >= (int)range!.Minimum && number <= (int)range.Maximum))
                ? (number, null)
                : (null, Bounds());
    }

    (object?, SettingProblem?) Duration(string? typed) =>
        Durations.Parse(Characters.Normal(typed ?? "", System.Text.NormalizationForm.FormKC)) is { } time && time >= Min && time <= Max
            ? (time, null)
            : (null, Bounds());

    TimeSpan Min => TimeSpan.Parse((string)range!.Minimum, CultureInfo.InvariantCulture);
    TimeSpan Max => TimeSpan.Parse((string)range!.Maximum, CultureInfo.InvariantCulture);

    SettingProblem Bounds() =>
        Kind is SettingKind.Duration
            ? new("settings.problem.duration", Min, Max)
            : new("settings.problem.number", range!.Minimum, range.Maximum);

    /// <summary>A problem's text in the reader's language.</summary>
    public static string Say(SettingProblem problem, IStringLocalizer texts) =>
        texts[problem.Text, [.. problem.Arguments.Select(a => a is TimeSpan time ? Durations.Say(time, texts) : a)]];
}
