using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using SpreadCheetah;

namespace Community.Members;

/// <summary>The form of a file.</summary>
public enum ExportFormat { Csv, Xlsx, Json }

/// <summary>An export that is on record and may be written.</summary>
/// <param name="Format">The form of the file.</param>
/// <param name="Columns">The columns, in order.</param>
/// <param name="Members">The ids of the members, as ranges.</param>
public sealed record Export(ExportFormat Format, IReadOnlyList<ExportColumn> Columns, IReadOnlyList<(long From, long To)> Members);

/// <summary>
/// Exports the members that a search found. The record of it, with purpose, columns and members, is committed before the first byte; then
/// the members are read in batches by id, so that the memory used does not depend on how many there are.
/// </summary>
public sealed class ExportFound(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts)
{
    const int Batch = 500;
    /// <summary>Decides what may be exported, and records it.</summary>
    /// <returns>Null if something is wrong; see <paramref name="problems"/>.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<Export?> Begin(
        Reader actor,
        Chosen chosen,
        ExportFormat format,
        IReadOnlyCollection<string> keys,
        string? purpose,
        Problems problems,
        CancellationToken ct
    )
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Export);
        if (!staff.May(MembersPermissions.Search) || !await chosen.IsOpenTo(staff, db, ct)) throw new Denied();
        var columns = (await ExportColumn.Of(db, staff, texts, ct)).Where(c => keys.Contains(c.Key)).ToList();
        if (columns.Count == 0) problems.Add("column", texts["staff.export.problem.columns"]);
        if (string.IsNullOrWhiteSpace(purpose)) problems.Add("purpose", texts["staff.export.problem.purpose"]);
        if ((await chosen.Broken(db, ct)).Count > 0) problems.Add("", texts["staff.bulk.broken"]);
        if (problems.Any) return null;
        var (ranges, ids) = (new List<(long From, long To)>(), new List<long>());
        await foreach (
            var id in (await chosen.Apply(db.Members, db, ct)).OrderBy(m => m.Id).Select(m => m.Id).AsAsyncEnumerable().WithCancellation(ct)
        )
        {
            if (ranges.Count > 0 && ranges[^1].To == id - 1) ranges[^1] = (ranges[^1].From, id);
            else ranges.Add((id, id));
            ids.Add(id);
        }
        audit.Did("members.export-found", ids, string.Join(' ', columns.Select(c => c.Field).Distinct()), purpose!);
        await change.Commit(ct);
        return new(format, columns, ranges);
    }

    /// <summary>Writes the file.</summary>
    public Task Write(Export export, Stream to, CancellationToken ct) => export.Format switch
    {
        ExportFormat.Csv => Csv(export, to, ct),
        ExportFormat.Json => Json(export, to, ct),
        _ => Xlsx(export, to, ct),
    };

    /// <summary>The members in batches; who was erased meanwhile is left out.</summary>
    async IAsyncEnumerable<(List<Member> Members, ExportRows Rows)> Read(
        Export export, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var keys = export.Columns.Select(c => c.Key).ToHashSet();
        foreach (var ids in export.Members.SelectMany(Ids).Chunk(Batch))
        {
            var batch = ids.ToList();
            var members = await db.Members.AsNoTracking().Where(m => batch.Contains(m.Id)).OrderBy(m => m.Id).ToListAsync(ct);
            yield return (members, await ExportRows.Of(db, batch, keys, ct));
        }

        static IEnumerable<long> Ids((long From, long To) range)
        {
            for (var id = range.From; id <= range.To; id++) yield return id;
        }
    }

    // With a byte-order mark, without which Excel takes it for the machine's own encoding.
    async Task Csv(Export export, Stream to, CancellationToken ct)
    {
        await using var writer = new StreamWriter(to, new UTF8Encoding(true), 64 * 1024, leaveOpen: true) { NewLine = "\r\n" };
        await writer.WriteLineAsync(Line(export.Columns.Select(c => Quoted(Formulas.Defused(c.Label)))));
        await foreach (var (members, rows) in Read(export, ct))
        {
            foreach (var member in members)
                await writer.WriteLineAsync(Line(export.Columns.Select(c => c.Read(member, rows) is { } value
                    ? Quoted(value.Number is { } number ? Plain(number) : Formulas.Defused(value.Text))
                    : "")));
            await writer.FlushAsync(ct);
        }

        static string Line(IEnumerable<string> cells) => string.Join(',', cells);
    }

    static string Plain(decimal number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text.StartsWith(' ') || text.EndsWith(' ')
            ? '"' + text.Replace("\"", "\"\"") + '"'
            : text;

    async Task Json(Export export, Stream to, CancellationToken ct)
    {
        await using var json = new Utf8JsonWriter(to, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true });
        json.WriteStartArray();
        await foreach (var (members, rows) in Read(export, ct))
        {
            foreach (var member in members)
            {
                json.WriteStartObject();
                foreach (var column in export.Columns)
                    if (column.Read(member, rows) is not { } value) json.WriteNull(column.Key);
                    else if (value.Number is { } number) json.WriteNumber(column.Key, number);
                    else json.WriteString(column.Key, value.Text);
                json.WriteEndObject();
            }
            await json.FlushAsync(ct);
        }
        json.WriteEndArray();
    }

    // Cells are typed: text that looks like a formula, a number or a date stays text.
    async Task Xlsx(Export export, Stream to, CancellationToken ct)
    {
        // Written to disk first: the library writes the archive's end synchronously, which responses do not allow.
        await using var file = new FileStream(
            Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")),
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            64 * 1024,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous
        );
        await using (var sheet = await Spreadsheet.CreateNewAsync(file, cancellationToken: ct))
        {
            await sheet.StartWorksheetAsync("Members", token: ct);
            await sheet.AddRowAsync(export.Columns.Select(c => new DataCell(c.Label)).ToArray(), ct);
            await foreach (var (members, rows) in Read(export, ct))
                foreach (var member in members)
                    await sheet.AddRowAsync(
                        export.Columns.Select(c => c.Read(member, rows) is not { } value ? default
                            : value.Number is { } number ? new DataCell(number)
                            : new DataCell(value.Text)).ToArray(),
                        ct
                    );
            await sheet.FinishAsync(ct);
        }
        file.Position = 0;
        await file.CopyToAsync(to, ct);
    }
}
