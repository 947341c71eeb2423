using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The fields of the page on which the columns of a file are chosen.</summary>
sealed class ImportForm
{
    /// <summary>How many different texts of a column are shown, and of how many columns and rows: a form has a limit of fields.</summary>
    public const int MaxValues = 40, MaxShown = 150, MaxLength = 100;

    public static FileFormat Format(IFormCollection form, FileFormat before) =>
        before with
        {
            Encoding = FileFormat.Encodings.Contains(form["encoding"].ToString()) ? form["encoding"].ToString() : before.Encoding,
            Separator = form["separator"].ToString() switch { "tab" => '\t', "semicolon" => ';', "comma" => ',', _ => before.Separator },
            Sheet = int.TryParse(form["sheet"], out var sheet) && sheet is >= 0 and < 100 ? sheet : before.Sheet,
            HasHeadings = form["headings"] == "yes",
            SkipHidden = form["hidden"] == "yes",
        };

    public static ImportMapping Mapping(IFormCollection form, ImportMapping before) =>
        before with
        {
            Columns =
            [
                .. before.Columns.Select((c, i) => c with
                {
                    Target = form["c" + i].ToString(),
                    Meanings = form["c" + i].ToString() == c.Target ? Meanings(form, i) : [],
                }),
            ],
            Key = form["key"].ToString(),
            Mode = Enum.TryParse<ImportMode>(form["mode"], out var mode) && Enum.IsDefined(mode) ? mode : ImportMode.Fill,
            Confirmed = form["confirmed"] == "yes",
            Invites = form["invites"] == "yes",
            ProofDate = Truncate.To(20, form["proofDate"].ToString()),
            ProofSource = Truncate.To(200, form["proofSource"].ToString()),
            ProofText = Truncate.To(1000, form["proofText"].ToString()),
        };

    static Dictionary<string, string> Meanings(IFormCollection form, int column)
    {
        var meanings = new Dictionary<string, string>();
        foreach (var key in form.Keys.Where(k => k.StartsWith($"m{column}.", StringComparison.Ordinal) && form["t" + k[1..]].Count == 1))
            if (form[key].ToString() is { Length: > 0 } meaning) meanings[form["t" + key[1..]].ToString()] = meaning;
        return meanings;
    }

    /// <summary>The different texts of the columns whose meaning is asked, with how often each stands there.</summary>
    public static Dictionary<int, Dictionary<string, int>> Values(string path, MemberImport import, SiteAttributes attributes, out int rows)
    {
        var (mapping, values) = (import.Mapping, new Dictionary<int, Dictionary<string, int>>());
        for (var i = 0; i < mapping.Columns.Count; i++)
            if (IsAsked(mapping.Columns[i].Target, attributes)) values[i] = [];
        rows = 0;
        if (values.Count == 0) return values;
        foreach (var row in ImportFile.Rows(path, import.Format).Skip(import.Format.HasHeadings ? 1 : 0))
        {
            rows++;
            foreach (var (column, texts) in values)
            {
                var text = row[column].Text.Trim();
                if (text.Length is 0 or > MaxLength) continue;
                if (texts.TryGetValue(text, out var count)) texts[text] = count + 1;
                else if (texts.Count < MaxValues) texts[text] = 1;
            }
        }
        return values;
    }

    /// <summary>Whether texts have a meaning as this target, which may be one that a crafted form made up.</summary>
    public static bool IsAsked(string target, SiteAttributes attributes) =>
        target.StartsWith(ImportTargets.Consent, StringComparison.Ordinal)
        || attributes.OfTarget(target)?.Type is AttributeType.YesNo or AttributeType.OneOf or AttributeType.ManyOf;

    /// <summary>Whether it is known what a text means, so that nobody needs to choose it.</summary>
    public static bool IsKnown(IReadOnlyList<(string Value, string Text)> options, string guess) =>
        guess.Length > 0 || options.Any(o => o.Value.Length == 0);

    /// <summary>What a text can mean, and what it most likely means; empty for neither.</summary>
    public static (IReadOnlyList<(string, string)> Options, string Guess) Meaning(
        string target, string text, SiteAttributes attributes, DateOnly today, IStringLocalizer texts, string language)
    {
        (string, string)[] yesNo =
        [
            ("yes", texts["import.means.yes"]),
            ("no", texts["import.means.no"]),
            ("none", texts["import.means.none"]),
        ];
        if (target.StartsWith(ImportTargets.Consent, StringComparison.Ordinal))
            return (yesNo, RowParser.YesOrNo(text, out var known) is { } yes && known ? yes ? "yes" : "no" : "");
        if (attributes.OfTarget(target) is not { } attribute) return ([], "");
        var value = attribute.Parse(text, today).Value;
        if (attribute.Type is AttributeType.YesNo) return (yesNo, value is null ? "" : value.Number == 1 ? "yes" : "no");
        (string, string)[] options =
        [
            .. attribute
                .Options.Where(o => o.RetiredAt is null)
                .Select(o => (o.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), o.Label(language))),
            ("none", texts["import.means.none"]),
        ];
        return value is { Options: [var one] } ? (options, one.ToString(System.Globalization.CultureInfo.InvariantCulture))
            : value is not null ? ([("", attribute.Format(value, language)), .. options], "") : (options, "");
    }
}
