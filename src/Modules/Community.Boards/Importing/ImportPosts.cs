using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>Asks for an import to be checked, carried out or undone further.</summary>
public sealed record RunBoardImport(long Import);

/// <summary>
/// Checks an import or carries it out, step by step. Nothing is told to anybody, nothing becomes unread, and nothing waits in the queue:
/// the posts are old. Who began it must still be allowed to at each step.
/// </summary>
public sealed class ImportPosts(
    SiteDb db, ImportFolder folder, ImportBoard imports, UndoBoardImport undo, WriteImported write, PresentReader present, Audit audit,
    ImportOrders orders, IStringLocalizer texts, TimeProvider time
) : IHandle<RunBoardImport>
{
    /// <summary>Posts of one step: on SQLite the site's other writers wait for it, on PostgreSQL those in the same topics.</summary>
    public const int Step = 100, StepOnPostgreSql = 400;
    /// <summary>Octets of files in a step; beside one with more than the second number the next is not read yet.</summary>
    const int StepOctets = 64 * 1024 * 1024, FewOctets = 4 * 1024 * 1024;
    const int CheckStep = 500, CheckOctets = 8 * 1024 * 1024, MaxFaults = 10_000;

    public async Task Handle(RunBoardImport message, CancellationToken ct) => await Next(message.Import, ct);

    /// <summary>Does what can be done in this time; what is left is queued.</summary>
    public async Task Next(long id, CancellationToken ct)
    {
        if (await db.BoardImports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, ct) is not { IsMoving: true } import) return;
        if (await Hindrance(import, ct) is { } why)
        {
            await Stop(import.Id, why, ct);
            return;
        }
        if (import.State is BoardImportState.Undoing)
        {
            await undo.Run(import, ct);
            return;
        }
        try
        {
            using var source = SourceReader.Open(folder.PathOf(import.File)!, import.Format, import.At);
            if (import.State is BoardImportState.Checking) await Check(import, source, ct);
            else await Write(import, source, ct);
        }
        catch (IOException) { await Stop(import.Id, "boards.import.stopped.file", ct); }
    }

    async Task<string?> Hindrance(BoardImport import, CancellationToken ct)
    {
        if ((import.ChangedBy ?? import.StartedBy) is { } by
            && !(await present(Reader.Visitor with { Id = by })).May(BoardsPermissions.Manage)) return "staff.bulk.stopped.right";
        if (!await db.Boards.AnyAsync(b => b.Id == import.BoardId, ct)) return "boards.import.stopped.board";
        return import.State is not BoardImportState.Undoing && folder.PathOf(import.File) is null ? "boards.import.stopped.file" : null;
    }

    async Task Stop(long id, string why, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<BoardImport>(id, ct);
        if (change.Row is not { IsMoving: true } import) return;
        import.Stop(why, db.Now);
        await change.Commit(ct);
    }

    async Task Check(BoardImport import, SourceReader source, CancellationToken ct)
    {
        var turn = new Turn(db, time);
        var isOpen = await db.Boards.AnyAsync(b => b.Id == import.BoardId && b.Read == BoardReaders.Everyone, ct);
        source.MoveTo(import.ReadUpTo, import.Lines, import.Found);
        await using var steps = new ReadAhead<CheckedStep>(() => Look(import.Id, source, isOpen));
        for (var from = import.ReadUpTo; ;)
        {
            var late = await turn.Ends(ct);
            var step = await steps.Next(step => !late && step is { Ended: false, Stops: null });
            if (step.Stops is { } why)
            {
                await Stop(import.Id, why, ct);
                return;
            }
            db.ChangeTracker.Clear();
            await using (var change = await db.Change<BoardImport>(import.Id, ct))
            {
                // Stopped meanwhile, or another node does it.
                if (change.Row is not { State: BoardImportState.Checking } now || now.ReadUpTo != from) return;
                await db.InsertAll(step.Rows, ct);
                if (step.Faults.Count > 0 && await db.BoardImportFaults.CountAsync(f => f.ImportId == import.Id, ct) < MaxFaults)
                    await db.InsertAll(step.Faults, ct);
                (now.ReadUpTo, now.Lines) = step.UpTo;
                now.Found += step.Found;
                now.Bad += step.Bad;
                now.FilesFound += step.Files;
                if (step.Ended) await Checked(now, ct);
                else if (late) db.Enqueue(new RunBoardImport(import.Id));
                await db.SaveChangesAsync(ct);
                await Faults.At("board-import.step", db.Site);
                await change.Commit(ct);
                from = now.ReadUpTo;
            }
            if (step.Ended) await db.RefreshStatistics(ct, typeof(ImportedPost));
            if (step.Ended || late) return;
        }
    }

    /// <summary>What the check has seen in a step, without texts and files.</summary>
    sealed class CheckedStep
    {
        public List<ImportedPost> Rows { get; } = [];
        public List<BoardImportFault> Faults { get; } = [];
        public int Found { get; set; }
        public int Bad { get; set; }
        public int Files { get; set; }
        /// <summary>Where the next step begins.</summary>
        public (long Place, int Lines) UpTo { get; set; }
        public bool Ended { get; set; }
        /// <summary>The key of the reason why nothing of the file is imported; null for none.</summary>
        public string? Stops { get; set; }
    }

    static CheckedStep Look(long import, SourceReader source, bool isOpen)
    {
        var step = new CheckedStep();
        for (var from = source.Position.Place; step.Found < CheckStep && source.Position.Place - from < CheckOctets;)
        {
            if (source.Next() is not { } item)
            {
                step.Ended = true;
                break;
            }
            step.Stops = item.Number > BoardImport.MaxPosts ? "boards.import.stopped.many"
                : isOpen && item.Post?.IsPrivate == true ? "boards.import.refused.private"
                : null;
            if (step.Stops is not null) return step;
            step.Found++;
            if (item.Broken is not null) step.Bad++;
            if (item.Post is { } post) step.Rows.Add(RowOf(import, item, post));
            step.Files += item.Post?.Files.Count ?? 0;
            step.Faults.AddRange(FaultsOf(import, item));
        }
        step.UpTo = source.Position;
        return step;
    }

    static ImportedPost RowOf(long import, SourceItem item, SourcePost post)
    {
        var (words, reply) = post.Topic();
        return new()
        {
            ImportId = import,
            Number = item.Number,
            Place = item.Place,
            Line = item.Line,
            Key = post.Key,
            KeyHash = SourcePost.HashOf(post.Key),
            Answers = post.Answers.Count == 0 ? null : [.. post.Answers.SelectMany(a => BitConverter.GetBytes(SourcePost.HashOf(a)))],
            Thread = post.Thread is null ? 0 : SourcePost.HashOf(post.Thread),
            SubjectHash = words.Length == 0 ? 0 : SourcePost.HashOf(words.ToLowerInvariant()),
            IsReply = reply,
            IsNumbered = post.Number is not null,
            At = post.At,
            SenderHash = SourcePost.HashOf(post.Address?.ToLowerInvariant() ?? "name:" + post.AuthorName),
        };
    }

    static IEnumerable<BoardImportFault> FaultsOf(long import, SourceItem item)
    {
        if (item.Broken is { } broken) yield return Of(broken, item.Subject, false);
        if (item.Post is not { } post) yield break;
        if (post.At is null) yield return Of("boards.import.note.date", post.Subject, true);
        foreach (var (reason, what) in post.Notes) yield return Of(reason, what, true);

        BoardImportFault Of(string reason, string what, bool note) => new()
        {
            ImportId = import,
            Number = item.Number,
            Place = item.Place,
            Line = item.Line,
            Key = item.Key,
            Reason = reason,
            What = BoardImportFault.WhatOf(what),
            IsNote = note,
        };
    }

    async Task Checked(BoardImport import, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        var threads = await ThreadsOf(import, ct);
        if (threads.Undated.Count > 0)
        {
            // No post of the file has a date that the others could have been given.
            await db.BoardImportFaults.Where(f => f.ImportId == import.Id && f.Reason == "boards.import.note.date")
                .ExecuteUpdateAsync(s => s.SetProperty(f => f.Reason, "boards.import.bad.date").SetProperty(f => f.IsNote, false), ct);
            import.Bad += threads.Undated.Count;
        }
        import.Known = threads.Known.Count;
        import.Topics = threads.Topics;
        import.Authors = await db.ImportedPosts.Where(p => p.ImportId == import.Id).Select(p => p.SenderHash).Distinct().CountAsync(ct);
        import.State = BoardImportState.Checked;
    }

    Task<List<Threads.Row>> Rows(long import, CancellationToken ct) =>
        db.ImportedPosts.AsNoTracking().Where(p => p.ImportId == import).OrderBy(p => p.Number)
            .Select(p => new Threads.Row(
                p.Number, p.KeyHash, p.Answers, p.Thread, p.SubjectHash, p.IsReply, p.At, p.SenderHash, p.IsNumbered))
            .ToListAsync(ct);

    async Task<Threads> ThreadsOf(BoardImport import, CancellationToken ct)
    {
        var before = await (
            from known in db.ImportedPosts
            join post in db.Posts on known.PostId equals (long?)post.Id
            where post.BoardId == import.BoardId && known.ImportId != import.Id
            select new { known.KeyHash, post.Id }).ToListAsync(ct);
        var present = new Dictionary<long, long>(before.Count);
        foreach (var post in before) present.TryAdd(post.KeyHash, post.Id);
        await AddOwn(import, present, ct);
        return new(await Rows(import.Id, ct), present);
    }

    /// <summary>Posts that have no other key than their number here, if the file is an archive of this site.</summary>
    async Task AddOwn(BoardImport import, Dictionary<long, long> present, CancellationToken ct)
    {
        var site = db.Site;
        var keys = await db.ImportedPosts.Where(p => p.ImportId == import.Id && p.Key.StartsWith(ArchiveNames.PostsBegin))
            .Select(p => p.Key).ToListAsync(ct);
        foreach (var some in keys.Select(k => (Key: k, Id: ArchiveNames.PostOf(site, k))).Where(k => k.Id is not null).Chunk(1000))
        {
            var ids = some.Select(k => k.Id!.Value).ToList();
            var here = (await db.Posts.Where(p => ids.Contains(p.Id) && p.BoardId == import.BoardId)
                .Select(p => p.Id).ToListAsync(ct)).ToHashSet();
            foreach (var (key, id) in some.Where(k => here.Contains(k.Id!.Value))) present.TryAdd(SourcePost.HashOf(key), id!.Value);
        }
    }

    async Task Write(BoardImport import, SourceReader source, CancellationToken ct)
    {
        var order = await OrderOf(import, ct);
        var (threads, places, open) = (order.Threads, order.Places, order.Open);
        var noTitle = texts.In(db.Site.Culture, "boards.import.no-title");
        // From here on: of a large file the tree alone may take as long, and each go would write a single step.
        var turn = new Turn(db, time);
        var (step, read) = (db.IsSqlite ? Step : StepOnPostgreSql, order.At);
        await using var steps = new ReadAhead<(List<WriteImported.Entry> Posts, long Octets)>(Read);
        for (var from = import.DoneUpTo; ;)
        {
            var late = await turn.Ends(ct);
            var (posts, _) = await steps.Next(step => !late && step.Octets < FewOctets && read < open.Count);
            await write.Files(posts, ct);
            db.ChangeTracker.Clear();
            await using var change = await db.Change(ct);
            await Locks.ShareBoard(db, import.BoardId, ct);
            if (await db.Locked<BoardImport>(import.Id, ct) is not { State: BoardImportState.Running } now || now.DoneUpTo != from) return;
            if (await db.Boards.FirstOrDefaultAsync(b => b.Id == now.BoardId, ct) is not { } board) return;
            // The board may have been opened since the check.
            if (board.Read is BoardReaders.Everyone && posts.Exists(p => p.Post.IsPrivate))
            {
                now.Stop("boards.import.refused.private", db.Now);
                await change.Commit(ct);
                return;
            }
            await write.Batch(now, board, posts, noTitle, ct);
            now.DoneUpTo = from += posts.Count;
            var at = order.At + posts.Count;
            var ended = at == open.Count;
            if (ended) Done(now);
            else if (late) db.Enqueue(new RunBoardImport(now.Id));
            await db.SaveChangesAsync(ct);
            await Faults.At("board-import.step", db.Site);
            await change.Commit(ct);
            (order.At, order.DoneUpTo) = (at, from);
            if (ended)
            {
                orders.Forget(db.Site.Id, import.Id);
                await imports.Forget(import.Id, ct);
                await db.RefreshStatistics(ct, typeof(Post), typeof(Topic));
            }
            if (ended || late) return;
        }

        // A few large files are a step too, so that the memory used does not grow with them.
        (List<WriteImported.Entry>, long) Read()
        {
            var (posts, octets) = (new List<WriteImported.Entry>(step), 0L);
            for (; posts.Count < step && read < open.Count && octets < StepOctets; read++)
            {
                var i = open[read];
                source.MoveTo(places[i].Place, places[i].Line - 1, places[i].Number - 1);
                if (source.Next() is not { Post: { } post } item || item.Number != places[i].Number)
                    throw new IOException("The file is another one than was checked.");
                octets += post.Files.Sum(f => (long)f.Content.Length);
                var above = threads.ParentOf(i);
                posts.Add(new(places[i].Number, post, threads.DateOf(i), above < 0 ? null : places[above].Number, threads.BoardPostOf(i)));
            }
            return (posts, octets);
        }
    }

    async Task<ImportOrder> OrderOf(BoardImport import, CancellationToken ct)
    {
        var others = await db.BoardImports.Where(i => i.BoardId == import.BoardId && i.Id != import.Id)
            .SumAsync(i => (long)i.Posts + i.Undone, ct);
        if (orders.Of(db.Site.Id, import, others) is { } kept) return kept;
        var threads = await ThreadsOf(import, ct);
        var places = await db.ImportedPosts.AsNoTracking().Where(p => p.ImportId == import.Id).OrderBy(p => p.Number)
            .Select(p => new ImportOrder.Row(p.Number, p.Place, p.Line, p.PostId != null)).ToListAsync(ct);
        // By the rows, not by a count: what the board has besides may have changed since.
        var open = threads.Order.Where(i => !places[i].Done).ToList();
        var order = new ImportOrder(threads, places, open, others) { DoneUpTo = import.DoneUpTo };
        orders.Keep(db.Site.Id, import.Id, order);
        return order;
    }

    void Done(BoardImport import)
    {
        (import.State, import.EndedAt) = (BoardImportState.Done, db.Now);
        audit.DidInWork(import.ChangedBy ?? import.StartedBy, "boards.import-done", import.Posts, "import " + import.Id);
    }
}
