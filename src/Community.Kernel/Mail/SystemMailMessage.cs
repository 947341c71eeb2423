using System.Net;
using Community.Mail.Mime;

namespace Community.Kernel;

/// <summary>Writes an e-mail as a mail: plain text and HTML of the same Markdown.</summary>
public static class SystemMailMessage
{
    /// <param name="root">The site's own address, with a slash at its end.</param>
    public static MimeMessage Write(SystemMail mail, Site site, string root, MailColors look, DateTime now)
    {
        var message = new MimeMessage
        {
            Subject = mail.Subject,
            Date = new DateTimeOffset(DateTime.SpecifyKind(now, DateTimeKind.Utc)),
            MessageId = $"{mail.MessageId:N}@{site.CanonicalHost}",
        };
        message.From.Add(new MailboxAddress(site.MailFromName, site.MailFrom));
        message.To.Add(new MailboxAddress(null, mail.To));
        message.Headers["Auto-Submitted"] = "auto-generated";
        message.Headers["Content-Language"] = mail.Culture;
        message.Body = new BodyBuilder
        {
            TextBody = Markup.ToText(mail.Text!, root) + "\n\n-- \n" + site.Name + "\n",
            HtmlBody = Html(mail, site, root, look),
        }.ToMessageBody();
        return message;
    }

    // Mail programs read style attributes and no style sheets; this HTML is never shown by our own pages.
    static string Html(SystemMail mail, Site site, string root, MailColors look) =>
        $"""
            <!DOCTYPE html><html lang="{mail.Culture}"><head><meta charset="utf-8"><title>{WebUtility.HtmlEncode(
                mail.Subject
            )}</title></head>
            <body style="margin:0;padding:24px;font-family:system-ui,'Hiragino Sans','Noto Sans JP',sans-serif;font-size:16px;line-height:1.7;color:#222;background:#f6f6f4">
            <div style="max-width:34em;margin:0 auto;padding:28px;background:#fff;border-top:4px solid {look.Brand};border-radius:8px">
            <p style="margin:0 0 1em;font-weight:bold">{WebUtility.HtmlEncode(site.Name)}</p>
            {Markup.ToMail(mail.Text!, look.Link, root)}
            </div></body></html>
            """;
}
