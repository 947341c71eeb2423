using System.Text.Json;
using System.Text.Json.Serialization;
using Community.Kernel;
using Community.Members;

namespace Community.Mailing;

/// <summary>
/// Everything in a mailing that is the same for all recipients, frozen at the start: after a pause, a crash
/// or a renaming of the site, it still says the same to everybody. A member's own values are not included: they are read when that
/// member's message is written, so a name corrected today is correct today, and there is no second copy of a million names to erase.
/// </summary>
public sealed record FrozenContent
{
    /// <summary>What it says, per variant and language.</summary>
    public IReadOnlyList<MailingContent> Contents { get; init; } = [];
    /// <summary>Of mailings from before there were contents; see <see cref="Parse"/>.</summary>
    public string? Subject { get; init; }
    /// <inheritdoc cref="Subject"/>
    public string? Text { get; init; }
    public required long KindId { get; init; }
    /// <summary>The kind's name in the site's language.</summary>
    public required string KindName { get; init; }
    /// <summary>Its <see cref="Translations"/> as JSON; null in mailings from before it had several.</summary>
    public string? KindNames { get; init; }
    public required string ListId { get; init; }
    public required string From { get; init; }
    public required string FromName { get; init; }
    public required string SiteName { get; init; }
    public required string SiteUrl { get; init; }
    public required string Host { get; init; }
    /// <summary>The site's language: of contents that name none.</summary>
    public required string Culture { get; init; }
    /// <summary>The site's look. Link colour and logo are null in mailings from before they were stored.</summary>
    public required string Color { get; init; }
    public string? LinkColor { get; init; }
    /// <summary>Of words on the colour.</summary>
    public string? OnColor { get; init; }
    /// <summary>The logo's absolute URL.</summary>
    public string? Logo { get; init; }
    public required string FeedbackId { get; init; }
    /// <summary>Who runs the site, and how to reach them. Empty in mailings from before it was stored.</summary>
    public IReadOnlyList<string> Sender { get; init; } = [];
    /// <summary>Where answers go; empty for the sender's address.</summary>
    public string ReplyTo { get; init; } = "";
    /// <summary>Pictures travel in the message.</summary>
    public bool EmbedsPictures { get; init; }
    public IReadOnlyList<MailFile> Files { get; init; } = [];
    /// <summary>
    /// How many members matched the audience at the start but were excluded, by reason: see <see cref="Excluded"/>. Null in mailings from
    /// before these were counted.
    /// </summary>
    public IReadOnlyDictionary<ExclusionReason, int>? Excluded { get; init; }

    public static FrozenContent Of(
        Mailing mailing,
        MailKind kind,
        Site site,
        CommunityOptions options,
        MailColors look,
        ContactSettings contact
    ) =>
        new()
        {
            Contents = mailing.Contents.ConvertAll(c => c.Copy()),
            EmbedsPictures = mailing.EmbedsPictures,
            Files = mailing.Files,
            KindId = kind.Id,
            KindName = kind.Names.For(site.Culture).Text,
            KindNames = kind.Names.ToJson(),
            ListId = $"<{kind.Key}.{site.CanonicalHost}>",
            From = site.MailFrom,
            FromName = site.MailFromName,
            SiteName = site.Name,
            SiteUrl = options.UrlOf(site, "/"),
            Host = site.CanonicalHost,
            Culture = site.Culture,
            Color = look.Brand,
            LinkColor = look.Link,
            OnColor = look.OnBrand,
            Logo = look.Logo is { } logo ? options.UrlOf(site, logo) : null,
            Sender = [.. contact.Lines],
            ReplyTo = contact.ReplyTo,
            FeedbackId = $"{mailing.Id}:{kind.Key}:{site.Key}:community",
        };

    /// <summary>The name of the kind of mail in a recipient's language.</summary>
    public string KindNameIn(string language) =>
        KindNames is null || Translations.Parse(KindNames) is not { } names || names[language].Length == 0 ? KindName : names[language];

    /// <summary>The names of the site's pictures that it shows, the logo's too.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Pictures =>
        pictures ??= [.. MailFiles.PicturesIn(string.Join('\n', Contents.Select(c => c.Words).Append(Logo ?? "")))];

    IReadOnlyList<string>? pictures;

    /// <summary>The colours, without the logo, whose whole address stands in <see cref="Logo"/>.</summary>
    internal MailColors Look => new(Color, LinkColor ?? MailColors.Plain.Link, null, OnColor ?? MailColors.Plain.OnBrand);

    public string ToJson() => JsonSerializer.Serialize(this);
    public static FrozenContent Parse(string json)
    {
        var content = JsonSerializer.Deserialize<FrozenContent>(json)!;
        if (content.Subject is null) return content;
        var only = new MailingContent { Subject = content.Subject, Text = content.Text ?? "" };
        return content with { Contents = [only], Subject = null, Text = null };
    }
}
