using System.ComponentModel.DataAnnotations;

namespace Community.Members;

/// <summary>What a site decides about leaving, and about members' rights to their data.</summary>
public sealed record RightsSettings
{
    /// <summary>How long somebody who leaves may come back before everything is erased; nothing to erase at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "90.00:00:00")]
    public TimeSpan LeavingGrace { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long the copy of a member's data can be downloaded.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "30.00:00:00")]
    public TimeSpan ArchiveKept { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Within which time staff answer a request about somebody's data.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "60.00:00:00")]
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromDays(14);

    /// <summary>After how many months without a visit a member is erased; 0 for never.</summary>
    [Range(0, 120)]
    public int InactiveMonths { get; set; }

    /// <summary>How long before that the member is warned by e-mail.</summary>
    [Range(typeof(TimeSpan), "7.00:00:00", "90.00:00:00")]
    public TimeSpan InactiveWarning { get; set; } = TimeSpan.FromDays(30);
}
