namespace Community.Kernel;

/// <summary>How many bytes of files a member has sent on a day of the site's.</summary>
public sealed class UploadDay
{
    public long MemberId { get; set; }
    /// <summary>The number of the day, <see cref="DateOnly.DayNumber"/>.</summary>
    public int Day { get; set; }
    public long Bytes { get; set; }
}
