using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>The job that makes an <see cref="Archive"/>.</summary>
public sealed record MakeArchive(long Archive);

/// <summary>
/// Archives of members' data: asking for one, and its file in <c>{Data}/Sites/{key}/archives</c>, which no address leads to.
/// </summary>
public sealed class Archives(
    SiteDb db,
    Actors actors,
    Audit audit,
    Settings<RightsSettings> settings,
    IOptions<CommunityOptions> options
)
{
    /// <summary>How soon a member may ask for another one.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromHours(24);

    string Folder => Path.Combine(options.Value.Data, "Sites", db.Site.Key, "archives");

    /// <summary>The folder of its parts while it is being made.</summary>
    public string PartsOf(Archive archive) => Path.Combine(Folder, $"{archive.Id}-{archive.Secret}");
    public string PathOf(Archive archive) => PartsOf(archive) + ".zip";

    /// <summary>The member's archives, the newest first.</summary>
    public Task<List<Archive>> Of(long member, CancellationToken ct = default) =>
        db.Archives.AsNoTracking().Where(a => a.MemberId == member).OrderByDescending(a => a.Id).Take(5).ToListAsync(ct);

    /// <summary>From when on the member may ask for another one; null for now.</summary>
    public DateTime? Next(IEnumerable<Archive> archives) =>
        archives.Where(a => a.AskedBy is null && a.State is ArchiveState.Ready).Select(a => (DateTime?)(a.AskedAt + Between)).Max()
            is { } next
        && next > db.Now
            ? next
            : null;

    /// <summary>A member asks for their own data, also a suspended or leaving one. False if one is being made, or it is too soon.</summary>
    public async Task<bool> Ask(RightsHolder holder, string language, CancellationToken ct = default)
    {
        if (holder.Id is not { } id) throw new Denied();
        await using var change = await db.Change<Member>(id, ct);
        if (change.Row is null) throw new Denied();
        var mine = await db.Archives.Where(a => a.MemberId == id).ToListAsync(ct);
        if (mine.Any(a => a.State is ArchiveState.Waiting) || Next(mine) is not null) return false;
        await Add(id, null, language, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Staff have one made, to answer a request. False if there is no such member, or one is being made.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> AskByStaff(Reader actor, long member, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(member, ct);
        var staff = await actors.Require(actor, MembersPermissions.Rights);
        if (change.Row is not { } row || await db.Archives.AnyAsync(a => a.MemberId == member && a.State == ArchiveState.Waiting, ct))
            return false;
        await Add(member, staff.Id, row.Language ?? db.Site.Culture, ct);
        audit.Changed("members.archive", member, "");
        await change.Commit(ct);
        return true;
    }

    async Task Add(long member, long? by, string language, CancellationToken ct)
    {
        var archive = new Archive { MemberId = member, AskedBy = by, AskedAt = db.Now, MovedAt = db.Now, Language = language };
        db.Archives.Add(archive);
        await db.SaveChangesAsync(ct);
        db.Enqueue(new MakeArchive(archive.Id));
    }

    /// <summary>Opens the file for the member, who has just proved who they are; null if it is not theirs, or gone.</summary>
    public async Task<FileStream?> Open(RightsHolder holder, long id, CancellationToken ct = default)
    {
        if (await db.Archives.FirstOrDefaultAsync(a => a.Id == id && a.MemberId == holder.Id, ct) is not { } archive) return null;
        if (Read(archive) is not { } file) return null;
        archive.DownloadedAt = db.Now;
        await db.SaveChangesAsync(ct);
        return file;
    }

    /// <summary>The same for staff who answer a request; on record as an export.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<FileStream?> OpenByStaff(Reader actor, long id, CancellationToken ct = default)
    {
        await actors.Require(actor, MembersPermissions.Rights);
        if (await db.Archives.AsNoTracking().FirstOrDefaultAsync(a => a.Id == id, ct) is not { } archive) return null;
        if (Read(archive) is not { } file) return null;
        audit.Changed("members.export", archive.MemberId, "export");
        await db.SaveChangesAsync(ct);
        return file;
    }

    FileStream? Read(Archive archive) =>
        archive.State is ArchiveState.Ready && archive.Until > db.Now && File.Exists(PathOf(archive))
            ? new(PathOf(archive), new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan })
            : null;

    /// <summary>When the file of an archive that is ready now is deleted.</summary>
    internal async Task<DateTime> Until(CancellationToken ct) => db.Now + (await settings.Get(ct)).ArchiveKept;

    /// <summary>Deletes what is on the disk. Idempotent.</summary>
    internal void Discard(Archive archive)
    {
        if (!Directory.Exists(Folder)) return;
        File.Delete(PathOf(archive));
        if (Directory.Exists(PartsOf(archive))) Directory.Delete(PartsOf(archive), recursive: true);
    }

    /// <summary>Deletes files without a row: a process died between row and file, or the database was restored.</summary>
    internal async Task DiscardStrays(CancellationToken ct)
    {
        if (!Directory.Exists(Folder)) return;
        var known = (await db.Archives.AsNoTracking().ToListAsync(ct)).SelectMany(a => new[] { PartsOf(a), PathOf(a) }).ToHashSet();
        foreach (var path in Directory.EnumerateFileSystemEntries(Folder).Where(p => !known.Contains(p)))
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            else File.Delete(path);
    }
}

/// <summary>Deletes archives whose time is over, and gives up those that got stuck: the member is told, and may ask again.</summary>
public sealed class SweepArchives(SiteDb db, Archives archives, MemberMails mails) : IHandle<Tick>
{
    /// <summary>Longer than a job's attempts take altogether.</summary>
    public static readonly TimeSpan Stuck = TimeSpan.FromHours(6);

    public async Task Handle(Tick message, CancellationToken ct)
    {
        DateTime now = db.Now,
            before = db.Now - Stuck;
        foreach (var id in await db.Archives.Where(a => a.Until < now).Select(a => a.Id).ToListAsync(ct))
            await Delete(id, ct);
        foreach (
            var id in await db.Archives.Where(a => a.State == ArchiveState.Waiting && a.MovedAt < before).Select(a => a.Id).ToListAsync(ct)
        )
            await GiveUp(id, ct);
        await archives.DiscardStrays(ct);
    }

    async Task Delete(long id, CancellationToken ct)
    {
        await using var change = await db.Change<Archive>(id, ct);
        if (change.Row is not { } archive) return;
        archives.Discard(archive);
        db.Archives.Remove(archive);
        await change.Commit(ct);
    }

    internal async Task GiveUp(long id, CancellationToken ct)
    {
        await using var change = await db.Change<Archive>(id, ct);
        if (change.Row is not { State: ArchiveState.Waiting } archive) return;
        (archive.State, archive.Until) = (ArchiveState.Failed, db.Now + TimeSpan.FromDays(7));
        archives.Discard(archive);
        if (archive.AskedBy is null && await db.Members.FindAsync([archive.MemberId], ct) is { } member) mails.ArchiveFailed(member);
        await change.Commit(ct);
    }
}
