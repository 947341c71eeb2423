using System.ComponentModel.DataAnnotations;

namespace Community.Members;

/// <summary>What a site decides about its members.</summary>
public sealed record MembersSettings
{
    /// <summary>Purposes of looking at personal data that the site offers beside <see cref="Members.Purposes.All"/>; one a line.</summary>
    [MaxLength(1000)]
    [DataType(DataType.MultilineText)]
    public string Purposes { get; set; } = "";

    /// <summary>How long an unconfirmed registration is kept, and the member's row that it created.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "90.00:00:00")]
    public TimeSpan UnconfirmedKept { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long nobody else gets a name that a member gave up, or whose member was erased; nothing for at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan NamesReserved { get; set; } = TimeSpan.FromDays(180);

    /// <summary>How long sign-in attempts are kept, with network and browser.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "730.00:00:00")]
    public TimeSpan SignInsKept { get; set; } = TimeSpan.FromDays(180);
}
