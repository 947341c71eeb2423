using Community.Kernel;

namespace Community.Members;

public enum ConsentAction { Grant, Withdraw, WithdrawAll }

/// <summary>Where consent was given or withdrawn, as the log stores it. Shown to staff as the text <c>staff.consent.by.…</c>.</summary>
public static class ConsentSource
{
    public const string Register = "register", Profile = "profile", Staff = "staff", Recipe = "recipe";
    /// <summary>The unsubscribe button of a mail program, or the page behind the link in a mail.</summary>
    public const string OneClick = "one-click", Link = "link";
    /// <summary>On paper, recorded by staff; on the page to which the mail after a partner's event leads.</summary>
    public const string Paper = "paper", Event = "event";

    /// <summary>A file that staff imported, with the proof in the text.</summary>
    public const string Import = "import";

    /// <summary>A complaint of the recipient to their provider (RFC 5965).</summary>
    public const string Complaint = "complaint";

    public static readonly IReadOnlyList<string> All = [Register, Profile, Staff, Recipe, OneClick, Link, Paper, Event, Import, Complaint];
}

/// <summary>One entry of the append-only consent log. It holds ids and texts of the site; what leads to a person is its proof.</summary>
public sealed class ConsentEvent : IAppendOnly
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
    /// <summary>The revision of the kind's text that was shown; null where another text was, as on paper.</summary>
    public int? Revision { get; set; }
    /// <summary>Who acted, if it was not the member.</summary>
    public long? ActorId { get; set; }
    public ConsentProof? Proof { get; set; }
}

/// <summary>
/// From where consent was given. A row of its own, since it leads to a person: it is deleted with the member, the log is not.
/// </summary>
public sealed class ConsentProof
{
    public long Id { get; set; }
    public long EventId { get; set; }
    public long MemberId { get; set; }
    /// <summary>See <see cref="SignIn.NetworkOf"/>; empty if no browser was involved.</summary>
    public string Network { get; set; } = "";
    /// <summary>See <see cref="SignIn.AgentOf"/>.</summary>
    public string Agent { get; set; } = "";
    /// <summary>The day on which a paper was signed.</summary>
    public DateOnly? SignedOn { get; set; }
    /// <summary>Where the paper was signed, and where it is kept; the name of a partner's event.</summary>
    public string Place { get; set; } = "";
    /// <summary>A scan of the paper, as <c>hash.jpg</c>; only staff can open it.</summary>
    public string? Scan { get; set; }
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
    /// <summary>The end, of an address that rests after a first bounce; null if it lasts.</summary>
    public DateTime? Until { get; set; }
    /// <summary>The staff member who added it; null for none.</summary>
    public long? AddedBy { get; set; }

    /// <summary>
    /// Whether the site's own mails stop, too. An address that is dead gets nothing; one that rests gets what somebody waits for. What its
    /// owner complained of, or staff stopped, concerns direct mail alone.
    /// </summary>
    public static bool Stops(SuppressionReason reason, bool rests, SystemMailPrecedence precedence) =>
        reason is SuppressionReason.Bounce && (!rests || precedence is SystemMailPrecedence.Notice);
}
