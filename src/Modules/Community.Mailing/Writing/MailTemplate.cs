using System.Net;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>A content of a mailing, rendered once for all its recipients, in pieces with places for a recipient's values.</summary>
public sealed class MailTemplate
{
    readonly IReadOnlyList<MailPiece> subject, preheader, text, html;
    readonly IReadOnlyList<MergeField> used;

    /// <param name="content">What it says.</param>
    /// <param name="look">The site's colours.</param>
    /// <param name="fields">The available fields.</param>
    public MailTemplate(MailingContent content, MailColors look, MergeFields fields)
    {
        subject = fields.Split(fields.Mark(content.Subject));
        preheader = fields.Split(fields.Mark(content.Preheader));
        var blocks = content.Blocks is { } json ? MailBlock.Parse(json) : null;
        html = fields.Split(blocks is null ? BlockHtml.Write(content.Text, look, fields) : BlockHtml.Write(blocks, look, fields));
        text = fields.Split(
            blocks is null || content.Text.Length > 0
                ? Markup.ToText(fields.Mark(content.Text), MergeFields.SiteUrlMark)
                : BlockText.Write(blocks, fields)
        );
        used = [.. subject.Concat(preheader).Concat(text).Concat(html).Select(p => p.Field).OfType<MergeField>().Distinct()];
        Unknown = fields.Unknown(content.Words);
    }

    /// <summary>The plain text, in pieces with places for a recipient's values.</summary>
    internal IReadOnlyList<MailPiece> TextPieces => text;

    /// <summary>Rows of a table, for <see cref="MailingLayout"/>, in such pieces.</summary>
    internal IReadOnlyList<MailPiece> HtmlPieces => html;

    /// <summary>What stands in HTML where the subject does.</summary>
    internal IReadOnlyList<MailPiece> SubjectInHtml => InHtml(subject);

    /// <summary>What stands in HTML where the preheader does.</summary>
    internal IReadOnlyList<MailPiece> PreheaderInHtml => InHtml(preheader);

    /// <summary>Whether the subject has no values.</summary>
    internal bool HasOneSubject => subject.All(p => p.Field is null);

    static IReadOnlyList<MailPiece> InHtml(IEnumerable<MailPiece> pieces) =>
        [.. pieces.Select(p => p with { Text = WebUtility.HtmlEncode(p.Text) })];

    /// <summary>What looks like a field but is not one, for example because its feature was switched off.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <summary>What prevents a text from being sent: message keys, each with its argument.</summary>
    public static IEnumerable<(string Text, string Of)> Faults(string markdown, MergeFields fields)
    {
        var marked = fields.Mark(markdown);
        if (!Markup.Shows(marked)) yield return ("mailing.problem.text", "");
        if (FaultOfFields(markdown, fields) is { } unknown) yield return unknown;
        // Rendered as typed, they would be links that nobody can follow.
        if (Markup.Unlinked(marked) is { Count: > 0 } targets)
            yield return ("mailing.problem.links", string.Join(", ", targets.Select(fields.Unmarked)));
    }

    /// <summary>The merge field fault of a subject or text, if any.</summary>
    public static (string Text, string Of)? FaultOfFields(string text, MergeFields fields) =>
        fields.Unknown(text) is { Count: > 0 } unknown ? ("mailing.problem.fields", string.Join(", ", unknown)) : null;

    /// <summary>The values of the fields used in subject and text, by field name.</summary>
    /// <exception cref="FormatException">The recipient has no value for a field without a default.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ValuesFor(MergeRecipient recipient)
    {
        var values = new Dictionary<string, string>();
        foreach (var field in used)
        {
            var value = MergeFields.Clean(await field.Value(recipient));
            // Asked before the mailing started; the value was removed since. Nobody gets a letter with a hole in it.
            if (string.IsNullOrWhiteSpace(value) && field.Having is not null)
                throw new FormatException($"The recipient has no value for {MergeFields.Braced(field)}.");
            values[field.Name] = value;
        }
        return values;
    }

    /// <summary>One line. If a value contains a line break, the header field rejects it.</summary>
    public string Subject(IReadOnlyDictionary<string, string> values) => Filled(subject, values, inHtml: false);

    public string Preheader(IReadOnlyDictionary<string, string> values) => Filled(preheader, values, inHtml: false);

    public string Text(IReadOnlyDictionary<string, string> values) => Filled(text, values, inHtml: false);

    /// <summary>Rows of a table, for <see cref="MailingLayout"/>.</summary>
    public string Html(IReadOnlyDictionary<string, string> values) => Filled(html, values, inHtml: true);

    static string Filled(IEnumerable<MailPiece> pieces, IReadOnlyDictionary<string, string> values, bool inHtml) =>
        string.Concat(pieces.Select(p => p.Field is not { } field ? p.Text : Written(p, values[field.Name], inHtml)));

    /// <summary>A value where it is to stand: percent-encoded inside a link's URL; elsewhere it is text.</summary>
    internal static string Written(MailPiece place, string value, bool inHtml) =>
        place.InAddress ? Uri.EscapeDataString(value) : inHtml ? WebUtility.HtmlEncode(value) : value;
}
