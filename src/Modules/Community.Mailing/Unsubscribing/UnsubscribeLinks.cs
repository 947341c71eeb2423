using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>What a link to unsubscribe names.</summary>
/// <param name="Member">Who would receive no more.</param>
/// <param name="Kind">The kind of mail.</param>
/// <param name="Mailing">In whose mail it stands; null in mails from before links named it.</param>
public sealed record UnsubscribeLink(long Member, long Kind, long? Mailing)
{
    /// <summary>
    /// The member whom it named is one with this one now. Whoever has the link reads another mailbox than this member's: it takes back
    /// consents, and does and tells nothing else.
    /// </summary>
    public bool IsOfMerged { get; init; }
}

/// <summary>
/// Links that unsubscribe from a kind of mail without sign-in. They never expire, since they are in mails that are years old. The token
/// names member and kind and is signed for the site, so that one site's link is worthless on another.
/// </summary>
public sealed class UnsubscribeLinks(SiteDb db, IOptions<CommunityOptions> options)
{
    /// <summary>Truncated from 32: 12 bytes cannot be guessed over the web, and keep the link on one line.</summary>
    const int SignatureBytes = 12;

    const string Secret = "unsubscribe";

    byte[]? key;

    public async Task<string> To(long member, long kind, CancellationToken ct = default, long? mailing = null) =>
        options.Value.UrlOf(db.Site, "/u/" + await Token(member, kind, ct, mailing));

    /// <summary>For the List-Unsubscribe header: mail programs post to it; people who open it see the same page.</summary>
    public async Task<string> OneClick(long member, long kind, CancellationToken ct = default) => OneClickOf(await To(member, kind, ct));

    /// <summary>The same from the link of <see cref="To"/>.</summary>
    public static string OneClickOf(string link) => link + "/one-click";

    /// <param name="member">Who would receive no more.</param>
    /// <param name="kind">The kind of mail.</param>
    /// <param name="ct">Cancels it.</param>
    /// <param name="mailing">The mailing in which it stands, for its results.</param>
    public async Task<string> Token(long member, long kind, CancellationToken ct = default, long? mailing = null)
    {
        var name = $"{member:x}-{kind:x}" + (mailing is null ? "" : $"_{mailing:x}");
        return name + "-" + Base64Url.EncodeToString(Sign(await Key(ct), name));
    }

    /// <summary>What the token names; null if it is not this site's token.</summary>
    public async Task<UnsubscribeLink?> Read(string token, CancellationToken ct = default)
    {
        var parts = token.Split('-', 3);
        if (parts.Length != 3 || token.Length > 80) return null;
        const System.Globalization.NumberStyles hex = System.Globalization.NumberStyles.AllowHexSpecifier;
        if (
            !long.TryParse(parts[0], hex, null, out var member)
            || !long.TryParse(parts[1].Split('_')[0], hex, null, out var kind)
            || !Base64Url.IsValid(parts[2])
        )
            return null;
        // Links of earlier mails name no mailing.
        long? mailing = parts[1].Split('_') is [_, var named] && long.TryParse(named, hex, null, out var id) ? id : null;
        var given = Base64Url.DecodeFromChars(parts[2]);
        if ((key ??= await db.PresentSecret(Secret, ct)) is not { } signed) return null;
        var signature = Sign(signed, $"{parts[0]}-{parts[1]}");
        return CryptographicOperations.FixedTimeEquals(given, signature) ? await Present(new(member, kind, mailing), ct) : null;
    }

    /// <summary>Who presses it in an old mail wants no more, whatever the account is called now.</summary>
    async Task<UnsubscribeLink> Present(UnsubscribeLink link, CancellationToken ct)
    {
        // No id is given again, so each is one that was there before.
        while (await db.MemberMerges.Where(m => m.GoneId == link.Member && m.UndoneAt == null).Select(m => (long?)m.KeptId)
            .FirstOrDefaultAsync(ct) is { } kept)
            link = link with { Member = kept, IsOfMerged = true };
        return link;
    }

    byte[] Sign(byte[] key, string name) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"unsubscribe {db.Site.Key} {name}"))[..SignatureBytes];

    async Task<byte[]> Key(CancellationToken ct) => key ??= await db.Secret(Secret, ct);
}
