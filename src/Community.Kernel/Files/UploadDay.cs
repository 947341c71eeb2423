namespace Community.Kernel;

/// <summary>How many bytes of files a member has uploaded on a day (in the site's zone).</summary>
public sealed class UploadDay
{
    public long MemberId { get; set; }
    /// <summary>The day as <see cref="DateOnly.DayNumber"/>.</summary>
    public int Day { get; set; }
    public long Bytes { get; set; }
}
