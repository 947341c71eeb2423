using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>What staff do with a file of members: upload, choose what its columns mean, check, import, stop, resume, undo.</summary>
public sealed class ImportMembers(SiteDb db, Actors actors, Files files, Audit audit, IStringLocalizer texts)
{
    const int MaxFileName = 120, MaxHeading = 200;

    /// <summary>Keeps a file, and guesses how it is read and what its columns mean.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="FileRefused">It is empty or too large, or there is no room for it.</exception>
    /// <exception cref="FileUnreadable">It is neither CSV nor XLSX.</exception>
    public async Task<long> Upload(Reader actor, string fileName, Stream content, CancellationToken ct)
    {
        Reader staff;
        await using (await db.Change(ct)) staff = await actors.Require(actor, MembersPermissions.Import);
        var stored = await files.SavePrivate(content, FilePurpose.Import, "data", MemberImport.MaxBytes, staff.Id!.Value, ct);
        FileFormat format;
        IReadOnlyList<string> headings;
        try
        {
            format = ImportFile.Guess(files.PathOf(stored.Hash));
            headings = HeadingsOf(files.PathOf(stored.Hash), format);
            if (headings.Count == 0) throw new FileUnreadable("import.unreadable.empty");
        }
        catch (FileUnreadable)
        {
            await Forget(stored.Hash, staff.Id.Value, ct);
            throw;
        }
        var import = new MemberImport
        {
            FileName = Truncate.To(MaxFileName, Naming.Read(Path.GetFileName(fileName)) is { Fault: null } name ? name.Text : "–"),
            File = stored.Hash,
            Format = format,
            Mapping = await Guess(headings, ct),
            At = db.Now,
            StartedBy = staff.Id.Value,
        };
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Import);
        db.MemberImports.Add(import);
        await db.SaveChangesAsync(ct);
        audit.Did("members.import-upload", "import " + import.Id);
        await change.Commit(ct);
        return import.Id;
    }

    static IReadOnlyList<string> HeadingsOf(string path, FileFormat format)
    {
        var first = ImportFile.Rows(path, format).FirstOrDefault();
        if (first is null) return [];
        if (first.Fault is { } fault) throw new FileUnreadable("import.unreadable.quote", first.Line, fault.LastLine);
        var count = Array.FindLastIndex(first.Cells, c => !ValueRules.IsBlank(c.Text)) + 1;
        if (count > MemberImport.MaxColumns) throw new FileUnreadable("import.unreadable.columns", MemberImport.MaxColumns);
        // A workbook's rows are as wide as its widest: what stands beside the headings is shown as columns without one.
        if (!format.IsCsv || !format.HasHeadings) count = Math.Min(first.Cells.Length, MemberImport.MaxColumns);
        return format.HasHeadings
            ? [.. first.Cells.Take(count).Select(c => ValueRules.IsBlank(c.Text) ? "" : Truncate.To(MaxHeading, c.Text.Trim()))]
            : [.. first.Cells.Take(count).Select((_, i) => (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture))];
    }

    async Task<ImportMapping> Guess(IReadOnlyList<string> headings, CancellationToken ct)
    {
        var (attributes, kinds) = (await db.Attributes(ct), await db.MailKinds.AsNoTracking().ToListAsync(ct));
        var remembered = await RememberedColumns.Of(headings, db, ct);
        var (columns, taken, guessed, key) = (new List<ImportColumn>(), new HashSet<string>(), new HashSet<int>(), (string?)null);
        for (var i = 0; i < headings.Count; i++)
        {
            var (target, before, isKey) = remembered.Of(i, ImportTargets.Guess(headings[i], attributes, kinds));
            if (!IsTarget(target, attributes, kinds) || (target.Length > 0 && !taken.Add(target)))
                target = "";
            if (isKey && target.Length > 0) key ??= target;
            if (before is null) guessed.Add(i);
            columns.Add(
                new()
                {
                    Heading = headings[i],
                    Target = target,
                    Meanings =
                        before is null || target.Length == 0
                            ? []
                            : System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string>>(before.Meanings)!,
                }
            );
        }
        // What is remembered a person chose; a guess is not to make each row a bad one.
        foreach (var i in guessed)
            if (ImportTargets.IsLonePart(columns[i].Target, taken)) columns[i] = columns[i] with { Target = "" };
        var mapping = new ImportMapping { Columns = columns };
        if (key is not null && IsKey(key, attributes)) mapping = mapping with { Key = key };
        else if (!mapping.Has(ImportTargets.Email) && attributes.InUse.FirstOrDefault(a =>
            a.Type is AttributeType.MemberNumber && mapping.Has(ImportTargets.Attribute + a.Key)) is { } number)
            mapping = mapping with { Key = ImportTargets.Attribute + number.Key };
        return mapping;
    }

    static bool IsKey(string target, SiteAttributes attributes) =>
        target == ImportTargets.Email
        || attributes.InUse.Any(a => a.Type is AttributeType.MemberNumber && ImportTargets.Attribute + a.Key == target);

    /// <summary>Whether something can be imported as this; empty leaves the column out.</summary>
    internal static bool IsTarget(string target, SiteAttributes attributes, IReadOnlyList<MailKind> kinds) =>
        target.Length == 0 || ImportTargets.Own.Contains(target)
        || (attributes.OfTarget(target) is { IsSearchable: true } attribute && IsPart(attribute, ImportTargets.PartOf(target)))
        || kinds.Any(k => ImportTargets.Consent + k.Key == target);

    static bool IsPart(MemberAttribute attribute, string part) =>
        part.Length == 0 || (attribute.Type is AttributeType.Address && attribute.Rules.Parts.Contains(part));

    /// <summary>
    /// Reads the file in another way. What its columns mean is guessed anew if their headings differ; else what was chosen stays, and only
    /// columns that were left out are guessed, since there may be an attribute for them now.
    /// </summary>
    public Task<bool> ReadAs(Reader actor, long id, FileFormat format, ImportMapping chosen, CancellationToken ct) =>
        With(
            actor,
            id,
            async import =>
            {
                if (!import.CanMap)
                    return false;
                if (format.Sheet != import.Format.Sheet) format = ImportFile.AsWorkbook(files.PathOf(import.File!), format);
                var headings = HeadingsOf(files.PathOf(import.File!), format);
                import.Format = format;
                var (guess, same) = (await Guess(headings, ct), headings.SequenceEqual(import.Mapping.Columns.Select(c => c.Heading)));
                import.Mapping = same
                    ? chosen with
                    {
                        Columns =
                        [
                            .. chosen.Columns.Select((c, i) => c.Target.Length > 0 || Taken(guess.Columns[i]) ? c : guess.Columns[i]),
                        ],
                    }
                    : chosen with
                    {
                        Columns = guess.Columns,
                        Key = guess.Key,
                    };

                bool Taken(ImportColumn column) => column.Target.Length > 0 && chosen.Has(column.Target);
                import.State = ImportState.Mapping;
                return true;
            },
            ct
        );

    /// <summary>Takes a column that was left out for an attribute that was just made for it. False if that cannot be now.</summary>
    public Task<bool> Choose(Reader actor, long id, int column, string target, CancellationToken ct) => With(actor, id, import =>
    {
        if (!import.CanMap || import.Mapping.Columns.ElementAtOrDefault(column) is not { Target: "" } || import.Mapping.Has(target))
            return Task.FromResult(false);
        import.Mapping = import.Mapping with
        {
            Columns = [.. import.Mapping.Columns.Select((c, i) => i == column ? c with { Target = target } : c)],
        };
        import.State = ImportState.Mapping;
        return Task.FromResult(true);
    }, ct);

    /// <summary>Keeps what the columns mean, and remembers it for the next file with such headings.</summary>
    public Task<bool> Map(Reader actor, long id, ImportMapping mapping, CancellationToken ct) =>
        With(
            actor,
            id,
            async import =>
            {
                if (!import.CanMap)
                    return false;
                (import.Mapping, import.State) = (mapping, ImportState.Mapping);
                if (import.Format.HasHeadings) await RememberedColumns.Keep(mapping, db, ct);
                return true;
            },
            ct
        );

    /// <summary>What keeps a mapping from being checked.</summary>
    public static void Check(
        ImportMapping mapping,
        SiteAttributes attributes,
        IReadOnlyList<MailKind> kinds,
        Problems problems,
        IStringLocalizer texts
    )
    {
        for (var i = 0; i < mapping.Columns.Count; i++)
        {
            var target = mapping.Columns[i].Target;
            if (!IsTarget(target, attributes, kinds))
                problems.Add("c" + i, texts["import.problem.target"]);
            else if (target.Length > 0 && mapping.Columns.Take(i).Any(c => c.Target == target))
                problems.Add("c" + i, texts["import.problem.twice"]);
        }
        if (!mapping.Has(mapping.Key))
            problems.Add("key", texts["import.problem.key"]);
        else if (mapping.Key != ImportTargets.Email && attributes.OfKey(mapping.Key.Split(':')[^1])?.Type is not AttributeType.MemberNumber)
            problems.Add("key", texts["import.problem.key"]);
        if (mapping.HasConsents && !mapping.Has(ImportTargets.ProofDate) && DateValues.Day(mapping.ProofDate) is null)
            problems.Add("proofDate", texts["import.bad.proof.date"]);
        if (mapping.HasConsents && !mapping.Has(ImportTargets.ProofSource) && string.IsNullOrWhiteSpace(mapping.ProofSource))
            problems.Add("proofSource", texts["import.bad.proof.source"]);
        if (mapping.HasConsents && !mapping.Has(ImportTargets.ProofText) && string.IsNullOrWhiteSpace(mapping.ProofText))
            problems.Add("proofText", texts["import.bad.proof.text"]);
    }

    /// <summary>Begins to check the file: nothing is imported. False if it cannot be now.</summary>
    public Task<bool> Check(Reader actor, long id, CancellationToken ct) => With(actor, id, async import =>
    {
        if (!import.CanMap) return false;
        var problems = new Problems();
        Check(import.Mapping, await db.Attributes(ct), await db.MailKinds.AsNoTracking().ToListAsync(ct), problems, texts);
        if (problems.Any) return false;
        await db.ImportProblems.Where(p => p.ImportId == id).ExecuteDeleteAsync(ct);
        import.Begin(ImportState.Checking);
        import.Total = 0;
        db.Enqueue(new RunImport(id));
        return true;
    }, ct);

    /// <summary>Imports a file that was checked. False if it was not.</summary>
    public Task<bool> Run(Reader actor, long id, CancellationToken ct) => With(actor, id, async import =>
    {
        if (!import.CanRun) return false;
        await db.ImportProblems.Where(p => p.ImportId == id).ExecuteDeleteAsync(ct);
        import.Begin(ImportState.Running);
        audit.Did("members.import", "import " + id);
        db.Enqueue(new RunImport(id));
        return true;
    }, ct);

    /// <summary>Stops after the present step; what is imported stays.</summary>
    public Task<bool> Stop(Reader actor, long id, CancellationToken ct) => With(actor, id, import =>
    {
        if (!import.CanStop) return Task.FromResult(false);
        import.Stop(null, db.Now);
        audit.Did("members.import-stopped", "import " + id);
        return Task.FromResult(true);
    }, ct);

    /// <summary>Goes on where it stopped.</summary>
    public Task<bool> Resume(Reader actor, long id, CancellationToken ct) => With(actor, id, import =>
    {
        if (!import.CanResume) return Task.FromResult(false);
        (import.State, import.StopText, import.EndedAt) = (ImportState.Running, null, null);
        audit.Did("members.import-resumed", "import " + id);
        db.Enqueue(new RunImport(id));
        return Task.FromResult(true);
    }, ct);

    /// <summary>Makes everything as it was, but for what somebody has changed since.</summary>
    public Task<bool> Undo(Reader actor, long id, CancellationToken ct) =>
        With(
            actor,
            id,
            import =>
            {
                if (!import.CanUndo(db.Now))
                    return Task.FromResult(false);
                (import.State, import.StopText, import.EndedAt, import.UndoneUpTo, import.Undone, import.Left) = (
                    ImportState.Undoing,
                    null,
                    null,
                    0,
                    0,
                    0
                );
                audit.Did("members.import-undo", "import " + id);
                db.Enqueue(new RunImport(id));
                return Task.FromResult(true);
            },
            ct
        );

    /// <summary>Records that somebody reads all bad rows of an import; null if there is no such import.</summary>
    public async Task<MemberImport?> ReadProblems(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Import);
        if (await db.MemberImports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, ct) is not { } import) return null;
        audit.Did("members.import-problems", "import " + id);
        await change.Commit(ct);
        return import;
    }

    /// <summary>Deletes the file of an import that is not to be.</summary>
    public async Task<bool> Discard(Reader actor, long id, CancellationToken ct)
    {
        var (file, by) = ((string?)null, 0L);
        var done = await With(actor, id, async import =>
        {
            if (import.IsMoving) return false;
            (file, by, import.File) = (import.File, import.StartedBy, null);
            if (import.Created + import.Changed == 0 || import.State is ImportState.Mapping or ImportState.Checked)
            {
                await db.ImportProblems.Where(p => p.ImportId == id).ExecuteDeleteAsync(ct);
                db.MemberImports.Remove(import);
            }
            audit.Did("members.import-discarded", "import " + id);
            return true;
        }, ct);
        if (done && file is not null) await Forget(file, by, ct);
        return done;
    }

    /// <summary>Deletes a file unless another import reads it too.</summary>
    internal async Task Forget(string file, long by, CancellationToken ct)
    {
        if (await db.MemberImports.AnyAsync(i => i.File == file && i.StartedBy == by, ct)) return;
        await files.Release(file, FilePurpose.Import, by, ct);
        await files.Discard(file, ct);
    }

    async Task<bool> With(Reader actor, long id, Func<MemberImport, Task<bool>> work, CancellationToken ct)
    {
        await using var change = await db.Change<MemberImport>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Import);
        if (change.Row is not { } import) return false;
        // Stopping is always allowed; what begins or goes on needs what its columns need.
        var before = import.State;
        if (!await work(import)) return false;
        if (db.Entry(import).State is not EntityState.Deleted && (import.State != before && import.IsMoving))
            foreach (var permission in import.Mapping.Permissions) await actors.Require(actor, permission);
        if (db.Entry(import).State is not EntityState.Deleted) import.ChangedBy = staff.Id;
        await change.Commit(ct);
        return true;
    }
}
