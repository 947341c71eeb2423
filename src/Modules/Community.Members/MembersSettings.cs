using System.ComponentModel.DataAnnotations;

namespace Community.Members;

/// <summary>What a site decides about its members.</summary>
public sealed record MembersSettings
{
    /// <summary>
    /// Whether visitors may create accounts themselves. If not, staff register members, or hand out the link of an event
    /// (<see cref="EventLinks"/>).
    /// </summary>
    public bool VisitorsMayRegister { get; set; } = true;

    /// <summary>What visitors see instead of the form if they may not register; empty for the default sentence.</summary>
    [MaxLength(500), DataType(DataType.MultilineText)]
    public string ClosedText { get; set; } = "";

    /// <summary>How long an unconfirmed registration is kept, and the member's row that it created.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "90.00:00:00")]
    public TimeSpan UnconfirmedKept { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long sign-in attempts are kept, with network and browser.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "730.00:00:00")]
    public TimeSpan SignInsKept { get; set; } = TimeSpan.FromDays(180);
}
