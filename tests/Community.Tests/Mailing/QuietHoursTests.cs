using Community.Kernel;
using Community.Mailing;

namespace Community.Tests.Mailing;

/// <summary>Quiet hours are those that the site's clock shows, also on the day on which it is changed.</summary>
public sealed class QuietHoursTests
{
    public static TheoryData<string, string> Changes() => new()
    {
        { "Asia/Tokyo", "2026-03-08" },
        { "America/New_York", "2026-03-08" }, { "America/New_York", "2026-11-01" },
        { "Europe/Berlin", "2026-03-29" }, { "Europe/Berlin", "2026-10-25" },
        // At midnight, and by half an hour.
        { "America/Sao_Paulo", "2018-11-04" }, { "America/Sao_Paulo", "2018-02-18" },
        { "Asia/Beirut", "2021-03-28" }, { "America/Havana", "2026-11-01" },
        { "Australia/Lord_Howe", "2026-10-04" }, { "Australia/Lord_Howe", "2026-04-05" },
        { "Asia/Kathmandu", "2026-04-05" },
    };

    [Theory, MemberData(nameof(Changes))]
    public void They_end_at_the_first_moment_outside_of_them(string zoneId, string day)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var noon = DateTime.SpecifyKind(DateTime.Parse(day, System.Globalization.CultureInfo.InvariantCulture), DateTimeKind.Utc);
        (int, int)[] hours = [(21, 8), (22, 0), (0, 6), (23, 1), (0, 1), (1, 2), (1, 3), (2, 3), (3, 2), (2, 1), (12, 13)];
        foreach (var (from, until) in hours)
        {
            var settings = new MailingSettings { QuietFrom = from, QuietUntil = until };
            for (var at = noon.AddHours(-26); at < noon.AddHours(50); at = at.AddMinutes(10))
            {
                var hour = TimeZoneInfo.ConvertTimeFromUtc(at, zone).Hour;
                var quiet = from < until ? hour >= from && hour < until : hour >= from || hour < until;
                var end = QuietHours.EndOf(settings, at, zone);
                Assert.True(end is not null == quiet, $"{from} to {until}, {at:u}: {end:u}");
                if (end is null) continue;
                Assert.True(QuietHours.EndOf(settings, end.Value, zone) is null, $"{from} to {until}, {at:u}: quiet at the end {end:u}");
                var before = QuietHours.EndOf(settings, end.Value.AddMinutes(-1), zone);
                Assert.True(before is not null, $"{from} to {until}, {at:u}: over before {end:u}");
            }
        }
    }
}
