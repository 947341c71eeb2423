using System.Globalization;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// Tells those who may approve a mailing that it waits, and its authors what was decided; in the transaction of the change.
/// </summary>
public sealed class ApprovalMails(
    SiteDb db, PresentReaders readers, Approval approval, IStringLocalizer texts, IOptions<CommunityOptions> options)
{
    /// <summary>Who may approve it now.</summary>
    public async Task<List<long>> Approvers(Mailing mailing, CancellationToken ct)
    {
        var staff = await db.Members.Where(m => m.Role != null).Select(m => m.Id).ToListAsync(ct);
        var authors = (await approval.Authors([mailing], ct))[mailing.Id].ToHashSet();
        return [.. (await readers.Of(staff, ct)).Values.Where(r => Approval.Refusal(authors, r) is null).Select(r => r.Id!.Value)];
    }

    public async Task Ask(Mailing mailing, CancellationToken ct = default)
    {
        var when = mailing.AtOnce ? null : mailing.StartAt;
        await Write(await Approvers(mailing, ct), mailing, "asked", language =>
            when is { } at ? MailingDone.When(db.Site, at) : texts.In(language, "mailing.when.now"), ct);
    }

    /// <param name="mailing">The mailing.</param>
    /// <param name="answer"><c>approved</c> or <c>declined</c>.</param>
    /// <param name="reason">Of the one who declined.</param>
    /// <param name="ct">Cancels it.</param>
    public Task Answer(Mailing mailing, string answer, string reason, CancellationToken ct) =>
        Write(Authors(mailing), mailing, answer, _ => Markup.Literal(reason), ct);

    /// <summary>Who is told what was decided: who made it, and who reserved it.</summary>
    public static IReadOnlyCollection<long> Authors(Mailing mailing) =>
        new HashSet<long> { mailing.CreatedBy, mailing.ScheduledBy ?? mailing.CreatedBy };

    async Task Write(
        IReadOnlyCollection<long> to,
        Mailing mailing,
        string what,
        Func<string, string> detail,
        CancellationToken ct
    )
    {
        var url = options.Value.UrlOf(db.Site, mailing.Url);
        var staff = await db.Members.Active().Where(m => to.Contains(m.Id)).Select(m => new { m.Id, m.Email, m.Language }).ToListAsync(ct);
        foreach (var one in staff.Where(m => !string.IsNullOrEmpty(m.Email)))
        {
            var language = one.Language ?? db.Site.Culture;
            db.Send(new SystemMail
            {
                Kind = "mailing.approval",
                To = one.Email!,
                MemberId = one.Id,
                Culture = language,
                Subject = texts.In(language, $"mailing.mail.{what}.subject", db.Site.Name),
                Text = texts.In(language, $"mailing.mail.{what}.text", Markup.Literal(mailing.Title), url, detail(language)),
            });
        }
    }
}
