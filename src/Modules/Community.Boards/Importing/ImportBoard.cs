using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What staff do with a file of posts: bring it, have it checked, import it, stop, resume, undo, discard.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class ImportBoard(SiteDb db, Actors actors, ImportFolder folder, Audit audit)
{
    const int MaxFileName = 120;

    /// <summary>Keeps a file that a browser sends, and begins to check it.</summary>
    /// <exception cref="FileRefused">It is empty, too large or no file of posts.</exception>
    /// <exception cref="Refused">There is no such board.</exception>
    public async Task<long> Upload(Reader actor, long board, string fileName, Stream content, bool takeMembers, CancellationToken ct)
    {
        // Before megabytes are received; and again in the change.
        await actors.Require(actor, BoardsPermissions.Manage);
        var file = await folder.Keep(content, BoardImport.MaxUpload, BoardImport.MaxUnpacked, ct);
        return await Begin(actor, board, file, fileName, isUpload: true, takeMembers, ct);
    }

    /// <summary>Begins to check a file that lies in the site's folder. One that is packed is unpacked beside it.</summary>
    /// <exception cref="FileRefused">It is no file of posts.</exception>
    /// <exception cref="Refused">There is no such file, or no such board.</exception>
    public async Task<long> Take(Reader actor, long board, string file, bool takeMembers, CancellationToken ct)
    {
        await actors.Require(actor, BoardsPermissions.Manage);
        var plain = await folder.Unpacked(file, long.MaxValue, ct);
        return await Begin(actor, board, plain, file, isUpload: plain != file, takeMembers, ct);
    }

    async Task<long> Begin(Reader actor, long board, string file, string name, bool isUpload, bool takeMembers, CancellationToken ct)
    {
        try
        {
            await using var change = await db.Change(ct);
            var staff = await actors.Require(actor, BoardsPermissions.Manage);
            var import = await Begin(staff.Id, board, file, name, isUpload, takeMembers, ct);
            await change.Commit(ct);
            return import.Id;
        }
        catch when (isUpload)
        {
            folder.Delete(file);
            throw;
        }
    }

    /// <summary>The same for a command on the server, in the open change.</summary>
    /// <exception cref="FileRefused">It is no file of posts.</exception>
    /// <exception cref="Refused">There is no such file, or no such board.</exception>
    internal async Task<BoardImport> Begin(
        long? by, long board, string file, string name, bool isUpload, bool takeMembers, CancellationToken ct)
    {
        if (folder.PathOf(file) is not { } path) throw new Refused("boards.import.refused.file");
        if (await db.Boards.FirstOrDefaultAsync(b => b.Id == board, ct) is not { } into) throw new Refused("boards.import.refused.board");
        if (into.Read is BoardReaders.Everyone && ConvertedBoards.IsPrivate(name)) throw new Refused("boards.import.refused.private");
        var import = new BoardImport
        {
            BoardId = board,
            FileName = Truncate.To(MaxFileName, Naming.Read(Path.GetFileName(name)) is { Fault: null } read ? read.Text : "–"),
            File = file,
            Format = SourceReader.Guess(path),
            IsUpload = isUpload,
            TakeMembers = takeMembers,
            Bytes = new FileInfo(path).Length,
            At = db.Now,
            StartedBy = by,
        };
        db.BoardImports.Add(import);
        await db.SaveChangesAsync(ct);
        audit.Did("boards.import-check", "import " + import.Id);
        db.Enqueue(new RunBoardImport(import.Id));
        return import;
    }

    /// <summary>Imports a file that was checked. False if it was not.</summary>
    /// <exception cref="Refused">Another import into the board is under way.</exception>
    public Task<bool> Run(Reader actor, long id, CancellationToken ct) => With(actor, id, import => Run(import, ct), ct);

    internal async Task<bool> Run(BoardImport import, CancellationToken ct)
    {
        if (!import.CanRun) return false;
        await RequireAlone(import, ct);
        import.State = BoardImportState.Running;
        audit.Did("boards.import", "import " + import.Id);
        db.Enqueue(new RunBoardImport(import.Id));
        return true;
    }

    // Two at once would each not see what the other brings.
    async Task RequireAlone(BoardImport import, CancellationToken ct)
    {
        await Locks.Import(db, import.BoardId, ct);
        if (await db.BoardImports.AnyAsync(
            i => i.BoardId == import.BoardId && i.Id != import.Id
                && (i.State == BoardImportState.Running || i.State == BoardImportState.Undoing), ct))
            throw new Refused("boards.import.refused.other");
    }

    /// <summary>Stops after the present step; what is imported stays.</summary>
    public Task<bool> Stop(Reader actor, long id, CancellationToken ct) => With(actor, id, import =>
    {
        if (!import.CanStop) return Task.FromResult(false);
        import.Stop(null, db.Now);
        audit.Did("boards.import-stopped", "import " + id);
        return Task.FromResult(true);
    }, ct);

    /// <summary>Goes on where it stopped.</summary>
    public Task<bool> Resume(Reader actor, long id, CancellationToken ct) => With(actor, id, async import =>
    {
        if (!import.CanResume) return false;
        await RequireAlone(import, ct);
        // It knows how many posts the file has once the check has ended.
        import.State = import.ReadUpTo < import.Bytes ? BoardImportState.Checking : BoardImportState.Running;
        (import.StopText, import.EndedAt) = (null, null);
        audit.Did("boards.import-resumed", "import " + id);
        db.Enqueue(new RunBoardImport(id));
        return true;
    }, ct);

    /// <summary>Removes what it brought, but for what somebody has answered or changed since.</summary>
    public Task<bool> Undo(Reader actor, long id, CancellationToken ct) => With(actor, id, async import =>
    {
        if (!import.CanUndo) return false;
        await RequireAlone(import, ct);
        (import.State, import.StopText, import.EndedAt) = (BoardImportState.Undoing, null, null);
        (import.UndoneUpTo, import.Undone, import.Left) = (0, 0, 0);
        audit.Did("boards.import-undo", "import " + id);
        db.Enqueue(new RunBoardImport(id));
        return true;
    }, ct);

    /// <summary>Forgets an import that is not to be, or that is undone, with its upload.</summary>
    public async Task<bool> Discard(Reader actor, long id, CancellationToken ct)
    {
        var file = (string?)null;
        var done = await With(actor, id, async import =>
        {
            if (!import.CanDiscard) return false;
            if (import.IsUpload) file = import.File;
            import.File = null;
            await db.BoardImportFaults.Where(f => f.ImportId == id).ExecuteDeleteAsync(ct);
            await db.ImportedPosts.Where(p => p.ImportId == id && p.PostId == null).ExecuteDeleteAsync(ct);
            if (!await db.ImportedPosts.AnyAsync(p => p.ImportId == id, ct)) db.BoardImports.Remove(import);
            audit.Did("boards.import-discarded", "import " + id);
            return true;
        }, ct);
        if (done && file is not null) folder.Delete(file);
        return done;
    }

    /// <summary>
    /// Takes name and address from the guests with this address, or without an address and with this name: a person who asks for that.
    /// Their posts stay, as those of a former member do.
    /// </summary>
    /// <returns>How many guests there were.</returns>
    public async Task<int> EraseGuest(Reader actor, string who, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, BoardsPermissions.Manage);
        who = who.Trim();
        var lower = who.ToLowerInvariant();
        var guests = who.Length == 0 ? []
            : await db.Guests.Where(g => g.Address!.ToLower() == lower
                || ((g.Address == null || g.Address.EndsWith(ArchiveNames.Domain)) && g.Name == who)).ToListAsync(ct);
        foreach (var guest in guests)
        {
            var imported = db.ImportedPosts;
            var posts = db.Posts.Where(p => imported.Any(i => i.GuestId == guest.Id && i.PostId == p.Id));
            await db.Topics.Where(t => t.GuestName != null && posts.Any(p => p.TopicId == t.Id && p.Number == 1))
                .ExecuteUpdateAsync(s => s.SetProperty(t => t.GuestName, (string?)null), ct);
            await db.Topics.Where(t => t.LastGuestName == guest.Name && posts.Any(p => p.TopicId == t.Id))
                .ExecuteUpdateAsync(s => s.SetProperty(t => t.LastGuestName, (string?)null), ct);
            await posts.ExecuteUpdateAsync(s => s.SetProperty(p => p.GuestName, (string?)null), ct);
            // A Message-ID may tell who wrote it; the list of what was left out has it too.
            await db.BoardImportFaults
                .Where(f => imported.Any(i => i.GuestId == guest.Id && i.ImportId == f.ImportId && i.Number == f.Number))
                .ExecuteUpdateAsync(s => s.SetProperty(f => f.Key, (string?)null), ct);
            await db.ImportedPosts.Where(p => p.GuestId == guest.Id).ExecuteUpdateAsync(s => s.SetProperty(p => p.Key, ""), ct);
            (guest.Name, guest.Address, guest.ErasedAt) = (null, null, db.Now);
        }
        if (guests.Count > 0) audit.Did("boards.guest-erased", $"{guests.Count}");
        foreach (var key in await db.Boards.Select(b => b.Key).ToListAsync(ct)) db.Touch(key);
        await change.Commit(ct);
        return guests.Count;
    }

    /// <summary>Records that somebody reads all that was not imported; null if there is no such import.</summary>
    public async Task<BoardImport?> ReadFaults(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, BoardsPermissions.Manage);
        if (await db.BoardImports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, ct) is not { } import) return null;
        audit.Did("boards.import-faults", "import " + id);
        await change.Commit(ct);
        return import;
    }

    /// <summary>The upload is no longer needed.</summary>
    internal async Task Forget(long id, CancellationToken ct)
    {
        if (await db.BoardImports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, ct) is not { IsUpload: true, File: { } file }) return;
        await db.BoardImports.Where(i => i.Id == id).ExecuteUpdateAsync(s => s.SetProperty(i => i.File, (string?)null), ct);
        folder.Delete(file);
    }

    async Task<bool> With(Reader actor, long id, Func<BoardImport, Task<bool>> work, CancellationToken ct)
    {
        await using var change = await db.Change<BoardImport>(id, ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        if (change.Row is not { } import || !await work(import)) return false;
        if (db.Entry(import).State is not EntityState.Deleted) import.ChangedBy = staff.Id;
        await change.Commit(ct);
        return true;
    }
}

/// <summary>Deletes uploads that nobody imports.</summary>
public sealed class ForgetUploads(SiteDb db, ImportFolder folder) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = db.Now.AddDays(-BoardImport.FileDays);
        await db.BoardImports.Where(i => i.IsUpload && i.File != null && i.At < before
                && (i.State == BoardImportState.Checked || i.State == BoardImportState.Stopped))
            .ExecuteUpdateAsync(s => s.SetProperty(i => i.File, (string?)null), ct);
        var used = (await db.BoardImports.Where(i => i.File != null).Select(i => i.File!).ToListAsync(ct)).ToHashSet();
        folder.Sweep(used, DateTime.UtcNow.AddDays(-1));
    }
}
