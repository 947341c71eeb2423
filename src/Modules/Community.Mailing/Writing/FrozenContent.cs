using System.Text.Json;
using Community.Kernel;
using Community.Members;

namespace Community.Mailing;

/// <summary>
/// Everything of a mailing that is the same for all recipients, frozen when it starts: one that goes on after a pause, a crash
/// or a change of the site's name says the same to everybody. A member's own values are not in it: they are read when that
/// member's message is written, so a name put right today is right today, and no second copy of a million names has to be erased.
/// </summary>
public sealed record FrozenContent
{
    public required string Subject { get; init; }
    public required string Text { get; init; }
    public required long KindId { get; init; }
    public required string KindName { get; init; }
    public required string ListId { get; init; }
    public required string From { get; init; }
    public required string FromName { get; init; }
    public required string SiteName { get; init; }
    public required string SiteUrl { get; init; }
    public required string Host { get; init; }
    /// <summary>Language of the site, in which the mailing is written.</summary>
    public required string Culture { get; init; }
    /// <summary>The look of the site. Null links and logo in a mailing from before they were kept.</summary>
    public required string Color { get; init; }
    public string? LinkColor { get; init; }
    /// <summary>Its whole address.</summary>
    public string? Logo { get; init; }
    public required string FeedbackId { get; init; }
    /// <summary>
    /// How many fitted the audience when it started and might not get it, by reason: see <see cref="Excluded"/>. Null in a mailing from
    /// before these were counted.
    /// </summary>
    public IReadOnlyDictionary<ExclusionReason, int>? Excluded { get; init; }

    public static FrozenContent Of(Mailing mailing, MailKind kind, Site site, CommunityOptions options, MailColors look) =>
        new()
        {
            Subject = mailing.Subject,
            Text = mailing.Text,
            KindId = kind.Id,
            KindName = kind.Name,
            ListId = $"<{kind.Key}.{site.CanonicalHost}>",
            From = site.MailFrom,
            FromName = site.MailFromName,
            SiteName = site.Name,
            SiteUrl = options.UrlOf(site, "/"),
            Host = site.CanonicalHost,
            Culture = site.Culture,
            Color = look.Brand,
            LinkColor = look.Link,
            Logo = look.Logo is { } logo ? options.UrlOf(site, logo) : null,
            FeedbackId = $"{mailing.Id}:{kind.Key}:{site.Key}:community",
        };

    public string ToJson() => JsonSerializer.Serialize(this);
    public static FrozenContent Parse(string json) => JsonSerializer.Deserialize<FrozenContent>(json)!;
}
