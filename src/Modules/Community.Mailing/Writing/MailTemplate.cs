using System.Net;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>A mailing's subject and text, rendered once for everybody, with marks where the values of one recipient go.</summary>
public sealed class MailTemplate
{
    readonly string subject, text, html;

    public MailTemplate(string subject, string markdown)
    {
        this.subject = MergeFields.Mark(subject);
        // Links within the site are written without its name; a mail program needs it.
        var marked = MergeFields.Mark(markdown).Replace("](/", "](" + MergeFields.All.First(f => f.Name == "site.url").Mark, StringComparison.Ordinal);
        text = Markup.ToText(marked);
        html = Markup.ToHtml(marked);
    }

    /// <summary>One line. A value with a line break is refused by the header that it goes into.</summary>
    public string Subject(MergeValues values) => Fill(subject, values);

    public string Text(MergeValues values) => Fill(text, values);

    /// <summary>The body's HTML. A value in the address of a link is percent-encoded, elsewhere it is escaped text.</summary>
    public string Html(MergeValues values)
    {
        var filled = html;
        foreach (var field in MergeFields.All)
        {
            var value = MergeFields.Clean(field.Of(values));
            if (!field.IsUrl) filled = filled.Replace(Uri.EscapeDataString(field.Mark), Uri.EscapeDataString(value), StringComparison.Ordinal);
            filled = filled.Replace(field.Mark, WebUtility.HtmlEncode(value), StringComparison.Ordinal);
        }
        return filled;
    }

    static string Fill(string template, MergeValues values)
    {
        foreach (var field in MergeFields.All) template = template.Replace(field.Mark, MergeFields.Clean(field.Of(values)), StringComparison.Ordinal);
        return template;
    }
}
