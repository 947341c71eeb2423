namespace Community.Members;

/// <summary>What opened a session, or was tried.</summary>
public enum SignInMethod
{
    Password,
    /// <summary>The link in the e-mail that confirmed a registration.</summary>
    Link,
    Passkey,
    /// <summary>Another provider, by OpenID Connect.</summary>
    Provider,
    /// <summary>The second step: a code of the authenticator app.</summary>
    Code,
    /// <summary>The second step: a recovery code.</summary>
    RecoveryCode,
}

/// <summary>What was shown to prove who somebody is.</summary>
/// <param name="Method">What it is.</param>
/// <param name="Typed">What was typed, or a passkey's answer.</param>
/// <param name="State">What the page that asked for a passkey sealed: <see cref="PasskeyQuestion.State"/>.</param>
public sealed record Shown(SignInMethod Method, string? Typed, string? State = null);

/// <summary>How a member has proved who they are.</summary>
/// <param name="Method">The first step.</param>
/// <param name="SecondFactor">
/// Whether a second factor was proved as well. A passkey counts as two: the device that holds it, and the finger, face or PIN that unlocks
/// it.
/// </param>
/// <param name="ProviderId">The provider, if one proved it.</param>
public sealed record Proof(SignInMethod Method, bool SecondFactor, long? ProviderId = null);

/// <summary>
/// How this browser's session was opened, and when its member last proved who they are. See <see cref="CurrentMember.SignedIn"/>.
/// </summary>
/// <param name="Method">What opened it.</param>
/// <param name="SecondFactor">Whether a second factor was proved, at sign-in or since.</param>
/// <param name="ProvedAt">When a password, a code, a passkey or a provider last proved the member here.</param>
/// <param name="AsksSecondStep">Whether the member's password is followed by a second step; see
/// <see cref="Member.TwoFactorEnabled"/>.</param>
/// <param name="Role">The member's staff role; null for none.</param>
public sealed record SignedIn(SignInMethod Method, bool SecondFactor, DateTime ProvedAt, bool AsksSecondStep, string? Role)
{
    /// <summary>Whether the member has a permission for single things, beside what the role gives.</summary>
    public bool ModeratesSingle { get; init; }
}
