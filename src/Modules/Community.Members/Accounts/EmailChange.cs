namespace Community.Members;

/// <summary>One of the two mailboxes that agree to a change of address.</summary>
public enum EmailEnd { New, Present }

/// <summary>
/// A change of a member's address that waits until the links in both mailboxes, of the new address and of the present one, were opened and
/// confirmed. A member has at most one; asking for another replaces it.
/// </summary>
public sealed class EmailChange
{
    /// <summary>Also in its links, so that they confirm no other change.</summary>
    public long Id { get; set; }
    public long MemberId { get; set; }
    /// <summary>The new address.</summary>
    public required string Email { get; set; }
    /// <summary>The member's security stamp when it was asked for: a new password, or the end of all sessions, ends it as well.</summary>
    public required string Stamp { get; set; }
    public DateTime AskedAt { get; set; }
    /// <summary>When the new mailbox confirmed it.</summary>
    public DateTime? NewAt { get; set; }
    /// <summary>When the present mailbox did, or staff in its place.</summary>
    public DateTime? PresentAt { get; set; }

    public DateTime Until => AskedAt + MailLinks.Lifetime;

    /// <summary>Whether it can still happen. An <see cref="AskedAt"/> in the future means that the clock was set back since.</summary>
    public bool IsOpen(Member member, DateTime now) => Stamp == member.SecurityStamp && (now - AskedAt).Duration() < MailLinks.Lifetime;

    public bool IsConfirmedAt(EmailEnd end) => (end is EmailEnd.New ? NewAt : PresentAt) is not null;

    public bool IsConfirmed => NewAt is not null && PresentAt is not null;

    public void Confirm(EmailEnd end, DateTime now)
    {
        if (end is EmailEnd.New) NewAt ??= now;
        else PresentAt ??= now;
    }
}
