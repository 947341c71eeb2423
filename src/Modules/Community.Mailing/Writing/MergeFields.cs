using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>A piece of a rendered text: words, or the place of a field's value.</summary>
/// <param name="Text">The words; empty for a field.</param>
/// <param name="Field">The field; null for words.</param>
/// <param name="InAddress">The value stands within an address.</param>
public readonly record struct MailPiece(string Text, MergeField? Field = null, bool InAddress = false);

/// <summary>
/// The merge fields that subject and text may hold, as <c>{{member.name}}</c>; braces and letters may be full width, as a Japanese keyboard
/// gives them. A value is put in after the Markdown was rendered, so nothing that a member calls themselves is ever read as Markdown or
/// HTML.
/// </summary>
/// <param name="fields">The fields there are. A name that is not among them is no field.</param>
public sealed partial class MergeFields(IEnumerable<MergeField> fields)
{
    public IReadOnlyList<MergeField> All { get; } = [.. fields];

    public static readonly MergeField SiteUrl = new("site.url", to => new(to.SiteUrl), IsUrl: true);

    /// <summary>Those of this module.</summary>
    public static IReadOnlyList<MergeField> Own { get; } =
    [
        new("site.name", to => new(to.SiteName)),
        SiteUrl,
        new("mailing.kind", to => new(to.KindName)),
        new("unsubscribe", to => new(to.UnsubscribeUrl), IsUrl: true),
    ];

    /// <summary>The fields of the features that a site has on.</summary>
    public static MergeFields On(SiteDb db) => On(db.Modules, db.Site);

    /// <inheritdoc cref="On(SiteDb)"/>
    public static MergeFields On(ModuleList modules, Site site) => new(modules.Of(site).SelectMany(m => m.MergeFields));

    /// <summary>All of them, as they are written.</summary>
    public string Written => string.Join(" ", All.Select(Braced));

    public static string Braced(MergeField field) => "{{" + field.Name + "}}";

    /// <summary>
    /// Stands in the rendered text until the value takes its place. Private-use characters, which no author may type, or an address that no
    /// one has.
    /// </summary>
    static string MarkOf(MergeField field) => field.IsUrl ? $"https://{field.Name.Replace('.', '-')}.merge.invalid/" : MarkInAddress(field);

    /// <summary>The same inside another address, where every value is encoded.</summary>
    static string MarkInAddress(MergeField field) => $"\uE0F0{field.Name}\uE0F1";

    /// <summary>What stands for the site's address in a marked text.</summary>
    internal static string SiteUrlMark => MarkOf(SiteUrl);

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
    public IReadOnlyList<string> Unknown(string text)
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
    public string Mark(string text)
    {
        var clean = Clean(text);
        return Braces()
            .Replace(
                clean,
                match =>
                    Named(match) is not { } field ? match.Value
                    : withinAddress.Value.IsMatch(clean.AsSpan(..match.Index)) ? MarkInAddress(field)
                    : MarkOf(field)
            )
            .Replace(SiteUrlMark + "/", SiteUrlMark, StringComparison.Ordinal)
            .Replace(MarkInAddress(SiteUrl) + "/", MarkInAddress(SiteUrl), StringComparison.Ordinal);
    }

    /// <summary>The end of an address that goes on, as <c>https://shop.example/?from=</c>.</summary>
    readonly Lazy<Regex> withinAddress = new(() =>
        new(
            $$"""
            (?:://|\]\(/|(?:{{Either(fields.Where(f => f.IsUrl).Select(f => f.Name))}})[ ]?\}\})[!-~-[<>"]]{0,500}?[/?=&#](?<!://)\z
            """.Trim(),
            RegexOptions.RightToLeft | RegexOptions.CultureInvariant
        ));

    static string Either(IEnumerable<string> words) => string.Join('|', words.Select(Regex.Escape));

    /// <summary>A marked text as its author typed it.</summary>
    internal string Unmarked(string text) =>
        All.Aggregate(
            text,
            (left, field) =>
                left.Replace(MarkOf(field), Braced(field), StringComparison.Ordinal)
                    .Replace(MarkInAddress(field), Braced(field), StringComparison.Ordinal)
        );

    /// <summary>A marked and rendered text, in pieces. A value is never looked through for marks.</summary>
    internal IReadOnlyList<MailPiece> Split(string marked)
    {
        var places = new Dictionary<string, MailPiece>();
        foreach (var field in All)
        {
            places[Uri.EscapeDataString(MarkInAddress(field))] = new("", field, InAddress: true);
            places[MarkInAddress(field)] = places[MarkOf(field)] = new("", field);
        }
        var pieces = new List<MailPiece>();
        var at = 0;
        foreach (Match match in Regex.Matches(marked, Either(places.Keys), RegexOptions.CultureInvariant))
        {
            pieces.Add(new(marked[at..match.Index]));
            pieces.Add(places[match.Value]);
            at = match.Index + match.Length;
        }
        pieces.Add(new(marked[at..]));
        return pieces;
    }

    MergeField? Named(Match match)
    {
        var name = NameIn(match);
        return All.FirstOrDefault(field => field.Name == name);
    }

    static string NameIn(Match match) =>
        string.Concat(Characters.Normal(match.Groups[1].Value, NormalizationForm.FormKC).Where(c => !char.IsWhiteSpace(c)))
            .ToLowerInvariant();

    /// <summary>
    /// A subject as staff see it in lists and titles: a field by its label, not as it is written; one of a feature that is off, too.
    /// </summary>
    public static MarkupString Shown(IStringLocalizer texts, string subject) =>
        new(
            string.Concat(
                Labelled(texts, subject)
                    .Select(piece =>
                        piece.Label is { } label ? Html.Of($"<span class=\"merge-field\">{label}</span>") : Html.Of($"{piece.Text}")
                    )
            )
        );

    /// <summary>The same where there is no markup, as in a document's title.</summary>
    public static string InWords(IStringLocalizer texts, string subject) =>
        string.Concat(
            Labelled(texts, subject)
                .Select(piece => piece.Label is { } label ? texts["mailing.label.in-words", label].Value : piece.Text)
        );

    // A name is a field's if it has a label: the modules' lists are not at hand wherever a subject is shown.
    static IEnumerable<(string Text, string? Label)> Labelled(IStringLocalizer texts, string subject)
    {
        var at = 0;
        foreach (Match match in Braces().Matches(subject))
        {
            if (texts["merge-field." + NameIn(match)] is not { ResourceNotFound: false } label) continue;
            yield return (subject[at..match.Index], null);
            yield return ("", label.Value);
            at = match.Index + match.Length;
        }
        yield return (subject[at..], null);
    }

    // Whoever types a mark could have it replaced by a value in a place that was not checked.
    internal static string Clean(string text) => new([.. text.Where(c => c is not ('\uE0F0' or '\uE0F1'))]);
}
