using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>Asks for the building of an index to be carried on with.</summary>
public sealed record RunBuildIndex(long Index);

/// <summary>Asks for the table of an index to be removed that is searched no more.</summary>
public sealed record DropIndex(long Index);

/// <summary>
/// Builds an index from the posts, in steps that are committed with their progress, beside the index that is searched; the last step puts
/// it in its place. What is written meanwhile is added by <see cref="IndexPosts"/>. Killed, it goes on where it was; several at once (a
/// command and a server) share the steps.
/// </summary>
public sealed class BuildIndex(SiteDb db, TimeProvider time) : IHandle<RunBuildIndex>
{
    /// <summary>Posts of one step. On SQLite a step holds up whoever writes.</summary>
    public const int Step = 100;
    /// <summary>For so long the table stays that was searched before: who searches in this moment has its name.</summary>
    static readonly TimeSpan StillRead = TimeSpan.FromMinutes(1);

    public async Task Handle(RunBuildIndex message, CancellationToken ct)
    {
        var turn = new Turn(db, time);
        while (await Next(message.Index, await turn.Ends(ct), ct)) { }
    }

    /// <summary>Begins to build, unless one is being built. Call it inside a change.</summary>
    /// <returns>The index that is being built.</returns>
    public static async Task<SearchIndex> Begin(SiteDb db, CancellationToken ct)
    {
        // With the rows locked, a building whose last step is under way is over: it has read what was there before, and not what is now.
        if ((await db.LockedWhere<SearchIndex>(_ => true, ct)).Find(i => i is { BuiltAt: null, Rules: Grams.Version }) is { } there)
        {
            db.Enqueue(new RunBuildIndex(there.Id));
            return there;
        }
        var index = new SearchIndex { Rules = Grams.Version, StartedAt = db.Now };
        db.Add(index);
        await db.SaveChangesAsync(ct);
        await new IndexTable(db, index.Id).Create(ct);
        db.Enqueue(new RunBuildIndex(index.Id));
        return index;
    }

    /// <summary>One step.</summary>
    /// <returns>False if there is nothing left to do now.</returns>
    public async Task<bool> Next(long id, bool last, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<SearchIndex>(id, ct);
        if (change.Row is not { BuiltAt: null } index) return false;
        var after = index.ReadUpTo;
        var ids = await db.Posts.Where(p => p.Id > after).OrderBy(p => p.Id).Select(p => p.Id).Take(Step).ToListAsync(ct);
        await new IndexTable(db, id).Write(await PostWords.Load(db, ids, ct), ct);
        if (ids.Count > 0) index.ReadUpTo = ids[^1];
        var more = ids.Count == Step;
        if (!more) await Finish(index, ct);
        else if (last) db.Enqueue(new RunBuildIndex(id));
        await db.SaveChangesAsync(ct);
        await Faults.At("search.step", db.Site);
        await change.Commit(ct);
        return more && !last;
    }

    async Task Finish(SearchIndex index, CancellationToken ct)
    {
        await new IndexTable(db, index.Id).Analyze(ct);
        index.BuiltAt = db.Now;
        foreach (var old in await db.SearchIndexes.Where(i => i.Id < index.Id).ToListAsync(ct)) Forget(old, db.Now + StillRead);
    }

    void Forget(SearchIndex index, DateTime at) => Forget(db, index, at);

    /// <summary>Removes an index, and its table by a job. Call it inside a change.</summary>
    public static void Forget(SiteDb db, SearchIndex index, DateTime at)
    {
        db.Remove(index);
        db.Enqueue(new DropIndex(index.Id), at);
    }
}

/// <summary>Removes the table of an index that is gone.</summary>
public sealed class DropIndexTable(SiteDb db) : IHandle<DropIndex>
{
    public async Task Handle(DropIndex message, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await new IndexTable(db, message.Index).Drop(ct);
        await change.Commit(ct);
    }
}
