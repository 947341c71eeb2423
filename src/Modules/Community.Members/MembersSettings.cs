using System.ComponentModel.DataAnnotations;

namespace Community.Members;

/// <summary>What a site decides about its members.</summary>
public sealed record MembersSettings
{
    /// <summary>
    /// Whether visitors make accounts themselves. Where they may not, staff register members, or hang up an event's link
    /// (<see cref="EventLinks"/>).
    /// </summary>
    public bool VisitorsMayRegister { get; set; } = true;

    /// <summary>What visitors read in the place of the form where they may not register; empty for a sentence of ours.</summary>
    [MaxLength(500), DataType(DataType.MultilineText)]
    public string ClosedText { get; set; } = "";

    /// <summary>How long a registration that nobody confirmed is kept, and the member's row that it made.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "90.00:00:00")]
    public TimeSpan UnconfirmedKept { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long attempts to sign in are kept: network and browser.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "730.00:00:00")]
    public TimeSpan SignInsKept { get; set; } = TimeSpan.FromDays(180);
}
