namespace Community.Mailing;

/// <summary>What a mailing learns about who opens it and which links are followed. Texts: <c>mailing.tracking.{mode}</c>.</summary>
public enum TrackingMode
{
    /// <summary>Nothing: links stand as they were typed, and there is no pixel.</summary>
    None,
    /// <summary>Sums alone: all recipients get the same links, so nobody can tell one from another.</summary>
    Aggregate,
    /// <summary>
    /// Each message bears a random number that stands nowhere else, so persons are counted once and nobody knows who they are.
    /// </summary>
    Pseudonymous,
    /// <summary>By member, for those who agreed to it (<see cref="Members.MailKindUse.Tracking"/>); pseudonymous for all others.</summary>
    Individual,
}

public enum EngagementKind
{
    /// <summary>The pixel was loaded.</summary>
    Open,
    /// <summary>A link was followed.</summary>
    Click,
    /// <summary>The link that people do not see was followed: whoever did is a machine, and so is what else it did.</summary>
    Trap,
    /// <summary>Consent was withdrawn by the mailing's link.</summary>
    Leave,
}

/// <summary>Who seems to have caused an open or a click; see <see cref="JudgeEngagement"/>. Nothing decides on machines.</summary>
public enum Verdict { Human, Machine, Unknown }
