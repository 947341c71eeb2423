using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.Identity;

namespace Community.Members;

public enum MemberState { Unconfirmed, Active, Suspended, Leaving, Awaiting }

/// <summary>A member of the site. Staff are members with a role.</summary>
public sealed class Member : IdentityUser<long>
{
    public const int MaxNameLength = 40, MaxEmailLength = EmailAddress.MaxLength, MaxBioLength = 4000;

    /// <summary>The random part of the profile's URL: reveals neither the number nor the order of members.</summary>
    public string Handle { get; set; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    public string Name { get; private set; } = "";
    /// <summary>The form of the name used to search and sort; see <see cref="Searchable"/>.</summary>
    public string SearchName { get; private set; } = "";
    /// <summary>The version of the rule that made <see cref="SearchName"/>; see <see cref="RenewSearchNames"/>.</summary>
    public int SearchVersion { get; private set; }
    /// <summary>The look-alike skeleton of the name; see <see cref="LookAlikes"/>.</summary>
    public string Skeleton { get; private set; } = "";
    /// <summary>Markdown, shown on the profile.</summary>
    public string Bio { get; set; } = "";
    /// <summary>The member's picture, as <c>hash.jpg</c> below <c>/files/</c>; null to show the initial on a coloured background.</summary>
    public string? Picture { get; set; }
    /// <summary>The member's chosen language; null for the site's.</summary>
    public string? Language { get; set; }
    public DateTime JoinedAt { get; set; }
    /// <summary>When name, bio, language or address was last saved, by the member or staff; null if never since joining.</summary>
    public DateTime? ChangedAt { get; private set; }
    public long? ChangedBy { get; private set; }
    /// <summary>Changes with each save. Forms carry it, to detect that somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    public DateTime? ConfirmedAt { get; set; }
    /// <summary>When an import made the row; null for who registered. Imported members wait for as long as they like to confirm.</summary>
    public DateTime? ImportedAt { get; set; }
    public DateTime? SuspendedAt { get; set; }
    public long? SuspendedBy { get; set; }
    /// <summary>When the suspension ends by itself; null if somebody has to lift it. See <see cref="EndSuspension"/>.</summary>
    public DateTime? SuspendedUntil { get; set; }
    /// <summary>The reason shown to the member at sign-in.</summary>
    public string? SuspensionReason { get; set; }
    /// <summary>When staff last warned the member, who has not said yet that they have read it; see <see cref="Measure"/>.</summary>
    public DateTime? WarnedAt { get; set; }
    /// <summary>Since when the member reads and does not write, and until when; null until somebody ends it.</summary>
    public DateTime? SilencedAt { get; set; }
    public DateTime? SilencedUntil { get; set; }
    /// <summary>When the member left; see <see cref="Leaving"/>.</summary>
    public DateTime? LeavingSince { get; private set; }
    /// <summary>When a member who left is erased.</summary>
    public DateTime? EraseAt { get; private set; }
    public DateTime? LeavingRemindedAt { get; set; }
    /// <summary>When a member who has not been here for long was told that they will be erased.</summary>
    public DateTime? InactiveWarnedAt { get; set; }
    /// <summary>The address is confirmed, and staff have yet to accept the registration: unconfirmed until they do.</summary>
    public DateTime? AwaitsSince { get; private set; }
    /// <summary>The <see cref="Invitation"/> by which the member came; null for none.</summary>
    public long? InvitationId { get; set; }
    public DateTime? LastSignInAt { get; set; }
    /// <summary>Lock after failed sign-ins; see <see cref="SignIns"/>.</summary>
    public DateTime? LockedUntil { get; set; }
    /// <summary>Staff role, one of <see cref="Kernel.Roles.Staff"/> or operator; null for an ordinary member.</summary>
    public string? Role { get; set; }
    /// <summary>The keyed hash of the address, to match suppressions; see <see cref="AddressHashes"/>.</summary>
    public string AddressHash { get; set; } = "";
    /// <summary>The version of the rule that normalised the address; see <see cref="RenewAddresses"/>.</summary>
    public int AddressRule { get; set; }
    /// <summary>
    /// Another member with the same mailbox, registered under an earlier normalisation rule. Both stay until a person decides.
    /// </summary>
    public long? AddressTwin { get; set; }
    /// <summary>When the member last stopped all direct mail: earlier grants are void.</summary>
    public DateTime? MailStoppedAt { get; set; }
    /// <summary>What <see cref="MailRateLimit"/> counts.</summary>
    public DateTime? MailsSince { get; set; }
    public DateTime? LastMailAt { get; set; }
    public int MailCount { get; set; }
    /// <summary>The highest version of each document that was agreed to, and answered at all; see <see cref="TermsAnswer"/>.</summary>
    public int TermsAgreed { get; private set; }
    public int TermsAnswered { get; private set; }
    public int PrivacyAgreed { get; private set; }
    public int PrivacyAnswered { get; private set; }
    public List<GroupMembership> Groups { get; set; } = [];
    public List<ConsentState> Consents { get; set; } = [];
    /// <summary>A change of address that was asked for; it may be void: <see cref="Members.EmailChange.IsOpen"/>.</summary>
    public EmailChange? EmailChange { get; set; }

    public MemberState State =>
        SuspendedAt is not null ? MemberState.Suspended
        : LeavingSince is not null ? MemberState.Leaving
        : AwaitsSince is not null ? MemberState.Awaiting
        : ConfirmedAt is null ? MemberState.Unconfirmed
        : MemberState.Active;

    public string Url => "/members/" + Handle;

    public static Member Create(string name, EmailAddress email, DateTime now)
    {
        var member = new Member { JoinedAt = now, SecurityStamp = NewStamp() };
        member.Rename(name);
        member.ChangeEmail(email);
        return member;
    }

    /// <exception cref="ArgumentException">It is not a valid name; see <see cref="MemberNames"/>.</exception>
    public void Rename(string name)
    {
        Name = Naming.Kept(name);
        RenewSearch();
    }

    public void RenewSearch() => (SearchName, Skeleton, SearchVersion) = (Searchable(Name), LookAlikes.Of(Name), SearchRule);

    /// <summary>Records who saved the editable fields, and when.</summary>
    public void Saved(long? by, DateTime now) => (ChangedAt, ChangedBy) = (now, by);

    /// <summary>Sets the address. Invalidates earlier mail links and sessions.</summary>
    public void ChangeEmail(EmailAddress email)
    {
        Email = UserName = email.Text;
        NormalizedEmail = NormalizedUserName = email.Normal;
        (AddressRule, AddressTwin) = (RenewAddresses.Rule, null);
        EndSessions();
    }

    /// <summary>Invalidates all sessions and mail links of the member at once.</summary>
    public void EndSessions() => SecurityStamp = NewStamp();

    public void SetPassword(string hash)
    {
        PasswordHash = hash;
        LockedUntil = null;
        AccessFailedCount = 0;
        EndSessions();
    }

    /// <summary>
    /// Confirms the address, by an e-mail's link or by staff. Invalidates earlier mail links. Does nothing if it is confirmed already.
    /// </summary>
    public void Confirm(DateTime now)
    {
        if (ConfirmedAt is not null) return;
        (ConfirmedAt, AwaitsSince) = (now, null);
        EndSessions();
    }

    /// <summary>Applies the registration whose link was used: its data replaces whatever others typed before.</summary>
    /// <param name="registration">The registration.</param>
    /// <param name="awaits">Whether staff have yet to accept it.</param>
    /// <param name="now">When.</param>
    public void Become(PendingRegistration registration, bool awaits, DateTime now)
    {
        // A registration older than the rules for names may hold an invalid one.
        if (Naming.Read(registration.Name).Fault is null) Rename(registration.Name);
        (Language, JoinedAt) = (registration.Language, now);
        if (registration.PasswordHash is { } hash) SetPassword(hash);
        else (PasswordHash, LockedUntil, AccessFailedCount) = (null, null, 0);
        EndSessions();
        if (awaits) Await(now);
        else Confirm(now);
    }

    /// <summary>The address is proved; staff have yet to accept the registration. Invalidates earlier mail links.</summary>
    public void Await(DateTime now)
    {
        if (ConfirmedAt is not null) return;
        AwaitsSince ??= now;
        EndSessions();
    }

    /// <summary>Staff declined the registration.</summary>
    public void Decline() => AwaitsSince = null;

    /// <summary>Moves the marks of what was answered. False if this answer, or a later one, is there already.</summary>
    public bool Answers(TermsVersion version, TermsAnswerKind answer)
    {
        var isTerms = version.Kind is TermsKind.Terms;
        var (agreed, answered) = isTerms ? (TermsAgreed, TermsAnswered) : (PrivacyAgreed, PrivacyAnswered);
        if (version.Number <= (answer is TermsAnswerKind.Agreed ? agreed : answered)) return false;
        (agreed, answered) = (answer is TermsAnswerKind.Agreed ? version.Number : agreed, Math.Max(answered, version.Number));
        if (isTerms) (TermsAgreed, TermsAnswered) = (agreed, answered);
        else (PrivacyAgreed, PrivacyAnswered) = (agreed, answered);
        return true;
    }

    /// <summary>
    /// Nobody can suspend themselves; only those who may give roles can suspend staff. The same holds for ending somebody's sessions.
    /// </summary>
    public bool MayBeSuspendedBy(Reader other) =>
        other.May(MembersPermissions.Suspend) && other.Id != Id && (Role is null || other.May(MembersPermissions.Roles));

    /// <summary>
    /// Nobody resets their own second factors; only those who may give roles reset those of staff.
    /// </summary>
    public bool MayHaveFactorsResetBy(Reader other) =>
        other.May(MembersPermissions.Edit) && other.Id != Id && (Role is null || other.May(MembersPermissions.Roles));

    public void Suspend(string reason, long by, DateTime now, DateTime? until = null)
    {
        (SuspendedAt, SuspendedBy, SuspensionReason, SuspendedUntil) = (now, by, reason.Trim(), until);
        EndSessions();
    }

    /// <summary>The member leaves, or has to: erased at <paramref name="eraseAt"/> if they do not come back.</summary>
    public void Leave(DateTime now, DateTime eraseAt)
    {
        (LeavingSince, EraseAt, LeavingRemindedAt) = (now, eraseAt, null);
        EndSessions();
    }

    public void ComeBack()
    {
        (LeavingSince, EraseAt, LeavingRemindedAt) = (null, null, null);
        EndSessions();
    }

    public bool IsSuspended(DateTime now) => SuspendedAt is not null && !(SuspendedUntil <= now);

    public bool IsSilenced(DateTime now) => SilencedAt is not null && !(SilencedUntil <= now);

    /// <summary>
    /// The text key of what keeps a member with these values from writing at a moment; null if nothing does. The only place of this rule:
    /// it is asked with each request and again in each act (<see cref="Reader.Hindrance"/>).
    /// </summary>
    internal static string? Hindrance(DateTime? warnedAt, DateTime? silencedAt, DateTime? silencedUntil, DateTime now) =>
        silencedAt is not null && !(silencedUntil <= now) ? "measures.hindered.silenced"
        : warnedAt is not null ? "measures.hindered.warned"
        : null;

    /// <summary>Writes down, in the open change, that a suspension is over whose time has come. False if there is none.</summary>
    internal bool EndSuspensionIfOver(SiteDb db, DateTime now)
    {
        if (SuspendedAt is null || IsSuspended(now)) return false;
        var end = SuspendedUntil!.Value;
        Lift();
        foreach (var suspension in db.Suspensions.Where(s => s.MemberId == Id && s.LiftedAt == null).ToList()) suspension.LiftedAt = end;
        db.Publish(new MemberReinstated(Id));
        return true;
    }

    public void Lift() => (SuspendedAt, SuspendedBy, SuspensionReason, SuspendedUntil) = (null, null, null, null);

    /// <summary>Increment when <see cref="Searchable"/> or <see cref="LookAlikes"/> changes.</summary>
    public const int SearchRule = 3;

    /// <summary>
    /// Folds width, case and diacritics: "ost" finds "Öst".
    /// Computed here and stored, since the two databases compare letters differently. Voiced kana are kept: が is not か with a diacritic.
    /// </summary>
    public static string Searchable(string text)
    {
        var bare = new StringBuilder(text.Length);
        foreach (
            var c in Characters.Normal(Characters.Normal(text.Trim(), NormalizationForm.FormKC).ToLowerInvariant(), NormalizationForm.FormD)
        )
            if (c is '\u3099' or '\u309a' || CharUnicodeInfo.GetUnicodeCategory(c) is not UnicodeCategory.NonSpacingMark)
                bare.Append(
                    c switch
                    {
                        'ø' => "o",
                        'ł' => "l",
                        'đ' => "d",
                        'ß' => "ss",
                        'æ' => "ae",
                        'œ' => "oe",
                        'ı' => "i",
                        _ => c.ToString(),
                    }
                );
        return Characters.Normal(bare.ToString());
    }
    static string NewStamp() => Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
}
