namespace Community.Kernel;

/// <summary>
/// A placeholder in the subject and text of a mailing for a value of the recipient, written as <c>{{points.balance}}</c>. Its label is
/// the text <c>merge-field.{Name}</c>; <c>merge-field.{Name}.hint</c> explains it to staff.
/// </summary>
/// <param name="Name">The name between the braces: lower-case letters, digits, dots, hyphens. Unique among all modules. Saved mailings
/// contain it, so it must never change.</param>
/// <param name="Value">
/// The value for one recipient: plain text, without line breaks if used in subjects. It is escaped depending on its place: as HTML, or
/// within a URL. Called before each message of a mailing that has the field, so it must be cheap with 100,000 recipients.
/// </param>
/// <param name="IsUrl">True if the value is an absolute URL, which may be used as a link target.</param>
public sealed record MergeField(string Name, Func<MergeRecipient, ValueTask<string>> Value, bool IsUrl = false)
{
    /// <summary>The site's own label, in place of the texts; null for the texts.</summary>
    public Translations? Labels { get; init; }

    /// <summary>The permission that staff need to see another member's value in a preview; null for none.</summary>
    public string? Permission { get; init; }

    /// <summary>
    /// The members who have a value, if some may have none: an author then gives a default, as <c>{{attribute.drink|tea}}</c>, or the
    /// mailing is not sent while a recipient has none. Null if everybody has one.
    /// </summary>
    public Func<SiteDb, IQueryable<long>>? Having { get; init; }
}

/// <summary>The recipient of a message, and facts about its mailing.</summary>
/// <param name="MemberId">The member's id.</param>
/// <param name="Name">The member's display name.</param>
/// <param name="Email">The address to which the message is sent.</param>
/// <param name="Culture">The language in which the mailing is written, for numbers and dates: <c>en</c>.</param>
/// <param name="SiteName">The site's name, as it was when the mailing started.</param>
/// <param name="SiteUrl">The URL of the front page, with a trailing slash.</param>
/// <param name="KindName">The name of the kind of mail.</param>
/// <param name="UnsubscribeUrl">The member's personal link; a sample in previews.</param>
/// <param name="Services">The site's services. A value that needs rows uses its <see cref="SiteDb"/>.</param>
/// <param name="Ct">Cancels the sending.</param>
public sealed record MergeRecipient(
    long MemberId,
    string Name,
    string Email,
    string Culture,
    string SiteName,
    string SiteUrl,
    string KindName,
    string UnsubscribeUrl,
    IServiceProvider Services,
    CancellationToken Ct
);
