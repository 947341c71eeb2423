using System.ComponentModel.DataAnnotations;

namespace Community.Mailing;

/// <summary>What a site decides about its mailings.</summary>
public sealed record MailingSettings
{
    /// <summary>
    /// A mailing that could not start for so long, because no server ran, waits for a person: old news at night help nobody.
    /// </summary>
    [Range(typeof(TimeSpan), "00:15:00", "3.00:00:00")]
    public TimeSpan LateAfter { get; set; } = TimeSpan.FromHours(6);
}
