using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>What a merge field stands for, for one recipient.</summary>
public sealed record MergeValues(
    string MemberName,
    string MemberEmail,
    string SiteName,
    string SiteUrl,
    string KindName,
    string UnsubscribeUrl
);

/// <summary>
/// The merge fields that subject and text may hold, as <c>{{member.name}}</c>; braces and letters may be full width, as a Japanese keyboard
/// gives them. A value is put in after the Markdown was rendered, so nothing that a member calls themselves is ever read as Markdown or
/// HTML.
/// </summary>
public static partial class MergeFields
{
    /// <param name="Name">As it is written between the braces; its description is the text <c>mailing.field.{Name}</c>, its label
    /// <c>mailing.label.{Name}</c>.</param>
    /// <param name="IsUrl">May stand as the address of a link.</param>
    public sealed record Field(string Name, Func<MergeValues, string> Of, bool IsUrl = false)
    {
        /// <summary>
        /// Stands in the rendered text until the value takes its place. Private-use characters, which no author may type, or an address
        /// that no one has.
        /// </summary>
        internal string Mark => IsUrl ? $"https://{Name.Replace('.', '-')}.merge.invalid/" : Within;

        /// <summary>The same inside another address, where every value is encoded.</summary>
        internal string Within => $"\uE0F0{Name}\uE0F1";
    }

    public static readonly Field SiteUrl = new("site.url", v => v.SiteUrl, IsUrl: true);

    public static readonly IReadOnlyList<Field> All =
    [
        new("member.name", v => v.MemberName),
        new("member.email", v => v.MemberEmail),
        new("site.name", v => v.SiteName),
        SiteUrl,
        new("mailing.kind", v => v.KindName),
        new("unsubscribe", v => v.UnsubscribeUrl, IsUrl: true),
    ];

    // Spaces of every width may stand between and inside the braces.
    [GeneratedRegex(@"[{｛][ \t　]*[{｛]([^{}｛｝\r\n]*)[}｝][ \t　]*[}｝]")]
    private static partial Regex Braces();

    /// <summary>What begins as a field and does not end as one on its line.</summary>
    [GeneratedRegex(@"(?:\{\{|｛[ \t　]*[{｛]|\{[ \t　]*｛)[^\r\n]{0,40}")]
    private static partial Regex Unclosed();

    /// <summary>One pair of braces, where two are meant.</summary>
    [GeneratedRegex(@"[{｛]([^{}｛｝\r\n]{0,60})[}｝]")]
    private static partial Regex OnePair();

    /// <summary>
    /// What looks like a field and is none, as it was typed: a name that there is not, braces that are not closed, one pair of them around
    /// a field's name.
    /// </summary>
    public static IReadOnlyList<string> Unknown(string text)
    {
        var unknown = Braces().Matches(text).Where(match => Named(match) is null).Select(match => match.Value).ToList();
        var rest = Braces().Replace(text, "\n");
        unknown.AddRange(Unclosed().Matches(rest).Select(match => match.Value.TrimEnd()));
        unknown.AddRange(
            OnePair().Matches(Unclosed().Replace(rest, "\n")).Where(match => Named(match) is not null).Select(match => match.Value)
        );
        return [.. unknown.Distinct()];
    }

    /// <summary>The text with marks in place of the fields; an unknown one stays as it is.</summary>
    // The site's address ends with a slash; who writes one behind it means the same page.
    public static string Mark(string text)
    {
        var clean = Clean(text);
        return Braces()
            .Replace(
                clean,
                match =>
                    Named(match) is not { } field ? match.Value
                    : WithinAddress().IsMatch(clean.AsSpan(..match.Index)) ? field.Within
                    : field.Mark
            )
            .Replace(SiteUrl.Mark + "/", SiteUrl.Mark, StringComparison.Ordinal)
            .Replace(SiteUrl.Within + "/", SiteUrl.Within, StringComparison.Ordinal);
    }

    /// <summary>The end of an address that goes on, as <c>https://shop.example/?from=</c>.</summary>
    [GeneratedRegex(@"(?:://|\]\(/|(?:site\.url|unsubscribe)[ ]?\}\})[!-~-[<>""]]{0,500}?[/?=&#](?<!://)\z", RegexOptions.RightToLeft)]
    private static partial Regex WithinAddress();

    /// <summary>A marked text as its author typed it.</summary>
    internal static string Unmarked(string text) =>
        All.Aggregate(
            text,
            (left, field) =>
                left.Replace(field.Mark, $"{{{{{field.Name}}}}}", StringComparison.Ordinal)
                    .Replace(field.Within, $"{{{{{field.Name}}}}}", StringComparison.Ordinal)
        );

    static Field? Named(Match match)
    {
        var name = string.Concat(Characters.Normal(match.Groups[1].Value, NormalizationForm.FormKC).Where(c => !char.IsWhiteSpace(c)))
            .ToLowerInvariant();
        return All.FirstOrDefault(field => field.Name == name);
    }

    /// <summary>A subject as staff see it in lists and titles: a field by its label, not as it is written.</summary>
    public static MarkupString Shown(IStringLocalizer texts, string subject) =>
        new(
            string.Concat(
                Pieces(subject)
                    .Select(piece =>
                        piece.Field is { } field
                            ? Html.Of($"<span class=\"merge-field\">{texts["mailing.label." + field.Name].Value}</span>")
                            : Html.Of($"{piece.Text}")
                    )
            )
        );

    /// <summary>The same where there is no markup, as in a document's title.</summary>
    public static string InWords(IStringLocalizer texts, string subject) => string.Concat(Pieces(subject).Select(piece =>
        piece.Field is { } field ? texts["mailing.label.in-words", texts["mailing.label." + field.Name].Value].Value : piece.Text));

    static IEnumerable<(string Text, Field? Field)> Pieces(string subject)
    {
        var at = 0;
        foreach (Match match in Braces().Matches(subject))
        {
            if (Named(match) is not { } field) continue;
            yield return (subject[at..match.Index], null);
            yield return ("", field);
            at = match.Index + match.Length;
        }
        yield return (subject[at..], null);
    }

    // Whoever types a mark could have it replaced by a value in a place that was not checked.
    internal static string Clean(string text) => new([.. text.Where(c => c is not ('\uE0F0' or '\uE0F1'))]);
}
