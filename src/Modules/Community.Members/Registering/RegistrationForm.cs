using Community.Kernel;

namespace Community.Members;

/// <summary>What a visitor sends to register, checked by <see cref="Registration.Check"/>.</summary>
/// <param name="Name">The display name.</param>
/// <param name="Email">The address.</param>
/// <param name="Password">The password in clear; null for whoever comes by a provider.</param>
/// <param name="Kinds">The kinds of mail whose box was ticked.</param>
/// <param name="Agreed">The terms whose box was ticked.</param>
/// <param name="Language">Null for the site's language.</param>
/// <param name="ReturnUrl">The page to go on with.</param>
/// <param name="EventCode">The code in an event's link; null for none.</param>
/// <param name="Attributes">The fields of attributes; null for none.</param>
/// <param name="InvitationCode">The code of an <see cref="Invitation"/>; null for none.</param>
/// <param name="Identity">The account at a provider by which the member will sign in; null for a password.</param>
public sealed record RegistrationForm(
    string Name,
    EmailAddress Email,
    string? Password,
    IReadOnlyCollection<MailKind> Kinds,
    IReadOnlyCollection<TermsSeen> Agreed,
    string? Language = null,
    string? ReturnUrl = null,
    string? EventCode = null,
    AttributeForm? Attributes = null,
    string? InvitationCode = null,
    ProviderIdentity? Identity = null
);
