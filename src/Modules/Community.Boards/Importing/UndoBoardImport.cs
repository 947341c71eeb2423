using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Takes an import back, topic by topic. What somebody has answered, edited or moved into another topic since stays, and is counted.
/// </summary>
public sealed class UndoBoardImport(SiteDb db, Kernel.Files files, Audit audit, TimeProvider time)
{
    const int TopicsAtOnce = 20, Batch = 500;

    sealed record Row(long Id, int Number, int? ParentNumber, long? ImportId, DateTime At, bool IsChanged);

    internal async Task Run(BoardImport import, CancellationToken ct)
    {
        var turn = new Turn(db, time);
        while (await Next(import.Id, await turn.Ends(ct), ct)) { }
    }

    async Task<bool> Next(long id, bool last, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        var unused = new List<string>();
        bool more;
        await using (var change = await db.Change<BoardImport>(id, ct))
        {
            if (change.Row is not { State: BoardImportState.Undoing } import) return false;
            var after = import.UndoneUpTo;
            var topics = await db.Posts.Where(p => p.ImportId == id && p.TopicId > after).Select(p => p.TopicId).Distinct().Order()
                .Take(TopicsAtOnce).ToListAsync(ct);
            await Locks.EverybodyIn(db, [.. topics], [], boards: false, ct);
            foreach (var topic in topics) await Take(import, topic, unused, ct);
            if (topics.Count > 0) import.UndoneUpTo = topics[^1];
            more = topics.Count == TopicsAtOnce;
            if (!more) await End(import, ct);
            else if (last) db.Enqueue(new RunBoardImport(id));
            await db.SaveChangesAsync(ct);
            await Faults.At("board-import.undo", db.Site);
            await change.Commit(ct);
        }
        foreach (var hash in unused.Distinct()) await files.Discard(hash, ct);
        return more && !last;
    }

    async Task Take(BoardImport import, long topicId, List<string> unused, CancellationToken ct)
    {
        if (await db.Locked<Topic>(topicId, ct) is not { } topic) return;
        var rows = await db.Posts.Where(p => p.TopicId == topicId).OrderByDescending(p => p.Number)
            .Select(p => new Row(p.Id, p.Number, p.ParentNumber, p.ImportId, p.At, p.EditedBy != null || p.HiddenBy != null))
            .ToListAsync(ct);
        // From the end on: what is answered by something that stays, stays.
        var (answered, gone) = (new HashSet<int>(), new List<Row>());
        foreach (var row in rows)
            if (row.ImportId == import.Id && !row.IsChanged && !answered.Contains(row.Number)) gone.Add(row);
            else if (row.ParentNumber is { } parent) answered.Add(parent);
        // The opening stays as long as anything does.
        if (gone.Count < rows.Count) gone.RemoveAll(r => r.Number == 1);
        foreach (var some in gone.Chunk(Batch))
        {
            long[] ids = [.. some.Select(r => r.Id)];
            await Detach(ids, unused, ct);
            await db.ImportedPosts.Where(p => p.ImportId == import.Id && ids.Contains(p.PostId!.Value))
                .ExecuteUpdateAsync(s => s.SetProperty(p => p.PostId, (long?)null), ct);
            await db.PostVersions.Where(v => ids.Contains(v.PostId)).ExecuteDeleteAsync(ct);
            await db.Posts.Where(p => ids.Contains(p.Id)).ExecuteDeleteAsync(ct);
            foreach (var row in some) db.Publish(new ImportUndone(topic.BoardId, import.Id, row.Id, row.At));
        }
        import.Undone += gone.Count;
        import.Left += rows.Count(r => r.ImportId == import.Id) - gone.Count;
        if (gone.Count == rows.Count) db.Topics.Remove(topic);
        else topic.Lose(gone.Select(r => r.Number), await db.Posts.LastPresent(topicId, ct));
        await db.SaveChangesAsync(ct);
        db.Entry(topic).State = EntityState.Detached;
        if (await db.Boards.Where(b => b.Id == topic.BoardId).Select(b => b.Key).FirstOrDefaultAsync(ct) is { } key) db.Touch(key);
    }

    async Task Detach(long[] posts, List<string> unused, CancellationToken ct)
    {
        var attachments = await db.Attachments.Where(a => posts.Contains(a.PostId!.Value)).ToListAsync(ct);
        if (attachments.Count == 0) return;
        db.Attachments.RemoveRange(attachments);
        await db.SaveChangesAsync(ct);
        foreach (var hash in attachments.SelectMany(a => new[] { a.Hash, a.SmallHash }).OfType<string>().Distinct())
        {
            if (await db.Attachments.AnyAsync(a => a.Hash == hash || a.SmallHash == hash, ct)) continue;
            await files.Release(hash, FilePurpose.Post, Kernel.Files.Nobody, ct);
            unused.Add(hash);
        }
    }

    async Task End(BoardImport import, CancellationToken ct)
    {
        (import.State, import.EndedAt) = (BoardImportState.Undone, db.Now);
        await db.ImportedPosts.Where(p => p.ImportId == import.Id && p.PostId == null).ExecuteDeleteAsync(ct);
        // Guests whom no post names any more.
        var imported = db.ImportedPosts;
        await db.Guests.Where(g => !imported.Any(p => p.GuestId == g.Id)).ExecuteDeleteAsync(ct);
        audit.DidInWork(import.ChangedBy, "boards.import-undone", import.Undone, "import " + import.Id);
    }
}
