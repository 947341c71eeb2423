using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>A piece of a rendered text: literal text, or a placeholder for a field's value.</summary>
/// <param name="Text">The literal text; empty for a field.</param>
/// <param name="Field">The field; null for literal text.</param>
/// <param name="InAddress">The value is inside a URL.</param>
public readonly record struct MailPiece(string Text, MergeField? Field = null, bool InAddress = false);

/// <summary>
/// The merge fields usable in subject and text, as <c>{{member.name}}</c>; braces and letters may be full-width, as typed on a Japanese
/// keyboard. Values are inserted after the Markdown is rendered, so a member's name is never interpreted as Markdown or
/// HTML.
/// </summary>
/// <param name="fields">The available fields. Any other name is not a field.</param>
public sealed partial class MergeFields(IEnumerable<MergeField> fields)
{
    public IReadOnlyList<MergeField> All { get; } = [.. fields];

    public static readonly MergeField SiteUrl = new("site.url", to => new(to.SiteUrl), IsUrl: true);

    /// <summary>This module's fields.</summary>
    public static IReadOnlyList<MergeField> Own { get; } =
    [
        new("site.name", to => new(to.SiteName)),
        SiteUrl,
        new("mailing.kind", to => new(to.KindName)),
        new("unsubscribe", to => new(to.UnsubscribeUrl), IsUrl: true),
    ];

    /// <summary>Fields with a default, such as <c>{{attribute.drink|tea}}</c>, by name and default: each gets a name of its own.</summary>
    readonly ConcurrentDictionary<(string Name, string Default), MergeField> withDefault = new();

    /// <summary>The fields of the features that are on for a site, those that the site defined itself too.</summary>
    public static async ValueTask<MergeFields> On(SiteDb db, CancellationToken ct = default)
    {
        var all = new List<MergeField>();
        foreach (var module in db.Modules.Of(db.Site)) all.AddRange(await module.MergeFieldsOf(db, ct));
        return new(all);
    }

    /// <summary>
    /// The same for somebody to look at: a value that there is not is shown as such, and one that they may not see is masked.
    /// </summary>
    /// <param name="reader">Who looks; null for the recipient.</param>
    /// <param name="none">What is shown for no value.</param>
    public MergeFields ToLookAt(Reader? reader, string none) => new(
        All.Select(field =>
            reader is not null && field.Permission is { } needed && !reader.May(needed)
                ? field with { Having = null, Value = _ => new(EmailAddress.MaskedText("")) }
                : Otherwise(field, none)
        )
    );

    /// <summary>
    /// The same for everybody: values of a recipient are not asked for. Where an author gave a default, that is said.
    /// </summary>
    /// <param name="name">Said for a name.</param>
    /// <param name="none">Said for any other value without a default.</param>
    public MergeFields ForAnybody(string name, string none) => new(
        All.Select(field => Own.Contains(field) ? field
            : field with { Having = null, Value = _ => new(field.Name == "member.name" ? name : none) })
    )
    {
        isForAnybody = true,
    };

    bool isForAnybody;

    static MergeField Otherwise(MergeField field, string otherwise) =>
        field.Having is null ? field : field with { Having = null, Value = to => OrElse(field.Value(to), otherwise) };

    static async ValueTask<string> OrElse(ValueTask<string> value, string otherwise) =>
        await value is var found && string.IsNullOrWhiteSpace(found) ? otherwise : found;

    /// <summary>All fields, in braces as authors type them.</summary>
    public string Written => string.Join(" ", All.Select(Braced));

    /// <summary>The fields that a subject or text has; with a default, they are others than without.</summary>
    public IEnumerable<MergeField> Used(string text) => Braces().Matches(text).Select(Named).OfType<MergeField>().Distinct();

    /// <summary>The field without its default.</summary>
    public MergeField Plain(MergeField field) =>
        withDefault.FirstOrDefault(f => f.Value.Name == field.Name).Key.Name is { } name ? All.First(f => f.Name == name) : field;

    IEnumerable<MergeField> Known => All.Concat(withDefault.Values);

    public static string Braced(MergeField field) => "{{" + field.Name + "}}";

    /// <summary>What a field is, for authors.</summary>
    public static string Hint(IStringLocalizer texts, MergeField field)
    {
        var said = field.Labels?.For(System.Globalization.CultureInfo.CurrentUICulture.TwoLetterISOLanguageName).Text
            ?? texts[$"merge-field.{field.Name}.hint"].Value;
        return field.Having is null ? said : texts["mailing.fields.default", said, field.Name];
    }

    /// <summary>
    /// Placeholder in the rendered text until the value replaces it: private-use characters, which authors may not type, or a URL that no
    /// one owns.
    /// </summary>
    static string MarkOf(MergeField field) => field.IsUrl ? $"https://{field.Name.Replace('.', '-')}.merge.invalid/" : MarkInAddress(field);

    /// <summary>The placeholder inside another URL, where every value is percent-encoded.</summary>
    static string MarkInAddress(MergeField field) => $"\uE0F0{field.Name}\uE0F1";

    /// <summary>Whether a marked address has a recipient's value in it.</summary>
    internal static bool HasValue(string address) =>
        address.Contains('\uE0F0') || address.Contains(Uri.EscapeDataString("\uE0F0"), StringComparison.Ordinal);

    /// <summary>The placeholder for the site's URL in a marked text.</summary>
    internal static string SiteUrlMark => MarkOf(SiteUrl);

    // Half- and full-width spaces are allowed between and inside the braces. Three braces mean the same field: elsewhere (Handlebars,
    // Mustache) they ask for a value that is not escaped, which here its place decides.
    [GeneratedRegex(
        @"[{｛][{｛][ \t　]*[{｛](?<1>[^{}｛｝\r\n]*)[}｝][ \t　]*[}｝][}｝]"
            + @"|[{｛][ \t　]*[{｛](?<1>[^{}｛｝\r\n]*)[}｝][ \t　]*[}｝]"
    )]
    private static partial Regex Braces();

    /// <summary>What starts like a field but is not closed on the same line.</summary>
    [GeneratedRegex(@"(?:\{\{|｛[ \t　]*[{｛]|\{[ \t　]*｛)[^\r\n]{0,40}")]
    private static partial Regex Unclosed();

    /// <summary>Single braces where double ones are meant.</summary>
    [GeneratedRegex(@"[{｛]([^{}｛｝\r\n]{0,60})[}｝]")]
    private static partial Regex OnePair();

    /// <summary>
    /// What looks like a field but is not one, as typed: an unknown name, unclosed braces, one brace too many, or single braces
    /// around a field's name.
    /// </summary>
    public IReadOnlyList<string> Unknown(string text)
    {
        var unknown = Braces().Matches(text)
            .Select(match => (match.Value, Typed: WithBraces(text, match), IsField: Named(match) is not null))
            .Where(found => !found.IsField || found.Typed != found.Value)
            .Select(found => found.Typed)
            .ToList();
        var rest = Braces().Replace(text, "\n");
        unknown.AddRange(Unclosed().Matches(rest).Select(match => match.Value.TrimEnd()));
        unknown.AddRange(
            OnePair().Matches(Unclosed().Replace(rest, "\n")).Where(match => Named(match) is not null).Select(match => match.Value)
        );
        return [.. unknown.Distinct()];
    }

    /// <summary>The field as typed, with a brace that stands before or behind it.</summary>
    static string WithBraces(string text, Match field)
    {
        var (start, end) = (field.Index, field.Index + field.Length);
        if (start > 0 && text[start - 1] is ('{' or '｛')) start--;
        if (end < text.Length && text[end] is ('}' or '｝')) end++;
        return text[start..end];
    }

    /// <summary>Replaces the fields in the text by placeholders; unknown fields stay as they are.</summary>
    // The site's URL ends with a slash; an author who types another after it means the same page.
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

    /// <summary>
    /// An address that was typed alone, with placeholders: those within it are percent-encoded. Null if it is no valid target.
    /// </summary>
    public string? MarkAddress(string typed) => Markup.Address(Mark("](" + typed.Trim())[2..], SiteUrlMark);

    /// <summary>The end of an unfinished URL, such as <c>https://shop.example/?from=</c>.</summary>
    readonly Lazy<Regex> withinAddress = new(() =>
        new(
            $$"""
            (?:://|\]\(/|(?:{{Either(fields.Where(f => f.IsUrl).Select(f => f.Name))}})[ ]?\}\})[!-~-[<>"]]{0,500}?[/?=&#](?<!://)\z
            """.Trim(),
            RegexOptions.RightToLeft | RegexOptions.CultureInvariant
        ));

    static string Either(IEnumerable<string> words) => string.Join('|', words.Select(Regex.Escape));

    /// <summary>Turns placeholders back into what the author typed.</summary>
    internal string Unmarked(string text) =>
        Known.Aggregate(
            text,
            (left, field) =>
                left.Replace(MarkOf(field), AsTyped(field), StringComparison.Ordinal)
                    .Replace(MarkInAddress(field), AsTyped(field), StringComparison.Ordinal)
        );

    string AsTyped(MergeField field) =>
        withDefault.FirstOrDefault(f => f.Value.Name == field.Name) is { Value: not null } found
            ? "{{" + found.Key.Name + "|" + found.Key.Default + "}}"
            : Braced(field);

    /// <summary>Splits a rendered text at its placeholders. Values themselves are never searched for placeholders.</summary>
    internal IReadOnlyList<MailPiece> Split(string marked)
    {
        var places = new Dictionary<string, MailPiece>();
        foreach (var field in Known)
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
        if (All.FirstOrDefault(field => field.Name == name) is not { } found) return null;
        var typed = match.Groups[1].Value;
        if (typed.IndexOfAny(bars) is not (>= 0 and var at)) return found;
        var otherwise = typed[(at + 1)..].Trim();
        if (otherwise.Length == 0) return null;
        // No field has a name that ends so.
        var given = isForAnybody && !Own.Contains(found) ? found with { Value = _ => new(otherwise) } : Otherwise(found, otherwise);
        return withDefault.GetOrAdd((name, otherwise), key => given with
        {
            Name = $"{name}.or-{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(key.Default))}",
        });
    }

    /// <summary>Between a field and its default.</summary>
    static readonly char[] bars = ['|', '｜'];

    static string NameIn(Match match) =>
        string.Concat(
            Characters.Normal(match.Groups[1].Value.Split(bars)[0], NormalizationForm.FormKC).Where(c => !char.IsWhiteSpace(c))
        ).ToLowerInvariant();

    /// <summary>
    /// A subject as staff see it in lists and titles: fields are shown by their labels, even those of a feature that is off.
    /// </summary>
    public static MarkupString Shown(IStringLocalizer texts, string subject) =>
        Labelled(texts, subject).Aggregate(new MarkupString(""), (before, piece) => piece.Label is { } label
            ? Html.Of($"{before}<span class=\"merge-field\">{label}</span>")
            : Html.Of($"{before}{piece.Text}"));

    /// <summary>The subject in plain text, for example for a document title.</summary>
    public static string InWords(IStringLocalizer texts, string subject) =>
        string.Concat(
            Labelled(texts, subject)
                .Select(piece => piece.Label is { } label ? texts["mailing.label.in-words", label].Value : piece.Text)
        );

    /// <summary>A subject as anybody reads it: what a recipient's value stood for is left out, or is its default.</summary>
    public static string WithoutValues(string subject) =>
        Braces().Replace(subject, match => match.Groups[1].Value.Split(bars, 2) is [_, var otherwise] ? otherwise.Trim() : "…");

    // A name with a label counts as a field: the modules' field lists are not available everywhere a subject is shown.
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

    // Removes typed placeholder characters, which would otherwise be replaced by a value in an unchecked place.
    internal static string Clean(string text) => new([.. text.Where(c => c is not ('\uE0F0' or '\uE0F1'))]);
}
