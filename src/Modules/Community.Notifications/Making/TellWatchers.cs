using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>A step of telling the watchers of a topic, or of its board, of new posts.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="First">The id of the first new post.</param>
/// <param name="Last">The id of the last.</param>
/// <param name="OfBoard">The watchers of the board, of a new topic.</param>
/// <param name="After">The last member of the step before.</param>
public sealed record TellWatchers(long Topic, long First, long Last, bool OfBoard, long After);

/// <summary>
/// Tells some hundred watchers in one short change, and leaves the rest to the next job. A step that runs twice tells nobody twice. Whoever
/// has an unread notice of the topic gets no other: a topic that is busy costs its watchers one row each until they have been there.
/// </summary>
public sealed class TellWatchersStep(SiteDb db, PresentReaders readers, KeepNotices keep) : IHandle<TellWatchers>
{
    /// <summary>Members told in one change, so that the site's other writers get their turn in between.</summary>
    public const int Size = 1_000;

    sealed record NewPost(long Id, int Number, long? AuthorId, DateTime At);

    public async Task Handle(TellWatchers step, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var topic = await db.Topics.AsNoTracking().Include(t => t.Board.Groups).FirstOrDefaultAsync(t => t.Id == step.Topic, ct);
        if (topic is null || topic.HiddenAt is not null) return;
        var posts = await db.Posts.Present().Where(p => p.TopicId == step.Topic && p.Id >= step.First && p.Id <= step.Last)
            .OrderBy(p => p.Id).Select(p => new NewPost(p.Id, p.Number, p.AuthorId, p.At)).ToListAsync(ct);
        if (posts.Count == 0) return;
        var watchers = await Watchers(step, topic, ct);
        if (watchers.Count == 0) return;
        await Tell(topic, posts, step.OfBoard ? NoticeKind.NewTopic : NoticeKind.NewPost, watchers, ct);
        if (watchers.Count == Size) db.Enqueue(step with { After = watchers.Keys.Max() });
        await change.Commit(ct);
    }

    /// <summary>The next watchers, each with the time since when.</summary>
    Task<Dictionary<long, DateTime>> Watchers(TellWatchers step, Topic topic, CancellationToken ct) => step.OfBoard
        ? db.BoardFollows.Where(f => f.BoardId == topic.BoardId && f.Level == FollowLevel.Watch && f.MemberId > step.After)
            .OrderBy(f => f.MemberId).Take(Size).ToDictionaryAsync(f => f.MemberId, f => f.At, ct)
        : db.TopicFollows.AsNoTracking()
            .Where(f => f.TopicId == topic.Id && f.Level == FollowLevel.Watch && f.MemberId > step.After)
            .OrderBy(f => f.MemberId).Take(Size).ToDictionaryAsync(f => f.MemberId, f => f.At, ct);

    async Task Tell(Topic topic, List<NewPost> posts, NoticeKind kind, Dictionary<long, DateTime> watchers, CancellationToken ct)
    {
        var members = watchers.Keys.ToList();
        var (ids, authors) = (posts.ConvertAll(p => (long?)p.Id), posts.Select(p => p.AuthorId).OfType<long>().Distinct().ToList());
        var allowed = await readers.Of(members, ct);
        var levels = await db.LevelsOf(members, [topic.Id], [topic.BoardId], ct);
        var mutes = (await db.MemberMutes.Where(m => members.Contains(m.MemberId) && authors.Contains(m.MutedId))
            .Select(m => new { m.MemberId, m.MutedId }).ToListAsync(ct)).ToLookup(m => m.MemberId, m => m.MutedId);
        var told = (await db.Notices.AsNoTracking()
            .Where(n => members.Contains(n.MemberId) && n.TopicId == topic.Id && n.ReadAt == null
                || members.Contains(n.MemberId) && ids.Contains(n.PostId)).ToListAsync(ct)).ToLookup(n => n.MemberId);
        var reads = await db.TopicReads.AsNoTracking().Where(r => r.TopicId == topic.Id && members.Contains(r.MemberId))
            .ToDictionaryAsync(r => r.MemberId, ct);
        var settings = await keep.SettingsOf(members, ct);
        var (made, again) = (new List<Notice>(), new List<Notice>());
        foreach (var (member, since) in watchers)
        {
            if (!allowed.TryGetValue(member, out var reader) || !topic.MayRead(reader)) continue;
            if (levels(member, topic.Id, topic.BoardId).InTopic is var level
                && (kind is NoticeKind.NewPost ? level is not FollowLevel.Watch : level is FollowLevel.Mute)) continue;
            var seen = reads.GetValueOrDefault(member)?.Set;
            var first = posts.Find(p => p.AuthorId != member && p.At >= since && (p.AuthorId is not { } a || !mutes[member].Contains(a))
                && seen?.Contains(p.Number) != true && told[member].All(n => n.PostId != p.Id));
            if (first is null) continue;
            if (told[member].FirstOrDefault(n => n.Kind == kind && n.ReadAt is null) is not { } waits)
                made.Add(new() { MemberId = member, Kind = kind, TopicId = topic.Id, PostId = first.Id, At = first.At });
            // They have been there since the last mail, and left something unread: the next mail may come.
            else if (waits is { Waits: null, MailedAt: null } && settings(member).PaceOf(kind) is var pace and not MailPace.Never)
                again.Add(new() { Id = waits.Id, MemberId = member, Kind = kind, Waits = pace });
        }
        await keep.Add(made, settings, ct);
        foreach (var same in again.GroupBy(n => n.Waits))
        {
            var some = same.Select(n => n.Id).ToList();
            await db.Notices.Where(n => some.Contains(n.Id)).ExecuteUpdateAsync(s => s.SetProperty(n => n.Waits, same.Key), ct);
        }
        await keep.LetMail(again, settings, ct);
    }
}
