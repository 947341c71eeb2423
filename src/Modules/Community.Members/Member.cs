using Microsoft.AspNetCore.Identity;

namespace Community.Members;

public enum MemberState { Unconfirmed, Active, Suspended, Erased }

/// <summary>Somebody who joined the site. Staff are members with a role.</summary>
public sealed class Member : IdentityUser<long>
{
    /// <summary>The random part of the address of the profile: it tells neither the number nor the order of members.</summary>
    public string Handle { get; set; } = NewHandle();
    public string Name { get; set; } = "";
    /// <summary>Markdown, shown on the profile.</summary>
    public string Bio { get; set; } = "";
    /// <summary>The member's choice of language; null for the site's.</summary>
    public string? Language { get; set; }
    public DateTime JoinedAt { get; set; }
    public DateTime? ConfirmedAt { get; set; }
    public DateTime? SuspendedAt { get; set; }
    public long? SuspendedBy { get; set; }
    /// <summary>What the member is told at sign-in.</summary>
    public string? SuspensionReason { get; set; }
    public DateTime? ErasedAt { get; set; }
    public DateTime? LastSignInAt { get; set; }
    /// <summary>Staff role, one of <see cref="Kernel.Roles.Staff"/> or operator; null for an ordinary member.</summary>
    public string? Role { get; set; }
    public List<GroupMembership> Groups { get; set; } = [];

    public MemberState State =>
        ErasedAt is not null ? MemberState.Erased
        : SuspendedAt is not null ? MemberState.Suspended
        : ConfirmedAt is null ? MemberState.Unconfirmed
        : MemberState.Active;

    public string Url => "/members/" + Handle;

    /// <summary>Which of the eight colours the member's initial stands on.</summary>
    public int Hue => (int)(Handle.Aggregate(7u, (h, c) => h * 31 + c) % 8) + 1;

    static string NewHandle() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6));
}
