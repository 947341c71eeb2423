using System.Net;
using Community.Mail.Mime;

namespace Community.Kernel;

/// <summary>Writes a letter as a mail: plain text and HTML of the same Markdown.</summary>
public static class LetterMessage
{
    /// <param name="root">The site's own address, with a slash at its end.</param>
    public static MimeMessage Write(Letter letter, Site site, string root, MailColors look, DateTime now)
    {
        var message = new MimeMessage
        {
            Subject = letter.Subject,
            Date = new DateTimeOffset(DateTime.SpecifyKind(now, DateTimeKind.Utc)),
            MessageId = $"{letter.MessageId:N}@{site.CanonicalHost}",
        };
        message.From.Add(new MailboxAddress(site.MailFromName, site.MailFrom));
        message.To.Add(new MailboxAddress(null, letter.To));
        message.Headers["Auto-Submitted"] = "auto-generated";
        message.Headers["Content-Language"] = letter.Culture;
        message.Body = new BodyBuilder
        {
            TextBody = Markup.ToText(letter.Text!, root) + "\n\n-- \n" + site.Name + "\n",
            HtmlBody = Html(letter, site, root, look),
        }.ToMessageBody();
        return message;
    }

    // Mail programs read style attributes and no style sheets; this HTML is never shown by our own pages.
    static string Html(Letter letter, Site site, string root, MailColors look) =>
        $"""
            <!DOCTYPE html><html lang="{letter.Culture}"><head><meta charset="utf-8"><title>{WebUtility.HtmlEncode(
                letter.Subject
            )}</title></head>
            <body style="margin:0;padding:24px;font-family:system-ui,'Hiragino Sans','Noto Sans JP',sans-serif;font-size:16px;line-height:1.7;color:#222;background:#f6f6f4">
            <div style="max-width:34em;margin:0 auto;padding:28px;background:#fff;border-top:4px solid {look.Brand};border-radius:8px">
            <p style="margin:0 0 1em;font-weight:bold">{WebUtility.HtmlEncode(site.Name)}</p>
            {Markup.ToMail(letter.Text!, look.Link, root)}
            </div></body></html>
            """;
}
