using System.Net;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>A mailing's subject and text, rendered once for everybody, with marks where the values of one recipient go.</summary>
public sealed class MailTemplate
{
    readonly string subject, text, html;

    /// <param name="subject">With merge fields, as the text.</param>
    /// <param name="markdown">The text.</param>
    /// <param name="link">Colour of links.</param>
    public MailTemplate(string subject, string markdown, string link)
    {
        this.subject = MergeFields.Mark(subject);
        var marked = MergeFields.Mark(markdown);
        text = Markup.ToText(marked, MergeFields.SiteUrl.Mark);
        html = Markup.ToMail(marked, link, MergeFields.SiteUrl.Mark);
    }

    /// <summary>What keeps a text from being sent: the names of texts, each with what it is said of.</summary>
    public static IEnumerable<(string Text, string Of)> Faults(string markdown)
    {
        var marked = MergeFields.Mark(markdown);
        if (!Markup.Shows(marked)) yield return ("mailing.problem.text", "");
        if (FaultOfFields(markdown) is { } fields) yield return fields;
        // Shown as they were typed, they would be links that the author promised and nobody can follow.
        if (Markup.Unlinked(marked) is { Count: > 0 } targets)
            yield return ("mailing.problem.links", string.Join(", ", targets.Select(MergeFields.Unmarked)));
    }

    /// <summary>The same of a subject.</summary>
    public static (string Text, string Of)? FaultOfFields(string text) =>
        MergeFields.Unknown(text) is { Count: > 0 } unknown ? ("mailing.problem.fields", string.Join(", ", unknown)) : null;

    /// <summary>One line. A value with a line break is refused by the header that it goes into.</summary>
    public string Subject(MergeValues values) => Fill(subject, values);

    public string Text(MergeValues values) => Fill(text, values);

    public string Html(MergeValues values) => Fill(html, values, WebUtility.HtmlEncode);

    /// <summary>A value in the address of a link is percent-encoded, elsewhere it is text.</summary>
    static string Fill(string template, MergeValues values, Func<string, string?>? encode = null)
    {
        foreach (var field in MergeFields.All)
        {
            var value = MergeFields.Clean(field.Of(values));
            var shown = encode is null ? value : encode(value);
            template = template.Replace(Uri.EscapeDataString(field.Within), Uri.EscapeDataString(value), StringComparison.Ordinal)
                .Replace(field.Within, shown, StringComparison.Ordinal).Replace(field.Mark, shown, StringComparison.Ordinal);
        }
        return template;
    }
}
