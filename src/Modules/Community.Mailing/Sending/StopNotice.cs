using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>Tells whoever scheduled a mailing that it has stopped by itself and waits for a person.</summary>
public sealed class StopNotice(SiteDb db, IStringLocalizer texts, IOptions<CommunityOptions> options)
{
    /// <summary>Puts the e-mail into the outbox, in the transaction of the next save.</summary>
    public async Task Send(Mailing mailing, CancellationToken ct = default)
    {
        if (mailing.IsTest || mailing.StopReason is not { } why) return;
        var by = mailing.ScheduledBy ?? mailing.CreatedBy;
        var to = await db
            .Members.Active()
            .AsNoTracking()
            .Where(m => m.Id == by)
            .Select(m => new { m.Email, m.Language })
            .FirstOrDefaultAsync(ct);
        if (to?.Email is not { Length: > 0 } email) return;
        var language = to.Language ?? db.Site.Culture;
        await db.LoadContents(mailing, ct);
        var reason = texts.In(language, $"mailing.suspended.{why.ToString().ToLowerInvariant()}");
        var said = mailing.StopText is { Length: > 0 } text ? $"{reason} {Markup.Literal(text)}" : reason;
        db.Send(
            new SystemMail
            {
                Kind = "mailing.stopped",
                To = email,
                MemberId = by,
                Culture = language,
                Subject = texts.In(language, "mailing.stopped.mail.subject", db.Site.Name),
                Text = texts.In(
                    language,
                    "mailing.stopped.mail.text",
                    Markup.Literal(mailing.Title),
                    said,
                    options.Value.UrlOf(db.Site, mailing.Url)
                ),
            }
        );
    }
}
