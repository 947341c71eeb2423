using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Counts the polls anew in which a member voted who was made one with another, or parted again: both may have voted.</summary>
public sealed class RecountPolls(SiteDb db) : IEventHandler
{
    internal static readonly Type[] Reads = [typeof(MembersMerged), typeof(MergeUndone)];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var members = events.SelectMany(e => e.Event switch
        {
            MembersMerged merged => [merged.MemberId],
            MergeUndone undone => [undone.MemberId, undone.GoneId],
            _ => Array.Empty<long>(),
        }).Distinct().Select(m => (long?)m).ToList();
        var polls = await db.PollBallots.Where(b => members.Contains(b.MemberId)).Select(b => b.PollId).Distinct().Order().ToListAsync(ct);
        // Visitors' kept pages show the numbers.
        foreach (var key in await db.Polls.Where(p => polls.Contains(p.Id)).Select(p => p.Topic.Board.Key).Distinct().ToListAsync(ct))
            db.Touch(key);
        foreach (var id in polls)
        {
            if (await db.Locked<Poll>(id, ct) is not { } poll) continue;
            poll.Recount(await db.PollBallots.Where(b => b.PollId == id).Select(b => b.Choices).ToListAsync(ct));
            await db.SaveChangesAsync(ct);
            db.Entry(poll).State = EntityState.Detached;
        }
    }
}
