using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What a clearing would do, before it is begun.</summary>
/// <param name="Posts">Posts that would be hidden.</param>
/// <param name="Waiting">Of these, how many wait in the queue.</param>
/// <param name="Topics">Topics that the member started.</param>
/// <param name="Kept">Of these, how many stay because others have written in them.</param>
/// <param name="OfOthers">Posts of others in the member's topics, which stay readable.</param>
/// <param name="Samples">The first, the middle and the last of the posts.</param>
/// <param name="MaySuspend">Whether the actor may suspend the member in the same act.</param>
public sealed record ClearingPlan(
    int Posts, int Waiting, int Topics, int Kept, int OfOthers, IReadOnlyList<PostEntry> Samples, bool MaySuspend);

/// <summary>Begins, stops, resumes and undoes that all posts of a member are hidden.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class ClearPosts(SiteDb db, Actors actors, MemberRoles roles, ModerationTrail trail, TimeProvider time)
{
    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>The posts of the member that are not removed yet, in the boards that the reader moderates.</summary>
    internal static IQueryable<Post> PostsOf(SiteDb db, long? member, Reader reader) =>
        db.Posts.Where(p => p.AuthorId == member && p.DeletedAt == null && (p.HiddenAt == null || p.Withheld == Withheld.Waiting))
            .ModeratedBy(reader, p => p.BoardId);

    /// <summary>Why this member's posts are not cleared by this reader; null if they may be.</summary>
    internal static string? Refuses(Member member, Reader reader) =>
        reader.Is(member.Id) ? "boards.clearing.self"
        : member.Role is not null && !reader.May(MembersPermissions.Roles) ? "boards.clearing.staff"
        : null;

    /// <summary>What the act would do now.</summary>
    public async Task<ClearingPlan> Plan(Reader reader, Member member, CancellationToken ct)
    {
        var posts = PostsOf(db, member.Id, reader);
        var numbers = await posts.GroupBy(p => 1)
            .Select(g => new { Posts = g.Count(), Waiting = g.Count(p => p.Withheld == Withheld.Waiting) }).FirstOrDefaultAsync(ct);
        var topics = db.Topics.Where(t => t.AuthorId == member.Id && t.MergedInto == null && t.HiddenAt == null)
            .ModeratedBy(reader, t => t.BoardId);
        var others = db.Posts.Where(p => p.AuthorId != member.Id && p.HiddenAt == null && p.DeletedAt == null);
        var count = numbers?.Posts ?? 0;
        var samples = new List<PostEntry>();
        foreach (var at in new[] { 0, count / 2, count - 1 }.Where(i => i >= 0 && i < count).Distinct())
            if (await posts.OrderBy(p => p.Id).Skip(at).Select(PostEntry.Of).FirstOrDefaultAsync(ct) is { } sample) samples.Add(sample);
        return new(
            count,
            numbers?.Waiting ?? 0,
            await topics.CountAsync(ct),
            await topics.CountAsync(t => others.Any(p => p.TopicId == t.Id), ct),
            await others.CountAsync(p => topics.Any(t => t.Id == p.TopicId), ct),
            samples,
            member.SuspendedAt is null && await roles.MaySuspend(reader, member, ct)
        );
    }

    /// <param name="actor">Who moderates all boards, or some: then it is about these.</param>
    /// <param name="form">The form's key.</param>
    /// <param name="memberId">Whose posts.</param>
    /// <param name="reason">What readers and the member see at each post; empty for none, unless the member is suspended too.</param>
    /// <param name="suspend">Whether the member is suspended in the same act, until somebody lifts it.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The act's id; null if there is no such member.</returns>
    /// <exception cref="Refused">The member is the actor or staff, or the reason is missing.</exception>
    public async Task<long?> Begin(Reader actor, Guid form, long memberId, string? reason, bool suspend, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var moderator = await actors.Require(actor, BoardsPermissions.ModerateSome);
        if (await db.Clearings.Where(c => c.FormKey == form).Select(c => (long?)c.Id).FirstOrDefaultAsync(ct) is { } before) return before;
        if (await db.Locked<Member>(memberId, ct) is not { } member) return null;
        if (Refuses(member, moderator) is { } why) throw new Refused(why);
        var clearing = new Clearing
        {
            FormKey = form,
            MemberId = member.Id,
            Reason = PostText.Reason(reason),
            At = Now,
            StartedBy = moderator.Id,
            LastId = await db.Posts.Where(p => p.AuthorId == memberId).MaxAsync(p => (long?)p.Id, ct) ?? 0,
            Expected = await PostsOf(db, memberId, moderator).CountAsync(ct),
        };
        if (suspend && member.SuspendedAt is null)
            clearing.SuspensionId = (await roles.SuspendBy(moderator, member, clearing.Reason, null, ct)).Id;
        db.Clearings.Add(clearing);
        try { await db.SaveChangesAsync(ct); }
        // The same form, sent twice at once.
        catch (DbUpdateException error) when (error.IsDuplicate()) { throw new Refused("boards.clearing.sent"); }
        trail.Add(moderator, ModerationAct.Clear, member.Id, clearing.Reason);
        db.Publish(new ClearingBegun(clearing.Id, member.Id));
        db.Enqueue(new RunClearing(clearing.Id));
        await change.Commit(ct);
        return clearing.Id;
    }

    /// <summary>Stops it after its present step; what is hidden stays so. False if it does not run.</summary>
    public Task<bool> Stop(Reader actor, long id, CancellationToken ct) => With(actor, id, (clearing, moderator) =>
    {
        if (!clearing.CanStop) return Task.FromResult(false);
        clearing.Stop(null, moderator.Id, Now);
        return Task.FromResult(true);
    }, ct);

    /// <summary>Goes on where it stopped. False if it is not stopped.</summary>
    public Task<bool> Resume(Reader actor, long id, CancellationToken ct) => With(actor, id, (clearing, moderator) =>
    {
        if (!clearing.CanResume(Now)) return Task.FromResult(false);
        (clearing.State, clearing.StopText, clearing.ChangedBy, clearing.EndedAt) = (ClearingState.Running, null, moderator.Id, null);
        db.Enqueue(new RunClearing(id));
        return Task.FromResult(true);
    }, ct);

    /// <summary>
    /// Shows again exactly what it hid, but for what somebody has decided about since; lifts its suspension, if the actor may. False if it
    /// is too late.
    /// </summary>
    public Task<bool> Undo(Reader actor, long id, CancellationToken ct) => With(actor, id, async (clearing, moderator) =>
    {
        if (!clearing.CanUndo(Now)) return false;
        (clearing.State, clearing.StopText, clearing.ChangedBy, clearing.ReadUpTo, clearing.EndedAt) =
            (ClearingState.Undoing, null, moderator.Id, 0, null);
        if (clearing is { SuspensionId: { } suspension, MemberId: { } lifted }
            && await db.Locked<Member>(lifted, ct) is { SuspendedAt: not null } member
            && await db.Suspensions.AnyAsync(s => s.Id == suspension && s.LiftedAt == null, ct)
            && await roles.MaySuspend(moderator, member, ct)) await roles.LiftBy(moderator, member, ct);
        if (clearing.MemberId is { } about) trail.Add(moderator, ModerationAct.UndoClear, about, "");
        db.Publish(new ClearingUndone(id, clearing.MemberId));
        db.Enqueue(new RunClearing(id));
        return true;
    }, ct);

    async Task<bool> With(Reader actor, long id, Func<Clearing, Reader, Task<bool>> work, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        // Members before the act: who erases one takes their name out of it. This one may be suspended no longer, see Undo.
        if (await db.Clearings.Where(c => c.Id == id).Select(c => c.MemberId).FirstOrDefaultAsync(ct) is { } about)
            await db.LockRow<Member>(about, ct);
        await Locks.Members(db, [actor.Id], ct);
        var row = await db.Locked<Clearing>(id, ct);
        var moderator = await actors.Require(actor, BoardsPermissions.ModerateSome);
        if (row is not { } clearing || !ClearingRule.MaySee(clearing, moderator) || !await work(clearing, moderator)) return false;
        await change.Commit(ct);
        return true;
    }
}

/// <summary>Who moderates all boards sees all acts; who moderates single ones sees their own.</summary>
static class ClearingRule
{
    public static bool MaySee(Clearing clearing, Reader reader) => reader.Moderates() || reader.Is(clearing.StartedBy);
}
