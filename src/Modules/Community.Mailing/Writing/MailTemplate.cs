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
        var root = MergeFields.All.First(f => f.Name == "site.url").Mark;
        text = Markup.ToText(marked, root);
        html = Markup.ToMail(marked, link, root);
    }

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
            if (!field.IsUrl) template = template.Replace(Uri.EscapeDataString(field.Mark), Uri.EscapeDataString(value), StringComparison.Ordinal);
            template = template.Replace(field.Mark, encode is null ? value : encode(value), StringComparison.Ordinal);
        }
        return template;
    }
}
