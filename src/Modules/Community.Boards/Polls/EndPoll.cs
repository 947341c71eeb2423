using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A poll's time has come.</summary>
public sealed record PollEnd(long Poll);

/// <summary>
/// Tells that a poll is over, once, and lets visitors' kept pages show its numbers. The poll itself is over by its time, whether this runs
/// or not.
/// </summary>
public sealed class EndPoll(SiteDb db) : IHandle<PollEnd>
{
    public async Task Handle(PollEnd message, CancellationToken ct)
    {
        await using var change = await db.Change<Poll>(message.Poll, ct);
        // Closed before, or its time was changed: then another job comes.
        if (change.Row is not { ClosedAt: null, EndsAt: { } end } poll || end > db.Now) return;
        poll.ClosedAt = end;
        db.Publish(new PollEnded(poll.TopicId, poll.Id));
        db.Touch(await db.Topics.Where(t => t.Id == poll.TopicId).Select(t => t.Board.Key).FirstAsync(ct));
        await change.Commit(ct);
    }
}
