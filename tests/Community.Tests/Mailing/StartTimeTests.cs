using Community.Mailing;

namespace Community.Tests.Mailing;

public sealed class StartTimeTests
{
    [Theory]
    [InlineData("America/New_York", "2026-03-08T01:59", "2026-03-08T06:59", StartTimeNote.Exact)]
    [InlineData("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00", StartTimeNote.Skipped)]
    [InlineData("America/New_York", "2026-03-08T03:00", "2026-03-08T07:00", StartTimeNote.Exact)]
    [InlineData("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", StartTimeNote.Twice)]
    [InlineData("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00", StartTimeNote.Exact)]
    [InlineData("Asia/Tokyo", "2026-03-08T02:30", "2026-03-07T17:30", StartTimeNote.Exact)]
    [InlineData("Asia/Tokyo", "2028-02-29T09:00", "2028-02-29T00:00", StartTimeNote.Exact)]
    // Half-hour DST: 02:00 → 02:30 in October, 02:00 → 01:30 in April.
    [InlineData("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30", StartTimeNote.Skipped)]
    [InlineData("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30", StartTimeNote.Exact)]
    [InlineData("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", StartTimeNote.Twice)]
    [InlineData("Europe/London", "2026-10-25T01:30", "2026-10-25T00:30", StartTimeNote.Twice)]
    // Samoa skipped 30 December 2011.
    [InlineData("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00", StartTimeNote.Skipped)]
    public void A_wall_clock_means_one_moment(string zone, string wall, string utc, StartTimeNote note)
    {
        var start = StartTime.Resolve(wall, TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.Equal(DateTime.Parse(utc + "Z").ToUniversalTime(), start.Utc);
        Assert.Equal(note, start.Note);
        Assert.Equal(TimeZoneInfo.ConvertTimeFromUtc(start.Utc, TimeZoneInfo.FindSystemTimeZoneById(zone)), start.Local);
    }

    [Theory]
    [InlineData(null, "08:00")]
    [InlineData("2026-02-30", "08:00")]
    [InlineData("2026-02-28", "25:00")]
    [InlineData("2026-02-28", "")]
    [InlineData("9999-12-31", "23:59")]
    public void What_is_no_date_and_time_is_none(string? date, string time) => Assert.Null(StartTime.Parse(date, time, TimeZoneInfo.Utc));
}
