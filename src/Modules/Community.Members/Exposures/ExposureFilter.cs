using Community.Kernel;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Whose exposure is asked for: an account, days of the site that are both inclusive, and why.</summary>
sealed record ExposureFilter(long Account, DateOnly From, DateOnly To, string Why)
{
    public const int MaxWhyLength = 200;

    public DateTime Start(Site site) => WallClock.StartOf(From, site.Zone);
    public DateTime End(Site site) => WallClock.StartOf(To.AddDays(1), site.Zone);

    /// <summary>Null if something is missing: <paramref name="problems"/> say what.</summary>
    public static ExposureFilter? Read(string? account, string? from, string? to, string? why, Problems problems, IStringLocalizer texts)
    {
        var (first, last) = Days.Read(problems, "From", from, "To", to, texts);
        if (!long.TryParse(account, out var id)) problems.Add("Account", texts["staff.exposure.account.missing"]);
        if (first is null && problems["From"] is null) problems.Add("From", texts["ui.form.day"]);
        if (last is null && problems["To"] is null) problems.Add("To", texts["ui.form.day"]);
        if (string.IsNullOrWhiteSpace(why)) problems.Add("Why", texts["staff.exposure.why.missing"]);
        problems.Lines("Why", why, texts);
        problems.Limit("Why", why, MaxWhyLength, texts);
        return problems.Any ? null : new(id, first!.Value, last!.Value, why!.Trim());
    }
}
