using System.Text.Json;
using Community.Mail;
using MimeKit;

namespace Community.Kernel;

/// <summary>Builds the message of an e-mail: plain text and HTML from the same Markdown.</summary>
public static class SystemMailMessage
{
    /// <param name="root">The site's URL, with a trailing slash.</param>
    /// <param name="footer">What stands below it; null for nothing but the site's name.</param>
    /// <exception cref="ArgumentException">One of its values is not allowed in a message.</exception>
    public static MimeMessage Write(SystemMail mail, Site site, string root, MailColors look, DateTime now, MailFooter? footer = null)
    {
        footer ??= MailFooter.None;
        // A field of the mail's own, such as its Reply-To, stands instead of the site's.
        var own = OwnFields(mail);
        var layout = new MailLayout(mail.Culture, site.Name, root, look.Brand, look.Logo is { } logo ? root.TrimEnd('/') + logo : null);
        return OutgoingMessage.Write(
            (site.MailFromName, site.MailFrom),
            (null, mail.To),
            mail.Subject,
            $"{mail.MessageId:N}@{site.CanonicalHost}",
            now,
            [
                ("Auto-Submitted", "auto-generated"),
                // Exchange answers by this field alone ([MS-OXCMAIL] 2.2.3.2.14). Reports of failed delivery are wanted, so not "All".
                ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
                ("Content-Language", mail.Culture),
                .. own,
                .. footer.Fields.Where(f => own.All(o => o.Field != f.Field)),
            ],
            new MailBody(
                Markup.ToText(mail.Text!, root) + "\n\n-- \n" + site.Name + "\n" + footer.ToText(),
                layout.Around(mail.Subject, Markup.ToMail(mail.Text!, look.Link, root), footer.ToHtml(look.Link))
            )
        );
    }

    static List<(string Field, string Value)> OwnFields(SystemMail mail) =>
        mail.Fields is null ? [] : JsonSerializer.Deserialize<List<string[]>>(mail.Fields)!.ConvertAll(f => (f[0], f[1]));
}
