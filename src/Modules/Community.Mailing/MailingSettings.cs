using System.ComponentModel.DataAnnotations;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A site's mailing settings.</summary>
public sealed record MailingSettings
{
    /// <summary>
    /// A mailing that is this late because no server was running waits for a person: nobody wants old news at night.
    /// </summary>
    [Range(typeof(TimeSpan), "00:15:00", "3.00:00:00")]
    public TimeSpan LateAfter { get; set; } = TimeSpan.FromHours(6);
    /// <summary>What a mailing learns about opens and clicks, if its author chooses nothing else.</summary>
    public TrackingMode Tracking { get; set; }
    /// <summary>How long it is kept which message was opened, and which link followed; the numbers stay.</summary>
    [Range(typeof(TimeSpan), "7.00:00:00", "1100.00:00:00")]
    public TimeSpan EngagementsKept { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How long after its start the link in a mail shows it in the browser.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan ViewedFor { get; set; } = TimeSpan.FromDays(180);

    /// <summary>
    /// How many mailings a member gets at most within <see cref="MaxMailsDays"/>, of all kinds together; 0 for any number.
    /// </summary>
    [Range(0, 100)]
    public int MaxMails { get; set; }

    /// <summary>See <see cref="MaxMails"/>.</summary>
    [Range(1, 90)]
    public int MaxMailsDays { get; set; } = 7;

    /// <summary>From how many recipients on a second person has to approve a mailing; 0 for never, 1 for always.</summary>
    [Range(0, 1_000_000)]
    public int ApproveFrom { get; set; }

    /// <summary>The hours of the site's day between which nothing is sent; none if one is left out, or both are the same.</summary>
    [Range(0, 23), None(-1)]
    public int QuietFrom { get; set; } = -1;

    /// <inheritdoc cref="QuietFrom"/>
    [Range(0, 23), None(-1)]
    public int QuietUntil { get; set; } = -1;

    /// <summary>Messages an hour at most; 0 for no limit of the site's own.</summary>
    [Range(0, 1_000_000)]
    public int PerHour { get; set; }

    /// <summary>A mailing stops by itself when this many of a hundred recipients cannot be reached; 0 for never.</summary>
    [Range(0, 100)]
    public int StopAtErrors { get; set; } = 10;

    /// <summary>A mailing stops by itself when this many of a thousand recipients complain; 0 for never.</summary>
    [Range(0, 100)]
    public int StopAtComplaints { get; set; } = 3;

    internal static readonly SettingsPart Part = SettingsPart.Of<MailingSettings>("mailing");

    /// <summary>As they stand in the database, for queries that are made of them.</summary>
    internal static async Task<MailingSettings> Of(SiteDb db, CancellationToken ct = default) =>
        (MailingSettings)Part.Read(
            await db.StoredSettings.AsNoTracking().Where(s => s.Part == Part.Name).Select(s => s.Json).FirstOrDefaultAsync(ct)
        );
}
