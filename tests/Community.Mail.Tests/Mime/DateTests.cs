using Community.Mail.Mime;

namespace Community.Mail.Tests.Mime;

public sealed class DateTests
{
    [Theory]
    [InlineData("Sun, 22 Nov 2026 09:30:05 +0900", "2026-11-22T09:30:05+09:00")]
    [InlineData("22 Nov 26 09:30 GMT", "2026-11-22T09:30:00+00:00")]
    [InlineData("Sun, 22 Nov 2026 09:30:60 -0000", "2026-11-22T09:30:59+00:00")]
    [InlineData("Sunday, 22-Nov-99 09:30:00 EST", "1999-11-22T09:30:00-05:00")]
    [InlineData("Sun, 22 Nov 2026 09:30:05 +0530 (IST)", "2026-11-22T09:30:05+05:30")]
    public void Dates_old_and_new_are_read(string text, string iso) =>
        Assert.Equal(DateTimeOffset.Parse(iso, System.Globalization.CultureInfo.InvariantCulture), MailDate.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("yesterday")]
    [InlineData("31 Feb 2026 09:30:00 +0000")]
    [InlineData("22 Foo 2026 09:30:00 +0000")]
    [InlineData("22 Nov 2026 09:30:00 +9900")]
    [InlineData("1 Jan 0000 00:00:00 +0000")]
    public void What_is_no_date_is_none(string? text) => Assert.Null(MailDate.TryParse(text));
}
