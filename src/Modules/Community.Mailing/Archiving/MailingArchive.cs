using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>What of the sent mailings can be read on the site, and by whom: the only place of this rule.</summary>
static class MailingArchive
{
    public const string Root = "/mailings";

    /// <summary>What a mail may do in its frame (<c>sandbox</c>): links open, and nothing runs.</summary>
    public const string FrameMay = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

    public static string UrlOf(MailKind kind) => $"{Root}/{kind.Key}";
    public static string UrlOf(MailKind kind, long mailing) => $"{Root}/{kind.Key}/{mailing}";

    /// <summary>The kinds whose archive somebody may read. One that has ended keeps its archive.</summary>
    public static IQueryable<MailKind> WithArchive(this IQueryable<MailKind> kinds, Reader reader)
    {
        var isMember = reader.IsMember;
        return kinds.OfMail()
            .Where(k => k.Archive == MailArchive.Everybody || (isMember && k.Archive == MailArchive.Members))
            .InOrder();
    }

    /// <summary>
    /// Mailings that stand in the archive of their kind, if that has one: all that were sent, but no tests, no steps of chains, which speak
    /// of one person's occasion, and no follow-ups, which say the same again. What somebody took out is not there, nor what the engine is
    /// given before its time.
    /// </summary>
    public static IQueryable<Mailing> Archived(this IQueryable<Mailing> mailings, DateTime now) =>
        mailings.WithoutTests().Where(m =>
            m.StartedAt <= now
            && m.Total != null
            && m.State != MailingState.Cancelling
            && m.State != MailingState.Cancelled
            && m.ChainStepId == null
            && m.WaveOfId == null
            && m.UnlistedAt == null);

    /// <summary>The mailing as anybody reads it: without a recipient's values, marked links or reasons why somebody gets it.</summary>
    public static async Task<(MailingMessage Message, Recipient To)> Read(
        SiteDb db, Mailing mailing, string language, IStringLocalizer texts, string leave, IServiceProvider services, CancellationToken ct)
    {
        var fields = (await MergeFields.On(db, ct)).ForAnybody(texts.In(language, "mailing.archive.reader"), "…");
        var message = new MailingMessage(FrozenContent.Parse(mailing.Content!), texts, fields);
        var to = new Recipient(0, "", "", language, leave, leave) { IsAnybody = true, Variant = mailing.Winner ?? 0 };
        return (message, await message.For(to, services, ct));
    }
}
