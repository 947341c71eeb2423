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
    public string Subject(IReadOnlyDictionary<string, string> values) => Fill(subject, values, value => value);

    public string Preheader(IReadOnlyDictionary<string, string> values) => Fill(preheader, values, value => value);

    public string Text(IReadOnlyDictionary<string, string> values) => Fill(text, values, value => value);

    /// <summary>Rows of a table, for <see cref="MailingLayout"/>.</summary>
    public string Html(IReadOnlyDictionary<string, string> values) => Fill(html, values, WebUtility.HtmlEncode);

    /// <summary>Percent-encodes values inside a link's URL; elsewhere they are text.</summary>
    static string Fill(IEnumerable<MailPiece> pieces, IReadOnlyDictionary<string, string> values, Func<string, string?> encode) =>
        string.Concat(
            pieces.Select(piece =>
                piece.Field is not { } field ? piece.Text
                : piece.InAddress ? Uri.EscapeDataString(values[field.Name])
                : encode(values[field.Name])
            )
        );
}
