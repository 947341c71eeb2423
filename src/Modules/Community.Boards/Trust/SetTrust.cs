using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Moderators raise or lower a member's level, or let it follow by itself again.</summary>
public sealed class SetTrust(SiteDb db, Actors actors, ModerationTrail trail, TrustedMembers known, TimeProvider time)
{
    /// <param name="actor">Who moderates all boards.</param>
    /// <param name="member">Whose level.</param>
    /// <param name="level">The level; null for the one that follows by itself.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member.</returns>
    /// <exception cref="Denied">The actor does not moderate all boards.</exception>
    public async Task<bool> Of(Reader actor, long member, TrustLevel? level, string? reason, CancellationToken ct)
    {
        await using (var change = await db.Change<Member>(member, ct))
        {
            var moderator = await actors.Require(actor, BoardsPermissions.Moderate);
            if (change.Row is null) return false;
            var row = await db.MemberTrusts.FirstOrDefaultAsync(t => t.MemberId == member, ct);
            if (row?.Level == level) return true;
            if (level is not { } chosen) db.Remove(row!);
            else
            {
                if (row is null) db.MemberTrusts.Add(row = new() { MemberId = member });
                (row.Level, row.SetAt, row.SetBy) = (chosen, time.GetUtcNow().UtcDateTime, moderator.Id);
            }
            trail.Add(moderator, ActOf(level), member, reason ?? "");
            db.Publish(new TrustSet(member, level));
            await change.Commit(ct);
        }
        known.Forget(db.Site, member);
        return true;
    }

    static ModerationAct ActOf(TrustLevel? level) => level switch
    {
        TrustLevel.New => ModerationAct.TrustNew,
        TrustLevel.Known => ModerationAct.TrustKnown,
        TrustLevel.Trusted => ModerationAct.TrustFull,
        _ => ModerationAct.TrustByItself,
    };
}
