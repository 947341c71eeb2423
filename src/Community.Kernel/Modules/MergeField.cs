namespace Community.Kernel;

/// <summary>
/// A place in the subject and text of a mailing where a value of its recipient stands, written as <c>{{points.balance}}</c>. Its label is
/// the text <c>merge-field.{Name}</c>; <c>merge-field.{Name}.hint</c> tells staff what it stands for.
/// </summary>
/// <param name="Name">As it is written between the braces: small letters, digits, dots, hyphens. Unique among all modules. Saved mailings
/// hold it, so it never changes.</param>
/// <param name="Value">
/// The value for one recipient: plain text, without line breaks if it is to stand in subjects. It is escaped by its place: as HTML, or
/// within an address. Asked before each message of a mailing that has the field, so it must be cheap with 100,000 recipients.
/// </param>
/// <param name="IsUrl">The value is a whole address, and may stand as that of a link.</param>
public sealed record MergeField(string Name, Func<MergeRecipient, ValueTask<string>> Value, bool IsUrl = false);

/// <summary>The recipient of a message, and what its mailing is.</summary>
/// <param name="MemberId">The member's id.</param>
/// <param name="Name">The member's display name.</param>
/// <param name="Email">The address to which the message goes.</param>
/// <param name="Culture">The language in which the mailing is written, for numbers and dates: <c>en</c>.</param>
/// <param name="SiteName">The site's name, as it was when the mailing started.</param>
/// <param name="SiteUrl">The address of the front page; it ends with a slash.</param>
/// <param name="KindName">The name of the kind of mail.</param>
/// <param name="UnsubscribeUrl">The member's own link; in previews a sample.</param>
/// <param name="Services">The site's services. A value that needs rows asks its <see cref="SiteDb"/>.</param>
/// <param name="Ct">Ends the sending.</param>
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
