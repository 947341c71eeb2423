namespace Community.Members;

/// <summary>A kind of mail that members agree to receive, such as news or events.</summary>
public sealed class MailKind
{
    public long Id { get; set; }
    public required string Key { get; set; }
    public required string Name { get; set; }
    /// <summary>The sentence beside the box, which is never ticked beforehand.</summary>
    public string Description { get; set; } = "";
    public int Position { get; set; }

    /// <summary>The text beside the box, as the log stores it.</summary>
    public string Sentence => Description.Length > 0 ? Description : Name;
}

public enum ConsentAction { Grant, Withdraw, WithdrawAll }

/// <summary>Where consent was given or withdrawn, as the log stores it. Shown to staff as the text <c>staff.consent.by.…</c>.</summary>
public static class ConsentSource
{
    public const string Register = "register", Profile = "profile", Staff = "staff", Recipe = "recipe";
    /// <summary>The unsubscribe button of a mail program, or the page behind the link in a mail.</summary>
    public const string OneClick = "one-click", Link = "link";

    public static readonly IReadOnlyList<string> All = [Register, Profile, Staff, Recipe, OneClick, Link];
}

/// <summary>One entry of the append-only consent log.</summary>
public sealed class ConsentEvent
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    /// <summary>Null for all kinds.</summary>
    public long? KindId { get; set; }
    public ConsentAction Action { get; set; }
    public DateTime At { get; set; }
    /// <summary>Where it was given, one of <see cref="ConsentSource"/>.</summary>
    public required string Source { get; set; }
    /// <summary>The sentence shown beside the box.</summary>
    public string Text { get; set; } = "";
    /// <summary>Who acted, if it was not the member.</summary>
    public long? ActorId { get; set; }
}

/// <summary>The current state per member and kind, derived from the log. Only kinds that were granted at some time have a row.</summary>
public sealed class ConsentState
{
    public long MemberId { get; set; }
    public long KindId { get; set; }
    public bool Granted { get; set; }
    public DateTime Since { get; set; }
}

/// <summary>Why an address gets no direct mail.</summary>
public enum SuppressionReason
{
    /// <summary>Mail to it could not be delivered.</summary>
    Bounce,
    /// <summary>Its owner reported our mail as spam.</summary>
    Complaint,
    /// <summary>Staff decided so.</summary>
    Staff,
}

/// <summary>An address that gets no direct mail, whoever owns it, stored as a keyed hash that outlives the member.</summary>
public sealed class Suppression
{
    public long Id { get; set; }
    /// <summary>HMAC of the normalised address under the site's key.</summary>
    public required string AddressHash { get; set; }
    public required SuppressionReason Reason { get; set; }
    public DateTime At { get; set; }
}
