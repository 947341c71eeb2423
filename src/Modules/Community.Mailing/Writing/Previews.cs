using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// A mailing as a given member would get it. The unsubscribe link is a sample: staff must not be able to unsubscribe a member by a click.
/// </summary>
public sealed class Previews(
    SiteDb db,
    IOptions<CommunityOptions> options,
    MailColorsOf look,
    IStringLocalizer texts,
    CurrentMember me,
    Settings<ContactSettings> contact,
    IServiceProvider services
)
{
    /// <param name="mailing">With its contents.</param>
    /// <param name="member">Whose copy it is.</param>
    /// <param name="language">The content to show; null for that of the member's language.</param>
    /// <param name="variant">The variant to show.</param>
    public async Task<(MailingMessage Message, Recipient To)?> Of(
        Mailing mailing, Member member, string? language = null, byte variant = 0)
    {
        if (await db.MailKinds.AsNoTracking().FirstOrDefaultAsync(k => k.Id == mailing.KindId) is not { } kind)
            return null;
        var content = mailing.Content is { } frozen
            ? FrozenContent.Parse(frozen)
            : FrozenContent.Of(mailing, kind, db.Site, options.Value, look(db.Site), await contact.Get());
        var message = new MailingMessage(content, texts, (await MergeFields.On(db)).ToLookAt(me.Asking, texts["mailing.no-value"]));
        var to = new Recipient(
            member.Id,
            member.Name,
            member.Email ?? "",
            language is not null && Texts.Languages.Contains(language) ? language : member.Language ?? db.Site.Culture,
            options.Value.UrlOf(db.Site, "/u/sample"),
            options.Value.UrlOf(db.Site, "/u/sample/one-click")
        )
        {
            ViewUrl = options.Value.UrlOf(db.Site, "/mail/sample"),
            Variant = variant,
        };
        return (message, await message.For(to, services, default));
    }
}
