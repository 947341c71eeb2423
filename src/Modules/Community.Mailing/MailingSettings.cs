using System.ComponentModel.DataAnnotations;

namespace Community.Mailing;

/// <summary>A site's mailing settings.</summary>
public sealed record MailingSettings
{
    /// <summary>
    /// A mailing that is this late because no server was running waits for a person: nobody wants old news at night.
    /// </summary>
    [Range(typeof(TimeSpan), "00:15:00", "3.00:00:00")]
    public TimeSpan LateAfter { get; set; } = TimeSpan.FromHours(6);
}
