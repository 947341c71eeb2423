using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>What a merge field stands for, for one recipient.</summary>
public sealed record MergeValues(string MemberName, string MemberEmail, string SiteName, string SiteUrl, string KindName, string UnsubscribeUrl);

/// <summary>
/// The merge fields that subject and text may hold, as <c>{{member.name}}</c>. A value is put in after the Markdown was rendered,
/// so nothing that a member calls themselves is ever read as Markdown or HTML.
/// </summary>
public static partial class MergeFields
{
    /// <param name="Name">As it is written between the braces; its description is the text <c>mailing.field.{Name}</c>, its label <c>mailing.label.{Name}</c>.</param>
    /// <param name="IsUrl">May stand as the address of a link.</param>
    public sealed record Field(string Name, Func<MergeValues, string> Of, bool IsUrl = false)
    {
        /// <summary>Stands in the rendered text until the value takes its place. Private-use characters, which no author may type, or an address that no one has.</summary>
        internal string Mark => IsUrl ? $"https://{Name.Replace('.', '-')}.merge.invalid/" : $"\uE0F0{Name}\uE0F1";
    }

    public static readonly IReadOnlyList<Field> All =
    [
        new("member.name", v => v.MemberName),
        new("member.email", v => v.MemberEmail),
        new("site.name", v => v.SiteName),
        new("site.url", v => v.SiteUrl, IsUrl: true),
        new("mailing.kind", v => v.KindName),
        new("unsubscribe", v => v.UnsubscribeUrl, IsUrl: true),
    ];

    [GeneratedRegex(@"\{\{([^{}\r\n]*)\}\}")]
    private static partial Regex Braces();

    /// <summary>Names between braces that are no field.</summary>
    public static IReadOnlyList<string> Unknown(string text) =>
        [.. Braces().Matches(text).Select(m => m.Groups[1].Value.Trim()).Where(name => All.All(f => f.Name != name)).Distinct()];

    /// <summary>The text with marks in place of the fields; an unknown one stays as it is.</summary>
    public static string Mark(string text) => Braces().Replace(Clean(text), match =>
        All.FirstOrDefault(f => f.Name == match.Groups[1].Value.Trim())?.Mark ?? match.Value);

    /// <summary>A subject as staff see it in lists and titles: a field by its label, not as it is written.</summary>
    public static MarkupString Shown(IStringLocalizer texts, string subject) => new(string.Concat(Pieces(subject).Select(piece =>
        piece.Field is { } field ? Html.Of($"<span class=\"merge-field\">{texts["mailing.label." + field.Name].Value}</span>") : Html.Of($"{piece.Text}"))));

    /// <summary>The same where there is no markup, as in a document's title.</summary>
    public static string InWords(IStringLocalizer texts, string subject) => string.Concat(Pieces(subject).Select(piece =>
        piece.Field is { } field ? texts["mailing.label.in-words", texts["mailing.label." + field.Name].Value].Value : piece.Text));

    static IEnumerable<(string Text, Field? Field)> Pieces(string subject)
    {
        var at = 0;
        foreach (Match match in Braces().Matches(subject))
        {
            if (All.FirstOrDefault(f => f.Name == match.Groups[1].Value.Trim()) is not { } field) continue;
            yield return (subject[at..match.Index], null);
            yield return ("", field);
            at = match.Index + match.Length;
        }
        yield return (subject[at..], null);
    }

    // Whoever types a mark could have it replaced by a value in a place that was not checked.
    internal static string Clean(string text) => new([.. text.Where(c => c is not ('\uE0F0' or '\uE0F1'))]);
}
