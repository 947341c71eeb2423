using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>Asks for a clearing to be carried on with.</summary>
public sealed record RunClearing(long Clearing);

/// <summary>
/// Carries out, or undoes, a clearing, step by step. Whoever began it must still moderate the boards at each step.
/// </summary>
public sealed class ClearingWork(SiteDb db, PresentReader present, IStringLocalizer texts, TimeProvider time) : IHandle<RunClearing>
{
    public const int Step = 100;

    public async Task Handle(RunClearing message, CancellationToken ct)
    {
        var turn = new Turn(db, time);
        while (await Next(message, await turn.Ends(ct), ct)) { }
    }

    /// <summary>One step, committed with its place and its numbers.</summary>
    /// <returns>False if there is nothing left to do now.</returns>
    public async Task<bool> Next(RunClearing message, bool last, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change(ct);
        await Locks.Members(db, await db.Clearings.Where(c => c.Id == message.Clearing).Select(c => c.MemberId).ToListAsync(ct), ct);
        if (await db.Locked<Clearing>(message.Clearing, ct) is not { IsMoving: true } clearing) return false;
        var undoes = clearing.State is ClearingState.Undoing;
        var moderator = await present(Reader.Visitor with { Id = undoes ? clearing.ChangedBy : clearing.StartedBy });
        if (!moderator.May(BoardsPermissions.ModerateSome))
        {
            clearing.Stop("boards.clearing.stopped", null, Now);
            await change.Commit(ct);
            return false;
        }
        var more = undoes ? await UndoSome(clearing, moderator, ct) : await HideSome(clearing, moderator, ct);
        if (!more) (clearing.State, clearing.EndedAt) = (undoes ? ClearingState.Undone : ClearingState.Done, Now);
        else if (last) db.Enqueue(message);
        await db.SaveChangesAsync(ct);
        await Faults.At("clearing.step", db.Site);
        await change.Commit(ct);
        return more && !last;
    }

    /// <summary>The topic's title once the member's words are taken out of it.</summary>
    string NoTitle => texts.In(db.Site.Culture, "boards.clearing.no-title");

    async Task<bool> HideSome(Clearing clearing, Reader moderator, CancellationToken ct)
    {
        var (after, upTo, now) = (clearing.ReadUpTo, clearing.LastId, Now);
        var next = await ClearPosts.PostsOf(db, clearing.MemberId, moderator).Where(p => p.Id > after && p.Id <= upTo)
            .OrderBy(p => p.Id).Take(Step).Select(p => p.Id).ToListAsync(ct);
        if (next.Count == 0) return false;
        var (posts, topics, all) = await Lock(clearing, next, [], ct);
        foreach (var post in posts)
        {
            clearing.ReadUpTo = post.Id;
            var waits = post.Withheld is Withheld.Waiting;
            if (post.DeletedAt is not null || (post.IsRemoved && !waits)) continue;
            var topic = topics[post.TopicId];
            if (waits) await Refuse(post, topic, clearing, now, ct);
            else
            {
                post.Hide(clearing.StartedBy, clearing.Reason, now);
                topic.CountRemoved(post, removed: true);
                db.Publish(new PostHidden(topic.BoardId, topic.Id, post.Id, post.Number));
            }
            foreach (var report in await db.Reports.Where(r => r.PostId == post.Id && r.ClosedAt == null).ToListAsync(ct))
                if (report.Close(clearing.StartedBy, ModerationAct.HidePost, now))
                    db.Publish(new ReportDecided(report.Id, post.Id, ModerationAct.HidePost));
            db.ClearedPosts.Add(new() { ClearingId = clearing.Id, PostId = post.Id, At = now, Waited = waits });
            clearing.Hidden++;
        }
        await db.SaveChangesAsync(ct);
        var cleared = posts.Where(p => p.HiddenAt == now).ToLookup(p => p.TopicId);
        foreach (var topic in cleared) await Close(clearing, topics[topic.Key], topic.Last().Id, now, ct);
        await Finish(topics.Values, ct);
        return next.Count == Step || !all;
    }

    async Task Refuse(Post post, Topic topic, Clearing clearing, DateTime now, CancellationToken ct)
    {
        post.Refuse(topic, clearing.StartedBy, clearing.Reason, now);
        if (await db.QueueEntries.FirstOrDefaultAsync(q => q.PostId == post.Id && q.Outcome == null, ct) is not { } entry) return;
        entry.Close(QueueOutcome.Refused, Reader.Visitor with { Id = clearing.StartedBy }, now);
        db.Publish(new QueueDecided(topic.BoardId, topic.Id, post.Id, post.AuthorId, QueueOutcome.Refused, entry.IsEdit));
    }

    /// <summary>The member's own topic is hidden if nobody else has posts in it; else its title goes, which is the member's too.</summary>
    async Task Close(Clearing clearing, Topic topic, long post, DateTime now, CancellationToken ct)
    {
        if (topic.AuthorId != clearing.MemberId || topic.HiddenAt is not null || topic.Title == NoTitle) return;
        var row = await db.ClearedPosts.FirstAsync(p => p.ClearingId == clearing.Id && p.PostId == post, ct);
        row.TopicId = topic.Id;
        if (await db.Posts.Where(p => p.TopicId == topic.Id && p.AuthorId != clearing.MemberId).Present().AnyAsync(ct))
        {
            (row.Title, topic.Title) = (topic.Title, NoTitle);
            db.Publish(new PostEdited(topic.BoardId, topic.Id, await OpeningOf(topic, ct), 1));
            return;
        }
        topic.Hide(clearing.StartedBy, clearing.Reason, now);
        clearing.Topics++;
        db.Publish(new TopicHidden(topic.BoardId, topic.Id));
    }

    Task<long> OpeningOf(Topic topic, CancellationToken ct) =>
        db.Posts.Where(p => p.TopicId == topic.Id).OrderBy(p => p.Number).Select(p => p.Id).FirstAsync(ct);

    async Task<bool> UndoSome(Clearing clearing, Reader moderator, CancellationToken ct)
    {
        var (id, after) = (clearing.Id, clearing.ReadUpTo);
        var rows = await db.ClearedPosts.AsNoTracking().Where(p => p.ClearingId == id && p.PostId > after)
            .OrderBy(p => p.PostId).Take(Step).ToListAsync(ct);
        if (rows.Count == 0) return false;
        var (posts, topics, all) = await Lock(
            clearing, rows.ConvertAll(r => r.PostId), [.. rows.Select(r => r.TopicId).OfType<long>()], ct);
        var byId = rows.ToDictionary(r => r.PostId);
        foreach (var post in posts)
        {
            var row = byId[post.Id];
            var restored = topics[post.TopicId] is var topic && moderator.Moderates(topic.BoardId)
                && await Restore(clearing, row, post, topic, ct);
            if (restored) clearing.Undone++;
            else clearing.Left++;
            if (row.TopicId is { } its && topics.GetValueOrDefault(its) is { } own && moderator.Moderates(own.BoardId))
                await Reopen(row, own, ct);
            clearing.ReadUpTo = post.Id;
        }
        await db.SaveChangesAsync(ct);
        await Finish(topics.Values, ct);
        return rows.Count == Step || !all;
    }

    /// <summary>False if somebody has decided about the post since.</summary>
    async Task<bool> Restore(Clearing clearing, ClearedPost row, Post post, Topic topic, CancellationToken ct)
    {
        if (post.DeletedAt is not null || post.HiddenAt != row.At || post.Withheld is not Withheld.No != row.Waited) return false;
        foreach (var report in await db.Reports.Where(r => r.PostId == post.Id && r.ClosedAt == row.At).ToListAsync(ct))
            if (report.ClosedBy == clearing.StartedBy && report.Reopen()) db.Publish(new ReportReopened(report.Id, post.Id));
        if (row.Waited)
        {
            if (await db.QueueEntries.FirstOrDefaultAsync(q => q.PostId == post.Id && q.DecidedAt == row.At, ct) is not { } entry)
                return false;
            post.Wait(topic, Now);
            entry.Open();
            db.Publish(new PostHeld(topic.BoardId, topic.Id, post.Id, post.AuthorId, entry.Reasons, entry.IsEdit));
            return true;
        }
        post.Restore();
        topic.CountRemoved(post, removed: false);
        db.Publish(new PostRestored(topic.BoardId, topic.Id, post.Id, post.Number));
        return true;
    }

    async Task Reopen(ClearedPost row, Topic topic, CancellationToken ct)
    {
        if (row.Title is { } title)
        {
            if (topic.Title != NoTitle) return;
            topic.Title = title;
            db.Publish(new PostEdited(topic.BoardId, topic.Id, await OpeningOf(topic, ct), 1));
        }
        else if (topic is { MergedInto: null, Withheld: Withheld.No } && topic.HiddenAt == row.At && topic.Restore())
            db.Publish(new TopicRestored(topic.BoardId, topic.Id));
    }

    /// <summary>
    /// The posts, with their topics locked. Posts that were split off or merged in this very moment, and all behind them, are left to the
    /// next step.
    /// </summary>
    async Task<(List<Post> Posts, Dictionary<long, Topic> Topics, bool All)> Lock(
        Clearing clearing, List<long> ids, List<long> also, CancellationToken ct)
    {
        var wanted = (await db.Posts.Where(p => ids.Contains(p.Id)).Select(p => p.TopicId).Distinct().ToListAsync(ct)).Union(also).ToList();
        await Locks.MembersOf(db, [.. wanted], [], null, clearing.MemberId, ct);
        var topics = (await db.LockedWhere<Topic>(t => wanted.Contains(t.Id), ct)).ToDictionary(t => t.Id);
        var posts = await db.Posts.Where(p => ids.Contains(p.Id)).OrderBy(p => p.Id).ToListAsync(ct);
        var ready = posts.TakeWhile(p => topics.ContainsKey(p.TopicId)).ToList();
        return (ready, topics, ready.Count == posts.Count);
    }

    async Task Finish(IEnumerable<Topic> topics, CancellationToken ct)
    {
        var changed = topics.ToList();
        foreach (var topic in changed) topic.LastPostIs(await db.Posts.LastPresent(topic.Id, ct));
        var boards = changed.Select(t => t.BoardId).Distinct().ToList();
        foreach (var key in await db.Boards.Where(b => boards.Contains(b.Id)).Select(b => b.Key).ToListAsync(ct)) db.Touch(key);
    }

    // Stored times have milliseconds, and what is undone is known by its time.
    DateTime Now
    {
        get
        {
            var now = time.GetUtcNow().UtcDateTime;
            return new(now.Ticks - now.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
        }
    }
}

/// <summary>Deletes what is needed to undo a clearing, when it is too late for that.</summary>
public sealed class ForgetClearings(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime.AddDays(-Clearing.UndoDays);
        var old = db.Clearings.Where(c => c.At < before && c.State != ClearingState.Running && c.State != ClearingState.Undoing);
        await db.ClearedPosts.Where(p => old.Any(c => c.Id == p.ClearingId)).DeleteAll(ct);
    }
}
