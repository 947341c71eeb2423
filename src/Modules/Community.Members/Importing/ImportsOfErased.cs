using System.Text;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Finds the rows of a member in files that wait to be imported, and deletes those files when the member is erased: a row of theirs would
/// bring them back. Files without the member stay.
/// </summary>
sealed class ImportsOfErased(SiteDb db, Files files)
{
    /// <summary>A file that waits, and the lines on which the member stands.</summary>
    /// <param name="Import">The import's id.</param>
    /// <param name="File">The file's hash.</param>
    /// <param name="Lines">Empty if the member is not in it; null if it cannot be read to its end, so nobody knows.</param>
    public sealed record Read(long Import, string File, IReadOnlyList<int>? Lines)
    {
        public bool HasMember => Lines is not { Count: 0 };
    }

    /// <summary>Reads all files that wait, before the erasure's change is open: a large one takes seconds.</summary>
    public async Task<IReadOnlyList<Read>> Find(long member, CancellationToken ct)
    {
        var waiting = await db.MemberImports.AsNoTracking().Where(i => i.File != null).ToListAsync(ct);
        if (waiting.Count == 0 || await Signs(member, ct) is not { } signs) return [];
        return waiting.ConvertAll(i => new Read(i.Id, i.File!, Lines(i, signs, ct)));
    }

    /// <summary>Deletes, in the erasure's change, the files that hold the member, and what the lists of bad rows say of them.</summary>
    /// <param name="member">The member's id.</param>
    /// <param name="found">What <see cref="Find"/> told; a file that came since is read now.</param>
    /// <param name="after">Receives what is done after the commit.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task Delete(long member, IReadOnlyList<Read> found, ICollection<Func<Task>> after, CancellationToken ct)
    {
        if (await Signs(member, ct) is not { } signs) return;
        foreach (var import in await db.LockedWhere<MemberImport>(i => i.File != null, ct))
        {
            var read = found.FirstOrDefault(f => f.Import == import.Id && f.File == import.File)
                ?? new Read(import.Id, import.File!, Lines(import, signs, ct));
            if (!read.HasMember) continue;
            var file = import.File!;
            await files.Release(file, FilePurpose.Import, import.StartedBy, ct);
            after.Add(() => files.Discard(file, CancellationToken.None));
            if (import.IsMoving && import.State is not ImportState.Undoing) import.Stop(null, db.Now);
            (import.File, import.StopText) = (null, "import.stopped.erased");
            // Without headings in the file, the first row was taken for them.
            import.Mapping = import.Mapping with
            {
                Columns = [.. import.Mapping.Columns.Select(c => signs.AreIn(c.Heading) ? c with { Heading = "" } : c)],
            };
            var lines = read.Lines;
            await db.ImportProblems.Where(p => p.ImportId == import.Id && (lines == null || lines.Contains(p.Line))).ExecuteDeleteAsync(ct);
        }
        var (email, name) = (signs.Email, signs.Name);
        await db.ImportProblems.Where(p => p.Value != null && (p.Value.ToLower() == email || p.Value == name)).ExecuteDeleteAsync(ct);
        await RememberedColumns.Forget([email, name], db, ct);
    }

    async Task<Signs?> Signs(long id, CancellationToken ct)
    {
        if (await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id, ct) is not { } member) return null;
        var numbers = (await db.Attributes(ct)).All.Where(a => a.Type is AttributeType.MemberNumber).Select(a => a.Id).ToList();
        var has = await db.AttributeValues.Where(v => v.MemberId == id && numbers.Contains(v.AttributeId)).Select(v => v.Key!)
            .ToListAsync(ct);
        return new(
            member.Email!.ToLowerInvariant(), member.NormalizedEmail!, member.Name, has.Select(Community.Members.Signs.Folded).ToHashSet()
        );
    }

    /// <summary>The lines on which the member stands, of all sheets; null if the file cannot be read to its end.</summary>
    List<int>? Lines(MemberImport import, Signs signs, CancellationToken ct)
    {
        var path = files.PathOf(import.File!);
        if (!File.Exists(path)) return null;
        var lines = new List<int>();
        try
        {
            var format = import.Format;
            var sheets = format.IsCsv ? 1 : ImportFile.Sheets(path).Count;
            for (var sheet = 0; sheet < sheets; sheet++)
                foreach (var row in ImportFile.Rows(path, format with { Sheet = sheet, SkipHidden = false, HasFaults = false }))
                {
                    ct.ThrowIfCancellationRequested();
                    if (row.Cells.Any(c => row.Fault is null ? signs.AreIn(c.Text) : signs.AreWithin(c.Text))) lines.Add(row.Line);
                }
        }
        catch (Exception error) when (error is FileUnreadable or IOException) { return null; }
        return lines;
    }
}

/// <summary>By what a member is recognised in a file of which nobody knows yet what its columns mean: address, name, number.</summary>
sealed record Signs(string Email, string NormalizedEmail, string Name, IReadOnlySet<string> Numbers)
{
    readonly string name = Folded(Name);

    /// <summary>Whether a cell is one of them, or has the address in it.</summary>
    public bool AreIn(string cell)
    {
        if (cell.Length == 0) return false;
        var text = Folded(cell);
        return text == name || Numbers.Contains(text)
            || text.Contains('@')
            && (text.Contains(Email) || EmailAddress.TryParse(text, out var email) && email.Normal == NormalizedEmail);
    }

    /// <summary>Whether a text that may be many rows has one of them in it.</summary>
    public bool AreWithin(string text) => Folded(text) is var folded && (folded.Contains(Email) || folded.Contains(name));

    /// <summary>Width and case make no difference; cheaper than <see cref="Member.Searchable"/>, for millions of cells.</summary>
    internal static string Folded(string text) => Characters.Normal(text.Trim(), NormalizationForm.FormKC).ToLowerInvariant();
}
