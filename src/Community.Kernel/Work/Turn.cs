using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// How long a job that works by steps goes on before it queues itself again. A site's jobs and events have one worker, so what a member
/// has just written is neither counted nor found nor told of while the job goes on.
/// </summary>
/// <param name="db">The site's database.</param>
/// <param name="time">The clock.</param>
public sealed class Turn(SiteDb db, TimeProvider time)
{
    /// <summary>As long as members do nothing; to find its place again may take a job some seconds.</summary>
    static readonly TimeSpan longest = TimeSpan.FromSeconds(8);
    /// <summary>Once somebody has done something meanwhile.</summary>
    static readonly TimeSpan shortest = TimeSpan.FromSeconds(2);

    readonly long began = time.GetTimestamp();
    readonly DateTime since = db.Now;

    /// <summary>Whether the next step is to be the last.</summary>
    public async ValueTask<bool> Ends(CancellationToken ct)
    {
        var gone = time.GetElapsedTime(began);
        // What the job itself publishes has no actor.
        return gone > longest || (gone > shortest && await db.Events.AnyAsync(e => e.At >= since && e.Actor != null, ct));
    }
}
