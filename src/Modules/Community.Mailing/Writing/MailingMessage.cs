using System.Net;
using Community.Kernel;
using Community.Mail.Mime;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>To whom one message of a mailing goes.</summary>
/// <param name="Language">The member's own, for the lines that the site adds.</param>
public sealed record Recipient(long MemberId, string Name, string Email, string Language, string UnsubscribeUrl, string OneClickUrl);

/// <summary>Writes the message of a mailing for one recipient: plain text and HTML.</summary>
public sealed class MailingMessage(FrozenContent content, IStringLocalizer texts)
{
    readonly MailTemplate template = new(content.Subject, content.Text, content.LinkColor ?? MailColors.Plain.Link);

    public string Subject(Recipient to) => template.Subject(Values(to));

    public string Text(Recipient to) =>
        $"{template.Text(Values(to))}\n\n-- \n{content.SiteName}\n{content.SiteUrl}\n\n{Reason(to)}\n{Leave(to)}\n{to.UnsubscribeUrl}\n";

    // Mail programs read style attributes and no style sheets; our own pages show this in a sandboxed frame only. No tables:
    // one column of limited width reads well on every screen.
    public string Html(Recipient to) =>
        $"""
            <!DOCTYPE html><html lang="{content.Culture}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Encode(
                Subject(to)
            )}</title></head>
            <body style="margin:0;padding:16px;background:#f4f4f1;color:#222;font-family:system-ui,'Hiragino Sans','Noto Sans JP','Yu Gothic',sans-serif;font-size:16px;line-height:1.75;overflow-wrap:break-word">
            <div style="max-width:36em;margin:0 auto;background:#fff;border-top:4px solid {content.Color};border-radius:4px">
            <p style="margin:0;padding:18px 24px 0;font-weight:bold"><a href="{Encode(
                content.SiteUrl
            )}" style="color:#222;text-decoration:none">{Head}</a></p>
            <div style="padding:8px 24px 20px">
            {template.Html(Values(to))}
            </div>
            <div lang="{to.Language}" style="padding:14px 24px 18px;border-top:1px solid #ddd;font-size:13px;line-height:1.6;color:#555">
            <p style="margin:0">{Encode(Reason(to))}</p>
            <p style="margin:6px 0 0"><a href="{Encode(to.UnsubscribeUrl)}" style="color:{content.LinkColor
                ?? MailColors.Plain.Link}">{Encode(Leave(to))}</a></p>
            </div></div></body></html>
            """;

    /// <exception cref="ArgumentException">A value of the member cannot stand in a header, or the address is none.</exception>
    public MimeMessage Write(Recipient to, string messageId, DateTime now)
    {
        var message = new MimeMessage
        {
            Subject = Subject(to),
            Date = new DateTimeOffset(DateTime.SpecifyKind(now, DateTimeKind.Utc)),
            MessageId = messageId,
        };
        message.From.Add(new MailboxAddress(content.FromName, content.From));
        message.To.Add(new MailboxAddress(to.Name, to.Email));
        message.Headers["Auto-Submitted"] = "auto-generated";
        message.Headers["List-Id"] = content.ListId;
        message.Headers["List-Unsubscribe"] = $"<{to.OneClickUrl}>";
        message.Headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
        message.Headers["Feedback-ID"] = content.FeedbackId;
        message.Headers["Content-Language"] = content.Culture;
        message.Body = new BodyBuilder { TextBody = Text(to), HtmlBody = Html(to) }.ToMessageBody();
        return message;
    }

    // A picture that does not load leaves its words.
    string Head =>
        content.Logo is { } logo
            ? $"""<img src="{Encode(logo)}" alt="{Encode(content.SiteName)}" style="display:block;max-width:100%;max-height:48px;width:auto;height:auto;border:0">"""
            : Encode(content.SiteName);

    MergeValues Values(Recipient to) => new(to.Name, to.Email, content.SiteName, content.SiteUrl, content.KindName, to.UnsubscribeUrl);
    string Reason(Recipient to) => texts.In(to.Language, "mailing.footer.reason", content.SiteName, content.KindName);
    string Leave(Recipient to) => texts.In(to.Language, "mailing.footer.leave");
    static string Encode(string text) => WebUtility.HtmlEncode(text);
}
