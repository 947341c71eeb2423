using System.Data.Common;
using System.Numerics;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>Asks for an import to be checked, carried out or undone further.</summary>
public sealed record RunImport(long Import);

/// <summary>Checks or carries out an import step by step. Who began it must still be allowed to at each step.</summary>
public sealed class ImportWork(
    SiteDb db, Files files, PresentReader present, MemberNames names, Memberships memberships, ImportUndo undo,
    ImportMembers imports, Audit audit,
    TimeProvider time, ILogger<ImportWork> logger
) : IHandle<RunImport>
{
    /// <summary>Rows in one transaction: on SQLite the site's other writers wait for it.</summary>
    public const int Step = 500;
    const int StatisticsFrom = 1000;
    const int CheckStep = 2000, MaxAttempts = 3;

    public async Task Handle(RunImport message, CancellationToken ct)
    {
        if (await db.MemberImports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == message.Import, ct) is not { IsMoving: true } import)
            return;
        if (await Hindrance(import) is { } why)
        {
            await Stop(import.Id, why, ct);
            return;
        }
        if (import.State is ImportState.Undoing)
        {
            await undo.Run(import, ct);
            return;
        }
        if (import.File is null || !File.Exists(files.PathOf(import.File))) { await Stop(import.Id, "import.stopped.file", ct); return; }
        try { await Read(import, ct); }
        catch (FileUnreadable error) { await Stop(import.Id, error.Text, ct); }
    }

    async Task<string?> Hindrance(MemberImport import)
    {
        var staff = await present(Reader.Visitor with { Id = import.ChangedBy ?? import.StartedBy });
        return import.Mapping.Permissions.All(staff.May) ? null : "staff.bulk.stopped.right";
    }

    async Task Stop(long id, string why, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<MemberImport>(id, ct);
        if (change.Row is not { IsMoving: true } import) return;
        import.Stop(why, db.Now);
        await change.Commit(ct);
    }

    async Task Read(MemberImport import, CancellationToken ct)
    {
        var (attributes, kinds) = (await db.Attributes(ct), await db.MailKinds.AsNoTracking().ToListAsync(ct));
        var parser = new RowParser(
            import.Id,
            import.Mapping,
            attributes,
            kinds,
            await ImportNames.Of(db, import.Mapping, ct),
            db,
            SetValues.Today(db)
        );
        var (isReserved, key) = (await names.Reserved(ct), await db.Secret("addresses", ct));
        using var rows = ImportFile.Rows(files.PathOf(import.File!), import.Format).GetEnumerator();
        if (import.Format.HasHeadings) rows.MoveNext();
        var seen = await Seen(rows, import, parser, ct);
        // From here on: to find the place in a large workbook may take as long, and each go would take a single step.
        var turn = new Turn(db, time);
        var isCheck = import.State is ImportState.Checking;
        var (number, ended) = (import.ReadUpTo, false);
        while (!ended)
        {
            var next = new List<FileRow>();
            while (next.Count < (isCheck ? CheckStep : Step) && !(ended = !rows.MoveNext())) next.Add(rows.Current);
            if (number + next.Count > MemberImport.MaxRows) throw new FileUnreadable("import.unreadable.rows", MemberImport.MaxRows);
            var late = await turn.Ends(ct);
            if (!await Take(import, next, number, ended, late, Batch, seen, ct) || late) break;
            number += next.Count;
            // Each time that the rows have doubled.
            if (!isCheck && number > StatisticsFrom && BitOperations.Log2((uint)number) > BitOperations.Log2((uint)(number - next.Count)))
                await db.RefreshStatistics(ct, typeof(Member), typeof(AttributeValue));
        }
        // After the last step's change is closed: deleting a file takes one of its own.
        if (await db.MemberImports.AnyAsync(i => i.Id == import.Id && i.State == ImportState.Done, ct)) await ForgetFile(import, ct);

        (ImportBatch, List<ParsedRow>) Batch(MemberImport now, List<FileRow> next, int first) =>
            (
                new(db, now, parser, attributes, memberships, isReserved, key),
                [.. next.Select((row, i) => parser.Parse(first + i + 1, row))]
            );
    }

    /// <summary>Goes to where it stopped, and finds the keys of the good rows before.</summary>
    async Task<SeenKeys> Seen(IEnumerator<FileRow> rows, MemberImport import, RowParser parser, CancellationToken ct)
    {
        var seen = new SeenKeys();
        if (import.ReadUpTo == 0) return seen;
        var bad = (await db.ImportProblems.Where(p => p.ImportId == import.Id && !p.IsNote).Select(p => p.Row).ToListAsync(ct)).ToHashSet();
        for (var number = 1; number <= import.ReadUpTo && rows.MoveNext(); number++)
            if (!bad.Contains(number)) seen.Add(parser.UniqueOf(rows.Current), rows.Current.Line);
        return seen;
    }

    /// <summary>One step. False if there is nothing left to do now.</summary>
    async Task<bool> Take(
        MemberImport known, List<FileRow> next, int from, bool ended, bool last,
        Func<MemberImport, List<FileRow>, int, (ImportBatch, List<ParsedRow>)> batchOf, SeenKeys seen, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            db.ChangeTracker.Clear();
            var (batch, rows) = batchOf(known, next, from);
            var isCheck = known.State is ImportState.Checking;
            // A check reads without holding anybody up.
            if (isCheck) await batch.Decide(rows, seen, ct);
            try
            {
                await using var change = await db.Change<MemberImport>(known.Id, ct);
                // Stopped meanwhile, or another node does it.
                if (change.Row is not { } import || import.State != known.State || import.ReadUpTo != from) return false;
                if (isCheck) await db.InsertAll(batch.Problems, ct);
                else
                {
                    await batch.Decide(rows, seen, ct);
                    await batch.Write(ct);
                }
                Count(import, batch, from + next.Count);
                if (!isCheck && next.Count > 0) db.Publish(new MembersImported(import.Id, from + 1, from + next.Count));
                if (ended) End(import);
                else if (last) db.Enqueue(new RunImport(import.Id));
                await db.SaveChangesAsync(ct);
                await Faults.At("import.step", db.Site);
                await change.Commit(ct);
                return !ended;
            }
            // Somebody registered one of the addresses at the same moment: the rows are compared anew.
            catch (Exception error) when (attempt < MaxAttempts && IsDuplicate(error))
            {
                logger.LogInformation("Site {Site}: rows after {Row} of import {Import} are compared anew", db.Site.Key, from, known.Id);
                seen.ForgetFrom(next[0].Line);
            }
        }
    }

    static bool IsDuplicate(Exception error) =>
        error is DbUpdateException update ? update.IsDuplicate() : error is DbException && new DbUpdateException("", error).IsDuplicate();

    static void Count(MemberImport import, ImportBatch batch, int upTo)
    {
        import.ReadUpTo = upTo;
        import.Created += batch.Created;
        import.Changed += batch.Changed;
        import.Unchanged += batch.Unchanged;
        import.Bad += batch.Bad;
        import.Replaced += batch.Replaced;
        import.Invitations += batch.Invitations;
    }

    void End(MemberImport import)
    {
        import.Total = import.ReadUpTo;
        if (import.State is ImportState.Checking)
        {
            import.State = ImportState.Checked;
            return;
        }
        (import.State, import.EndedAt) = (ImportState.Done, db.Now);
        audit.DidInWork(
            import.ChangedBy ?? import.StartedBy,
            "members.import-done",
            import.Created + import.Changed,
            "import " + import.Id
        );
        db.Touch(ContentVersions.People);
        if (import.Invitations > 0) db.Enqueue(new SendInvitations(import.Id));
    }

    async Task ForgetFile(MemberImport import, CancellationToken ct)
    {
        await db.MemberImports.Where(i => i.Id == import.Id).ExecuteUpdateAsync(s => s.SetProperty(i => i.File, (string?)null), ct);
        await imports.Forget(import.File!, import.StartedBy, ct);
    }
}

/// <summary>Asks for the next invitations of an import.</summary>
public sealed record SendInvitations(long Import);

/// <summary>
/// Invites the new members of an import, as many a minute as the installation's limit on direct mail allows: twenty thousand letters at
/// once would make the relay refuse the site's other mail.
/// </summary>
public sealed class InviteImported(SiteDb db, MemberMails mails, IOptions<MembersOptions> options) : IHandle<SendInvitations>
{
    const int MaxAtOnce = 500;
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    public async Task Handle(SendInvitations message, CancellationToken ct)
    {
        await using var change = await db.Change<MemberImport>(message.Import, ct);
        // Undone, or stopped by that.
        if (change.Row is not { State: ImportState.Done } import) return;
        var perHour = options.Value.MailingsPerHour;
        var count = perHour <= 0 ? MaxAtOnce : Math.Clamp(perHour / 60, 1, MaxAtOnce);
        var (id, after) = (import.Id, import.InvitedUpTo);
        var next = await db.ImportedMembers.Where(i => i.ImportId == id && i.IsNew && i.MemberId > after).OrderBy(i => i.MemberId)
            .Join(db.Members, i => i.MemberId, m => m.Id, (i, m) => m).Take(count).ToListAsync(ct);
        // Whoever is leaving has asked for no more mail.
        foreach (var member in next.Where(m => m is { PasswordHash: null, SuspendedAt: null, LeavingSince: null }))
        {
            mails.Invite(member);
            import.Invited++;
        }
        if (next.Count > 0) import.InvitedUpTo = next[^1].Id;
        if (next.Count == count) db.Enqueue(message, db.Now + Pause);
        await change.Commit(ct);
    }
}

/// <summary>Deletes files that nobody imported, and after a time what is needed to undo an import.</summary>
public sealed class ForgetImports(SiteDb db, ImportMembers imports) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var (now, files, undo) = (db.Now, db.Now.AddDays(-MemberImport.FileDays), db.Now.AddDays(-MemberImport.UndoDays));
        foreach (var import in await db.MemberImports.AsNoTracking().Where(i => i.File != null && i.At < files).ToListAsync(ct))
        {
            if (import.IsMoving) continue;
            await db.MemberImports.Where(i => i.Id == import.Id).ExecuteUpdateAsync(s => s.SetProperty(i => i.File, (string?)null), ct);
            await imports.Forget(import.File!, import.StartedBy, ct);
        }
        foreach (var id in await db.MemberImports.Where(i => i.At < undo).Select(i => i.Id).ToListAsync(ct))
        {
            await db.ImportedMembers.Where(m => m.ImportId == id).OrderBy(m => m.MemberId).DeleteAll(ct);
            await db.ImportProblems.Where(p => p.ImportId == id).OrderBy(p => p.Id).DeleteAll(ct);
        }
    }
}
