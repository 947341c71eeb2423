using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// Deletes a post for good: its words, earlier versions, files, mentions, and what other rows have of them. Its place stays, so that
/// numbers, the tree and what others answered are as before. What others quoted in their own posts is theirs.
/// </summary>
public sealed class DeleteForGood(
    SiteDb db, Actors actors, ModerationTrail trail, Files files, IStringLocalizer texts, TimeProvider time)
{
    /// <param name="actor">Who moderates the board, and may delete for good.</param>
    /// <param name="topicId">The post's topic.</param>
    /// <param name="number">The post's number.</param>
    /// <param name="reason">Why, for the log; it must not repeat what is deleted.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such post.</returns>
    /// <exception cref="Denied">The actor may not, or no longer.</exception>
    /// <exception cref="Refused">There is no reason, or the reason repeats words of the post.</exception>
    public Task<bool> Post(Reader actor, long topicId, int number, string? reason, CancellationToken ct) =>
        db.AtPlaceToday(topicId, number, (topic, at) => PostAt(actor, topic, at, reason, ct), done => done, ct);

    async Task<bool> PostAt(Reader actor, long topicId, int number, string? reason, CancellationToken ct)
    {
        var after = new List<Func<Task>>();
        await using (var change = await db.ChangeTopic(topicId, actor, number, [], ct))
        {
            var moderator = await actors.RequireModerator(actor, change.Row?.BoardId);
            if (!moderator.May(BoardsPermissions.Erase)) throw new Denied();
            var post = await db.Posts.FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct);
            if (change.Row is not { } topic || post is null) return false;
            var why = PostText.Reason(reason);
            if (!Markup.Shows(why)) throw new Refused(NoReason);
            if (Repeats(post, topic, why)) throw new Refused("boards.erase.repeats");
            var wasHere = !post.IsRemoved;
            await Words(topic, post, ct);
            var now = Now;
            foreach (var report in await db.Reports.Where(r => r.PostId == post.Id && r.ClosedAt == null).ToListAsync(ct))
                if (report.Close(moderator.Id, ModerationAct.Erase, now))
                    db.Publish(new ReportDecided(report.Id, post.Id, ModerationAct.Erase));
            await BoardsPersonalData.DeleteFiles(
                db, files, await db.Attachments.Where(a => a.PostId == post.Id).ToListAsync(ct), after, ct);
            topic.CountRemoved(post, removed: true);
            trail.Add(moderator, ModerationAct.Erase, topic, post, why);
            await db.SaveChangesAsync(ct);
            // A topic with no post that is read is not worth showing.
            if (wasHere && topic.HiddenAt is null && !await db.Posts.Where(p => p.TopicId == topicId).Present().AnyAsync(ct))
            {
                topic.Hide(moderator.Id, "", Now);
                db.Publish(new TopicHidden(topic.BoardId, topicId));
            }
            topic.LastPostIs(await db.Posts.LastPresent(topicId, ct));
            db.Publish(new PostDeleted(topic.BoardId, topicId, post.Id, number));
            db.Touch(await db.Boards.Where(b => b.Id == topic.BoardId).Select(b => b.Key).FirstAsync(ct));
            await change.Commit(ct);
        }
        // Files last: what is left of them if the process dies here goes with the daily sweep, since nothing names them.
        foreach (var act in after) await act();
        return true;
    }

    /// <summary>The words of the post, and each row that has some of them.</summary>
    async Task Words(Topic topic, Post post, CancellationToken ct)
    {
        var id = post.Id;
        var noTitle = texts.In(db.Site.Culture, "boards.erase.no-title");
        await EraseTitles.Of(db, db.Posts.Where(p => p.Id == id), noTitle, ct);
        if (post.Number == 1)
        {
            topic.Title = noTitle;
            topic.HiddenReason = null;
            await SavePoll.Remove(db, topic.Id, ct);
            // The search finds each post by its topic's title, too.
            db.Publish(new PostEdited(topic.BoardId, topic.Id, id, 1));
        }
        post.EraseWords(Now);
        await db.PostReactions.Where(r => r.PostId == id).ExecuteDeleteAsync(ct);
        (post.Reactions, post.ImportedReactions) = (null, null);
        await db.PostVersions.Where(v => v.PostId == id).ExecuteDeleteAsync(ct);
        await db.PostMentions.Where(m => m.PostId == id).ExecuteDeleteAsync(ct);
        // An edit that was begun starts from the words.
        await db.Drafts.Where(d => d.PostId == id && d.Kind == DraftKind.Edit).ExecuteDeleteAsync(ct);
        await db.ClearedPosts.Where(c => c.PostId == id).ExecuteDeleteAsync(ct);
        await db.QueueEntries.Where(q => q.PostId == id && q.Outcome == null)
            .ExecuteUpdateAsync(s => s.SetProperty(q => q.Outcome, QueueOutcome.Refused).SetProperty(q => q.DecidedAt, Now), ct);
        await db.QueueEntries.Where(q => q.PostId == id).ExecuteUpdateAsync(s => s
            .SetProperty(q => q.Title, (string?)null).SetProperty(q => q.Text, (string?)null).SetProperty(q => q.Words, ""), ct);
        // What watched words the site itself found; a reporter's words are the reporter's.
        await db.Reports.Where(r => r.PostId == id && r.IsOfWords).ExecuteUpdateAsync(s => s.SetProperty(r => r.Reason, ""), ct);
    }

    /// <summary>Whether the reason has the title, or a line of the text that is long enough to be told by.</summary>
    static bool Repeats(Post post, Topic topic, string reason)
    {
        const int telling = 12;
        var words = post.Text.Split('\n').Append(post.Title ?? "").Append(post.Number == 1 ? topic.Title : "").Select(w => w.Trim());
        return words.Any(w => w.Length >= telling && reason.Contains(w, StringComparison.OrdinalIgnoreCase));
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;

    public const string NoReason = "boards.erase.no-reason";
}
