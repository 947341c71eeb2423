using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// What is remembered of a file's columns: of files with the very same headings first, in whatever order they stand; then of those that
/// have more than half of their headings in common with it, as when a system has added some.
/// </summary>
sealed class RememberedColumns
{
    const double Alike = 0.5;

    readonly List<(string Heading, int Which)> columns;
    // From the most similar kind of file.
    readonly List<(bool IsSame, bool IsAlike, ILookup<(string Heading, int Which), RememberedColumn> Columns)> kinds = [];

    RememberedColumns(IReadOnlyList<string> headings) => columns = Numbered(headings);

    public static async Task<RememberedColumns> Of(IReadOnlyList<string> headings, SiteDb db, CancellationToken ct)
    {
        var remembered = new RememberedColumns(headings);
        var (kind, names) = (KindOf(headings), remembered.columns.Select(c => c.Heading).Where(h => h.Length > 0).Distinct().ToList());
        var near = await db.RememberedColumns
            .GroupBy(c => c.Kind)
            .Select(g => new
            {
                Kind = g.Key,
                All = g.Count(c => c.Heading != "" && c.Which == 0),
                Common = g.Count(c => c.Which == 0 && names.Contains(c.Heading)),
                At = g.Max(c => c.At),
            })
            .Where(k => k.Common > 0)
            .ToListAsync(ct);
        var rows = (await db.RememberedColumns.AsNoTracking().Where(c => names.Contains(c.Heading) || c.Kind == kind).ToListAsync(ct))
            .ToLookup(c => c.Kind);
        foreach (var (k, likeness) in near.Select(k => (k, (double)k.Common / (k.All + names.Count - k.Common)))
            .OrderByDescending(k => k.k.Kind == kind).ThenByDescending(k => k.Item2).ThenByDescending(k => k.k.At))
            remembered.kinds.Add((k.Kind == kind, likeness > Alike, rows[k.Kind].ToLookup(c => (c.Heading, c.Which))));
        return remembered;
    }

    /// <summary>What a column means.</summary>
    /// <param name="column">Its number.</param>
    /// <param name="guess">What its heading says by itself; empty for nothing. Counts more than files little like this one.</param>
    /// <returns>
    /// What it means; empty to leave it out. What is remembered of it; null if that is nothing. Whether members are recognised by it in
    /// files like this one.
    /// </returns>
    public (string Target, RememberedColumn? Known, bool IsKey) Of(int column, string guess)
    {
        var (isAlike, known) = kinds
            // A column without a heading is known by its place in a file of the same kind alone.
            .Where(k => k.IsSame || (columns[column].Heading.Length > 0 && (k.IsAlike || guess.Length == 0)))
            .Select(k => (IsAlike: k.IsSame || k.IsAlike, Column: k.Columns[columns[column]].FirstOrDefault()))
            // That something was left out there says nothing of a file that is little like it.
            .FirstOrDefault(k => k.Column is not null && (k.IsAlike || k.Column.Target.Length > 0));
        return (known?.Target ?? guess, known, isAlike && known!.IsKey);
    }

    /// <summary>Remembers what the columns mean, in the open change.</summary>
    public static async Task Keep(ImportMapping mapping, SiteDb db, CancellationToken ct)
    {
        List<string> headings = [.. mapping.Columns.Select(c => c.Heading)];
        var kind = KindOf(headings);
        object at = db.IsSqlite ? new DateTimeOffset(db.Now).ToUnixTimeMilliseconds() : db.Now;
        var isNew = !await db.RememberedColumns.AnyAsync(c => c.Kind == kind, ct);
        foreach (var (column, (heading, which)) in mapping.Columns.Zip(Numbered(headings)))
        {
            var (meanings, isKey) = (JsonSerializer.Serialize(column.Meanings), column.Target == mapping.Key);
            // Two may choose for files of one kind at once.
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO import_columns (kind, heading, which, target, is_key, meanings, at)
                VALUES ({kind}, {heading}, {which}, {column.Target}, {isKey}, {meanings}, {at})
                ON CONFLICT (kind, heading, which) DO UPDATE
                SET target = excluded.target, is_key = excluded.is_key, meanings = excluded.meanings, at = excluded.at
                """,
                ct
            );
        }
        if (!isNew) return;
        var old = await db.RememberedColumns.GroupBy(c => c.Kind).Select(g => new { Kind = g.Key, At = g.Max(c => c.At) })
            .OrderByDescending(k => k.At).ThenBy(k => k.Kind).Skip(RememberedColumn.MaxKinds).Select(k => k.Kind).ToListAsync(ct);
        if (old.Count > 0) await db.RememberedColumns.Where(c => old.Contains(c.Kind)).ExecuteDeleteAsync(ct);
    }

    /// <summary>Forgets each kind of file that has one of these for a heading.</summary>
    public static async Task Forget(IReadOnlyList<string> texts, SiteDb db, CancellationToken ct)
    {
        var headings = texts.Select(ImportTargets.Remembered).ToList();
        var all = db.RememberedColumns;
        await all.Where(c => all.Any(o => o.Kind == c.Kind && headings.Contains(o.Heading))).ExecuteDeleteAsync(ct);
    }

    static List<(string, int)> Numbered(IReadOnlyList<string> headings)
    {
        var (seen, numbered) = (new Dictionary<string, int>(), new List<(string, int)>(headings.Count));
        foreach (var heading in headings.Select(ImportTargets.Remembered))
        {
            seen[heading] = seen.GetValueOrDefault(heading, -1) + 1;
            numbered.Add((heading, seen[heading]));
        }
        return numbered;
    }

    static string KindOf(IReadOnlyList<string> headings) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', headings.Select(ImportTargets.Remembered)
            .Where(h => h.Length > 0).Order(StringComparer.Ordinal)))))[..RememberedColumn.MaxKind];
}
