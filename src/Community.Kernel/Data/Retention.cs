using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>For how many days what has no reason to stay is kept, section <c>Community:Keep</c>. Less than a day is a day.</summary>
public sealed class Retention
{
    /// <summary>A registration that nobody confirmed, and the member's row that it made.</summary>
    public int Unconfirmed { get; set; } = 14;
    /// <summary>
    /// E-mails that were sent or given up: whom they went to, and the relay's answer. Their text goes when they are sent.
    /// </summary>
    public int SystemMails { get; set; } = 30;
    /// <summary>Attempts to sign in: network and browser.</summary>
    public int SignIns { get; set; } = 180;
    /// <summary>The words of a post that its author deleted, for the moderators.</summary>
    public int DeletedPosts { get; set; } = 30;

    public static DateTime Before(int days, DateTime now) => now - TimeSpan.FromDays(Math.Max(1, days));
}

/// <summary>Deletes much in little pieces: the site's writers come in between.</summary>
public static class Batches
{
    const int Max = 500;

    /// <summary>Ended half-way, it goes on where it was the next time.</summary>
    public static async Task DeleteAll<T>(this IQueryable<T> rows, CancellationToken ct) where T : class
    {
        while (await rows.Take(Max).ExecuteDeleteAsync(ct) == Max) { }
    }
}
