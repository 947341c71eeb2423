namespace Community.Boards;

/// <summary>Where a page of topics ended: the time of the last topic's latest post, and its id for topics with the same time.</summary>
public readonly record struct Cursor(DateTime At, long Id)
{
    public static Cursor? Parse(string? text) =>
        text?.Split('-') is [var ms, var id]
        && long.TryParse(ms, out var time)
        && time is >= 0 and < 253402300800000
        && long.TryParse(id, out var number)
            ? new Cursor(DateTime.UnixEpoch.AddMilliseconds(time), number)
            : null;

    public override string ToString() => $"{(long)(At - DateTime.UnixEpoch).TotalMilliseconds}-{Id}";
}
