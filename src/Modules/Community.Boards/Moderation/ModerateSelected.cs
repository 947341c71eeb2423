using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What moderators do with several topics or posts at once. The text key of each is <c>boards.selected.{name}</c>.</summary>
public enum SelectedAct { Lock, Unlock, Hide, Restore, Move, Approve, Refuse, Archive, Unarchive }

/// <summary>Something that was selected, as the page shows it.</summary>
/// <param name="TopicId">The topic, or the post's.</param>
/// <param name="PostId">The post; null for a topic.</param>
/// <param name="Url">Its address.</param>
/// <param name="Title">The topic's title.</param>
/// <param name="Number">The post's number.</param>
/// <param name="Snippet">The beginning of the post.</param>
/// <param name="Author">Its author's name; null for a former member.</param>
/// <param name="Entry">The entry of the queue that waits for a decision about the post; null if none does.</param>
/// <param name="Version">The entry's version.</param>
public sealed record SelectedThing(
    long TopicId, long? PostId, string Url, string Title, int? Number, string Snippet, string? Author, long? Entry, int Version);

/// <param name="Done">For how many it was done.</param>
/// <param name="Refused">For what it was not done, each with the key of why.</param>
public sealed record SelectedOutcome(int Done, IReadOnlyList<(SelectedThing Thing, string Why)> Refused);

/// <summary>
/// Does one act to several topics or posts, each by its own verb and in its own transaction: one that is refused keeps no other from it.
/// </summary>
public sealed class ModerateSelected(SiteDb db, Actors actors, Moderate moderate, DecideQueue decide)
{
    /// <summary>More are not done at once: what a page or a few have.</summary>
    public const int Max = 100;

    /// <summary>What of the selected things there is, on boards that the reader moderates.</summary>
    public async Task<List<SelectedThing>> Find(
        Reader reader, IReadOnlyCollection<long> topics, IReadOnlyCollection<long> posts, CancellationToken ct)
    {
        var things = await db.Topics.Where(t => topics.Contains(t.Id) && t.MergedInto == null).ModeratedBy(reader, t => t.BoardId)
            .OrderBy(t => t.Id).Take(Max)
            .Select(t => new SelectedThing(t.Id, null, "/boards/" + t.Board.Key + "/" + t.Id, t.Title, null, "",
                t.Author!.Name ?? t.GuestName, null, 0))
            .ToListAsync(ct);
        var entries = db.QueueEntries.Where(q => q.Outcome == null);
        var found = await db.Posts.Where(p => posts.Contains(p.Id)).ModeratedBy(reader, p => p.BoardId)
            .OrderBy(p => p.Id).Take(Max - things.Count)
            .Select(p => new
            {
                p.TopicId,
                p.Id,
                p.Topic.Board.Key,
                p.Topic.Title,
                p.Number,
                p.Snippet,
                Name = p.Author!.Name ?? p.GuestName,
                Entry = entries.Where(q => q.PostId == p.Id).Select(q => new { q.Id, q.Version }).FirstOrDefault(),
            })
            .ToListAsync(ct);
        things.AddRange(found.Select(p => new SelectedThing(p.TopicId, p.Id, new Place(p.Key, p.TopicId, p.Number).Url, p.Title, p.Number,
            p.Snippet, p.Name, p.Entry?.Id, p.Entry?.Version ?? 0)));
        return things;
    }

    /// <param name="actor">Who moderates the boards: what is on others is left out.</param>
    /// <param name="act">What to do.</param>
    /// <param name="things">To what, as the actor saw it.</param>
    /// <param name="reason">Why, for acts that readers or authors see a reason of.</param>
    /// <param name="board">The key of the board to which topics are moved.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Denied">The actor moderates nothing.</exception>
    public async Task<SelectedOutcome> Do(
        Reader actor, SelectedAct act, IReadOnlyList<SelectedThing> things, string reason, string? board, CancellationToken ct)
    {
        await actors.Require(actor, BoardsPermissions.ModerateSome);
        var (done, refused) = (0, new List<(SelectedThing, string)>());
        foreach (var thing in things.Take(Max))
        {
            db.ChangeTracker.Clear();
            try
            {
                if (await One(actor, act, thing, reason, board, ct) is { } why) refused.Add((thing, why));
                else done++;
            }
            catch (Refused why) { refused.Add((thing, why.Message)); }
        }
        return new(done, refused);
    }

    /// <returns>Why it was not done; null if it was.</returns>
    async Task<string?> One(Reader actor, SelectedAct act, SelectedThing thing, string reason, string? board, CancellationToken ct)
    {
        const string gone = "boards.selected.gone", other = "boards.selected.not-for";
        var topic = thing.TopicId;
        return (act, thing) switch
        {
            (SelectedAct.Approve or SelectedAct.Refuse, { Entry: { } entry }) => await Decide(actor, act, entry, thing.Version, reason, ct),
            (SelectedAct.Hide, { Number: { } number }) => await moderate.HidePost(actor, topic, number, reason, ct) ? null : gone,
            (SelectedAct.Restore, { Number: { } number }) => await moderate.RestorePost(actor, topic, number, ct) ? null : gone,
            (_, { PostId: not null }) => other,
            (SelectedAct.Lock or SelectedAct.Unlock, _) => await moderate.Lock(actor, topic, act is SelectedAct.Lock, ct) ? null : gone,
            (SelectedAct.Archive or SelectedAct.Unarchive, _) =>
                await moderate.Archive(actor, topic, act is SelectedAct.Archive, ct) ? null : gone,
            (SelectedAct.Hide, _) => await moderate.HideTopic(actor, topic, reason, ct) ? null : gone,
            (SelectedAct.Restore, _) => await moderate.RestoreTopic(actor, topic, ct) ? null : gone,
            (SelectedAct.Move, _) when board is not null => await moderate.Move(actor, topic, board, ct) ? null : gone,
            _ => other,
        };
    }

    async Task<string?> Decide(Reader actor, SelectedAct act, long entry, int version, string reason, CancellationToken ct)
    {
        var decided = act is SelectedAct.Approve
            ? await decide.Approve(actor, entry, version, null, null, ct)
            : await decide.Refuse(actor, entry, version, reason, ct);
        return decided.What switch
        {
            Decision.Done => null,
            Decision.Missing => "boards.selected.gone",
            Decision.Already => "boards.selected.already",
            _ => "boards.queue.changed",
        };
    }
}
