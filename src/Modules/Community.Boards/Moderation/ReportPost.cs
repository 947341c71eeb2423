using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members report posts to the moderators, and may change the reason later.</summary>
public sealed class ReportPost(SiteDb db, Actors actors, ReportReasons reasons, TimeProvider time)
{
    /// <summary>The member's report of the post; null if there is none.</summary>
    public Task<Report?> Of(Reader member, long postId, CancellationToken ct = default) =>
        db.Reports.AsNoTracking().FirstOrDefaultAsync(r => r.PostId == postId && r.ReporterId == member.Id, ct);

    /// <summary>Sends a report. Sending the same reason again changes nothing.</summary>
    /// <param name="actor">Who reports.</param>
    /// <param name="topicId">The post's topic.</param>
    /// <param name="number">The post's number.</param>
    /// <param name="category">One of the site's reasons as they are kept (<see cref="ReportReasons"/>); null for none.</param>
    /// <param name="reason">Why, in the reporter's words. Must be visible if there is no category; cut to
    /// <see cref="PostText.MaxReasonLength"/>.</param>
    /// <param name="instead">The actor's earlier report, which gets this reason and is reopened. Null for a first report.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Refused">
    /// The actor may not report, does not see the post, gave no reason, or <see cref="SentBefore"/>.
    /// </exception>
    public async Task Send(
        Reader actor, long topicId, int number, string? category, string? reason, long? instead, CancellationToken ct)
    {
        reason = PostText.Reason(reason);
        category ??= "";
        if (category.Length > 0 && !(await reasons.In(db.Site.Culture, ct)).Any(r => r.Kept == category)) category = "";
        if (category.Length == 0 && !Markup.Shows(reason)) throw new Refused(NoReason);
        if (!await db.AtPlaceToday(
            topicId, number, (topic, at) => SendAt(actor, topic, at, category, reason, instead, ct), done => done, ct))
            throw new Refused("boards.report.gone");
    }

    async Task<bool> SendAt(
        Reader actor, long topicId, int number, string category, string reason, long? instead, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var member = await actors.Require(actor, BoardsPermissions.Write);
        var found = await db.Posts.VisibleTo(member).Present().Where(p => p.TopicId == topicId && p.Number == number)
            .Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);
        if (found is not { } post) return false;
        var now = time.GetUtcNow().UtcDateTime;
        var id = await db.Reports.Where(r => r.PostId == post && r.ReporterId == member.Id)
            .Select(r => (long?)r.Id).FirstOrDefaultAsync(ct);
        if (id is null)
        {
            var filed = new Report { PostId = post, ReporterId = member.Id, Category = category, Reason = reason, At = now };
            db.Reports.Add(filed);
            db.Publish(() => new ReportFiled(filed.Id, post, member.Id));
        }
        else if (await db.Locked<Report>(id.Value, ct) is { } report
            && (report.Reason, report.Category) != (reason, category))
        {
            if (instead != id) throw new Refused(SentBefore);
            (report.Category, report.Reason, report.At) = (category, reason, now);
            report.Reopen();
            db.Publish(new ReportFiled(report.Id, post, member.Id));
        }
        await change.Commit(ct);
        return true;
    }

    /// <summary>A report by the site itself, of watched words that moderators are only told of.</summary>
    internal static void OfWords(SiteDb db, Post post, IReadOnlyList<string> words, DateTime now)
    {
        var report = new Report { Post = post, Reason = PostText.Reason(string.Join(", ", words)), At = now, IsOfWords = true };
        db.Reports.Add(report);
        db.Publish(() => new ReportFiled(report.Id, post.Id, null));
    }

    /// <summary>The same of an edit: a report that is open gets the words, so that edits make no heap of them.</summary>
    internal static async Task OfWordsAgain(SiteDb db, Post post, IReadOnlyList<string> words, DateTime now, CancellationToken ct)
    {
        if (await db.Reports.FirstOrDefaultAsync(r => r.PostId == post.Id && r.IsOfWords && r.ClosedAt == null, ct) is { } open)
            (open.Reason, open.At) = (PostText.Reason(string.Join(", ", words)), now);
        else OfWords(db, post, words, now);
    }

    public const string NoReason = "boards.refused.no-reason";

    /// <summary>The member has already reported the post for another reason, which the form did not show when it was sent.</summary>
    public const string SentBefore = "boards.report.sent-before";
}
