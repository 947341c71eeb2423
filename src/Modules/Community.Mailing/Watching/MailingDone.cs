using Community.Kernel;
using Community.Ui;

namespace Community.Mailing;

/// <summary>What the next page says of a mailing that was just reserved, or could not be changed any more.</summary>
static class MailingDone
{
    /// <summary>Somebody else, or the other tab, was earlier.</summary>
    public static readonly FlashMessage Late = new("mailing.late") { Tone = FlashTone.Warn };

    /// <param name="receiving">How many members it goes to.</param>
    public static FlashMessage Begun(int receiving) => new("mailing.begun") { Count = receiving };

    public static FlashMessage Reserved(Site site, DateTime at) => new("mailing.reserved-for", When(site, at));

    /// <summary>A time of sending, to the minute, in the site's zone and with its name.</summary>
    public static string When(Site site, DateTime at) => $"{site.ToLocal(at).ToString(Moments.FullToTheMinute)} {site.TimeZone}";
}
