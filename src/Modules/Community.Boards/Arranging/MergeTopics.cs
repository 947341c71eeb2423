using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Moderators make two topics one. The older one stays, with its title and address; the other's opening post becomes a reply to it, with
/// its title, or goes back to where it was split off. Nobody's date changes: posts are numbered in the order in which they were written.
/// Where the two interleave, posts get new numbers at the end, never the number that another post had.
/// </summary>
public sealed class MergeTopics(SiteDb db, Actors actors, ModerationTrail trail, TimeProvider time)
{
    /// <summary>Merges two topics, given in any order. Repeating it changes nothing.</summary>
    /// <returns>The topic that stays, at the place of the other's opening post; null if there is no such topic.</returns>
    /// <exception cref="Denied">The actor is not, or no longer, a moderator of both boards.</exception>
    /// <exception cref="Refused">It is the same topic, one is hidden, or the older one's board is archived and not the other's.</exception>
    public async Task<Place?> Of(Reader actor, long one, long other, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Arrange(db, [one, other], ct);
        // Looked at before the topics' locks: a topic that is moved in this instant has its readers locked by what is written of them.
        var before = await db.Topics.AsNoTracking().Where(t => t.Id == one || t.Id == other).ToListAsync(ct);
        var settles = before is [var a, var b] && !await ReadMarks.AreAlike(db, a, b, ct);
        await Locks.EverybodyIn(db, [one, other], [actor.Id], settles, ct);
        List<Topic?> both = [await db.Locked<Topic>(Math.Min(one, other), ct), await db.Locked<Topic>(Math.Max(one, other), ct)];
        var moderator = await actors.RequireModerator(actor, both[0]?.BoardId);
        await actors.RequireModerator(actor, both[1]?.BoardId);
        if (both is not [{ } first, { } second]) return null;
        // Sent twice.
        if (await Already(moderator, first, second, ct) is { } already) return already;
        if (first.MergedInto is not null || second.MergedInto is not null) return null;
        if (one == other) throw new Refused("boards.merge.same");
        if (first.HiddenAt is not null || second.HiddenAt is not null) throw new Refused("boards.merge.hidden");
        var posts = new Dictionary<long, List<PlacedPost>>();
        foreach (var each in both) posts[each!.Id] = await Arrangement.Load(db, each.Id, ct);
        var (stays, goes) = posts[first.Id][0].Id < posts[second.Id][0].Id ? (first, second) : (second, first);
        var boards = await db.Boards.AsNoTracking().Where(b => b.Id == stays.BoardId || b.Id == goes.BoardId).ToListAsync(ct);
        if (stays.BoardId != goes.BoardId && boards.Single(b => b.Id == stays.BoardId).IsArchived)
            throw new Refused("boards.refused.archived");
        foreach (var board in boards.OrderBy(b => b.Id)) await Locks.ShareBoard(db, board.Id, ct);
        if (!await ReadMarks.AreAlike(db, stays, goes, ct))
        {
            await ReadMarks.Settle(db, stays, posts[stays.Id], ct);
            await ReadMarks.Settle(db, goes, posts[goes.Id], ct);
        }
        var opening = await Place(stays, goes, posts[stays.Id], posts[goes.Id], ct);
        // Of two polls that of the older topic stays to be seen.
        if (!await db.Polls.AnyAsync(p => p.TopicId == stays.Id, ct))
            await db.Polls.Where(p => p.TopicId == goes.Id).ExecuteUpdateAsync(s => s.SetProperty(p => p.TopicId, stays.Id), ct);
        await End(goes, stays, moderator, ct);
        trail.Add(moderator, ModerationAct.Merge, stays, null, FromTo.Of(goes.Title, stays.Title));
        db.Publish(new TopicsMerged(goes.Id, boards.Single(b => b.Id == goes.BoardId).Id, stays.Id, stays.BoardId));
        goes.BoardId = stays.BoardId;
        foreach (var board in boards) db.Touch(board.Key);
        await Faults.At("merge.written", db.Site);
        await change.Commit(ct);
        return new Place(boards.Single(b => b.Id == stays.BoardId).Key, stays.Id, opening);
    }

    async Task<Place?> Already(Reader moderator, Topic first, Topic second, CancellationToken ct) =>
        first.MergedInto == second.Id ? await db.PlaceToday(moderator, first.Id, 1, ct)
        : second.MergedInto == first.Id ? await db.PlaceToday(moderator, second.Id, 1, ct)
        : null;

    /// <returns>The number that the other topic's opening post has now.</returns>
    async Task<int> Place(Topic stays, Topic goes, List<PlacedPost> old, List<PlacedPost> come, CancellationToken ct)
    {
        var former = await db.FormerPlaces.AsNoTracking().Where(f => f.TopicId == stays.Id)
            .Join(db.Posts.Where(p => p.TopicId == goes.Id), f => f.PostId, p => p.Id, (f, _) => f).ToListAsync(ct);
        // A post that left the topic twice has two former places there: it was last at the greater number.
        var before = former.OrderBy(f => f.Number).GroupBy(f => f.PostId).ToDictionary(f => f.Key, f => f.Last());
        var now = Number(stays, old, come, before);
        var opening = come[0];
        var split = before.GetValueOrDefault(opening.Id);
        var below = split?.ParentNumber is { } parent && old.Exists(p => p.Number == parent) ? parent : 1;
        var title = split is not null && split.TopicTitle == goes.Title ? split.Title : goes.Title;
        List<NewPlace> places = [];
        foreach (var post in old)
            places.Add(new(post, now[post.Id], post.ParentNumber is { } to ? Now(old, to) : null));
        foreach (var post in come)
            places.Add(new(post, now[post.Id], post == opening ? Now(old, below) : Now(come, post.ParentNumber!.Value)));
        places.Sort((a, b) => a.Number.CompareTo(b.Number));
        await Arrangement.Write(db, stays, places, new Dictionary<long, string?> { [opening.Id] = title }, null, ct);
        await ReadMarks.Carry(db, stays.Id, stays.Id, [.. Changed(old)], ct);
        await ReadMarks.Carry(db, goes.Id, stays.Id, [.. come.Select(p => (p.Number, now[p.Id]))], ct);
        return now[opening.Id];

        IEnumerable<(int, int)> Changed(List<PlacedPost> posts) =>
            posts.Where(p => p.Number != now[p.Id]).Select(p => (p.Number, now[p.Id]));

        int Now(List<PlacedPost> posts, int number) => now[Find(posts, number).Id];
    }

    /// <summary>The posts are ordered by number.</summary>
    static PlacedPost Find(List<PlacedPost> posts, int number)
    {
        var (from, to) = (0, posts.Count - 1);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (posts[middle].Number < number) from = middle + 1;
            else to = middle;
        }
        return posts[from];
    }

    /// <summary>
    /// Numbers by post id. Posts keep their numbers, and go back to their former ones, as long as these rise in the order of writing; from
    /// the first post on that has none, all get new numbers.
    /// </summary>
    static Dictionary<long, int> Number(
        Topic stays, List<PlacedPost> old, List<PlacedPost> come, Dictionary<long, FormerPlace> before)
    {
        var kept = old.ToDictionary(p => p.Id, p => p.Number);
        foreach (var post in come)
            if (before.TryGetValue(post.Id, out var place)) kept[post.Id] = place.Number;
        var now = new Dictionary<long, int>(old.Count + come.Count);
        var (last, next) = (0, 0);
        foreach (var post in old.Concat(come).OrderBy(p => p.Id))
        {
            if (next == 0 && kept.TryGetValue(post.Id, out var number) && number > last) now[post.Id] = last = number;
            else now[post.Id] = next = next == 0 ? stays.NextNumber : next + 1;
        }
        return now;
    }

    /// <summary>The row stays, empty and shown to nobody: what refers to it is told by the event where to go.</summary>
    async Task End(Topic goes, Topic stays, Reader moderator, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        goes.Hide(moderator.Id, "", now);
        goes.Pin(false, null, now);
        (goes.MergedInto, goes.Replies) = (stays.Id, 0);
        Arrangement.Figure(goes, []);
        await db.Topics.Where(t => t.MergedInto == goes.Id)
            .ExecuteUpdateAsync(s => s.SetProperty(t => t.MergedInto, stays.Id).SetProperty(t => t.BoardId, stays.BoardId), ct);
    }
}
