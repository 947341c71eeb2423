using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.Identity;

namespace Community.Members;

public enum MemberState { Unconfirmed, Active, Suspended }

/// <summary>Somebody who joined the site. Staff are members with a role.</summary>
public sealed class Member : IdentityUser<long>
{
    public const int MaxNameLength = 40, MaxEmailLength = EmailAddress.MaxLength, MaxBioLength = 4000;

    /// <summary>The random part of the address of the profile: it tells neither the number nor the order of members.</summary>
    public string Handle { get; set; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    public string Name { get; private set; } = "";
    /// <summary>The name as it is searched and sorted, see <see cref="Searchable"/>.</summary>
    public string SearchName { get; private set; } = "";
    /// <summary>Which rule made <see cref="SearchName"/>; see <see cref="RenewSearchNames"/>.</summary>
    public int SearchVersion { get; private set; }
    /// <summary>What the name looks like, see <see cref="LookAlikes"/>.</summary>
    public string Skeleton { get; private set; } = "";
    /// <summary>Markdown, shown on the profile.</summary>
    public string Bio { get; set; } = "";
    /// <summary>The member's picture, as <c>hash.jpg</c> below <c>/files/</c>; null for the initial on a colour.</summary>
    public string? Picture { get; set; }
    /// <summary>The member's choice of language; null for the site's.</summary>
    public string? Language { get; set; }
    public DateTime JoinedAt { get; set; }
    /// <summary>When name, text, language or address were last saved, by the member or staff; null if never since joining.</summary>
    public DateTime? ChangedAt { get; private set; }
    public long? ChangedBy { get; private set; }
    /// <summary>Moves with each save: a form carries it, so that it is seen when somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    public DateTime? ConfirmedAt { get; set; }
    public DateTime? SuspendedAt { get; set; }
    public long? SuspendedBy { get; set; }
    /// <summary>What the member is told at sign-in.</summary>
    public string? SuspensionReason { get; set; }
    public DateTime? LastSignInAt { get; set; }
    /// <summary>After failed sign-ins; see <see cref="SignIns"/>.</summary>
    public DateTime? LockedUntil { get; set; }
    /// <summary>Staff role, one of <see cref="Kernel.Roles.Staff"/> or operator; null for an ordinary member.</summary>
    public string? Role { get; set; }
    /// <summary>The keyed hash of the address, by which a suppression finds it; see <see cref="AddressHashes"/>.</summary>
    public string AddressHash { get; set; } = "";
    /// <summary>Which rule made the address comparable; see <see cref="RenewAddresses"/>.</summary>
    public int AddressRule { get; set; }
    /// <summary>
    /// Another member who has the same mailbox, from before addresses were compared as they are now. Both stay until a person decides.
    /// </summary>
    public long? AddressTwin { get; set; }
    /// <summary>When the member last said "no direct mail at all": grants before it are void.</summary>
    public DateTime? MailStoppedAt { get; set; }
    /// <summary>What <see cref="MailPace"/> counts.</summary>
    public DateTime? MailsSince { get; set; }
    public DateTime? LastMailAt { get; set; }
    public int MailCount { get; set; }
    public List<GroupMembership> Groups { get; set; } = [];
    public List<ConsentState> Consents { get; set; } = [];

    public MemberState State =>
        SuspendedAt is not null ? MemberState.Suspended
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

    /// <exception cref="ArgumentException">It is no name; see <see cref="MemberNames"/>.</exception>
    public void Rename(string name)
    {
        Name = Naming.Kept(name);
        RenewSearch();
    }

    public void RenewSearch() => (SearchName, Skeleton, SearchVersion) = (Searchable(Name), LookAlikes.Of(Name), SearchRule);

    /// <summary>Somebody has saved what the member or staff type.</summary>
    public void Saved(long? by, DateTime now) => (ChangedAt, ChangedBy) = (now, by);

    /// <summary>Sets the address. Mail links and sessions from before are void.</summary>
    public void ChangeEmail(EmailAddress email)
    {
        Email = UserName = email.Text;
        NormalizedEmail = NormalizedUserName = email.Normal;
        (AddressRule, AddressTwin) = (RenewAddresses.Rule, null);
        EndSessions();
    }

    /// <summary>Every session and mail link of the member becomes void, at once.</summary>
    public void EndSessions() => SecurityStamp = NewStamp();

    public void SetPassword(string hash)
    {
        PasswordHash = hash;
        LockedUntil = null;
        AccessFailedCount = 0;
        EndSessions();
    }

    /// <summary>
    /// The address is the member's, by an e-mail's link or by the word of staff. Mail links from before are void. Again it does nothing.
    /// </summary>
    public void Confirm(DateTime now)
    {
        if (ConfirmedAt is not null) return;
        ConfirmedAt = now;
        EndSessions();
    }

    /// <summary>The link of this registration was used: what it says is the member's, whatever others said before.</summary>
    public void Become(PendingRegistration registration, DateTime now)
    {
        // One from before there was a rule for names may be none.
        if (Naming.Read(registration.Name).Fault is null) Rename(registration.Name);
        (Language, JoinedAt) = (registration.Language, now);
        SetPassword(registration.PasswordHash);
        Confirm(now);
    }

    /// <summary>
    /// Nobody suspends themselves; staff are suspended by who gives the roles. The same holds for ending somebody's sessions.
    /// </summary>
    public bool MayBeSuspendedBy(Reader other) =>
        other.May(MembersPermissions.Suspend) && other.Id != Id && (Role is null || other.May(MembersPermissions.Roles));

    public void Suspend(string reason, long by, DateTime now)
    {
        (SuspendedAt, SuspendedBy, SuspensionReason) = (now, by, reason.Trim());
        EndSessions();
    }

    public void Lift() => (SuspendedAt, SuspendedBy, SuspensionReason) = (null, null, null);

    /// <summary>Moves with <see cref="Searchable"/> and <see cref="LookAlikes"/>.</summary>
    public const int SearchRule = 3;

    /// <summary>
    /// Full and half width, capital and small letters, letters with and without marks are the same: "ost" finds "Öst". It is made
    /// here and stored, since the two databases compare letters differently. Voiced kana stay what they are: が is no か with a mark.
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
