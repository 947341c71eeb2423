using Community.Kernel;

namespace Community.Members;

/// <summary>What a visitor sends to register, checked by <see cref="Registration.Check"/>.</summary>
/// <param name="Name">The display name.</param>
/// <param name="Email">The address.</param>
/// <param name="Password">The password in clear.</param>
/// <param name="Kinds">The kinds of mail whose box was ticked.</param>
/// <param name="Agreed">The terms whose box was ticked.</param>
/// <param name="Language">Null for the site's language.</param>
/// <param name="ReturnUrl">The page to go on with.</param>
/// <param name="EventCode">The code in an event's link; null for none.</param>
/// <param name="Attributes">The fields of attributes; null for none.</param>
/// <param name="InvitationCode">The code of an <see cref="Invitation"/>; null for none.</param>
public sealed record RegistrationForm(
    string Name,
    EmailAddress Email,
    string Password,
    IReadOnlyCollection<MailKind> Kinds,
    IReadOnlyCollection<TermsSeen> Agreed,
    string? Language = null,
    string? ReturnUrl = null,
    string? EventCode = null,
    AttributeForm? Attributes = null,
    string? InvitationCode = null
);
