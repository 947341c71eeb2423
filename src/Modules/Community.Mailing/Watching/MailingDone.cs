using Community.Kernel;
using Community.Ui;

namespace Community.Mailing;

/// <summary>Messages on the next page about a mailing that was just scheduled, or could no longer be changed.</summary>
static class MailingDone
{
    /// <summary>Another user, or another tab, was faster.</summary>
    public static readonly FlashMessage Late = new("mailing.late") { Tone = FlashTone.Warn };

    /// <param name="receiving">The number of recipients.</param>
    public static FlashMessage Begun(int receiving) => new("mailing.begun") { Count = receiving };

    public static FlashMessage Reserved(Site site, DateTime at) => new("mailing.reserved-for", When(site, at));

    /// <summary>A send time to the minute in the site's time zone, with the zone's name.</summary>
    public static string When(Site site, DateTime at) => $"{site.ToLocal(at).ToString(Moments.FullToTheMinute)} {site.TimeZone}";
}
