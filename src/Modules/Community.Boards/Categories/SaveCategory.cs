using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>Makes, names, orders and deletes categories of boards.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveCategory(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts)
{
    /// <summary>More headings than that order nothing.</summary>
    public const int MaxCategories = 50;

    /// <summary>The name of the form's field for a language.</summary>
    public static string NameIn(string language) => "name." + language;

    /// <returns>False if it was not made: <paramref name="problems"/> say why.</returns>
    public async Task<bool> Create(Reader actor, Translations names, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        var all = await db.LockedWhere<BoardCategory>(c => true, ct);
        if (Kept(names, all, null, problems) is not { } kept) return false;
        if (all.Count >= MaxCategories) problems.Add("", texts["boards.categories.most", MaxCategories]);
        if (problems.Any) return false;
        var category = new BoardCategory
        {
            Names = kept,
            Position = all.Count == 0 ? 0 : all.Max(c => c.Position) + 1,
            ChangedAt = db.Now,
            ChangedBy = staff.Id,
        };
        db.BoardCategories.Add(category);
        audit.Did("boards.category-make", Named(category));
        db.Publish(() => new CategoryChanged(category.Id));
        db.Touch(ContentVersions.Whole);
        await change.Commit(ct);
        return true;
    }

    /// <param name="actor">Who saves.</param>
    /// <param name="id">The category's id.</param>
    /// <param name="names">The new names.</param>
    /// <param name="seen">The <see cref="BoardCategory.Version"/> that the actor saw; null to overwrite any newer one.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: there is no such category, or <paramref name="problems"/> say why.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Change(Reader actor, long id, Translations names, long? seen, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        var all = await db.LockedWhere<BoardCategory>(c => true, ct);
        if (all.FirstOrDefault(c => c.Id == id) is not { } category) return false;
        if (Kept(names, all, id, problems) is not { } kept) return false;
        var changes = AuditChange.Of(
            Texts.Languages.Select(l => AuditChange.Value("category-name." + l, category.Names[l], kept[l])));
        if (changes.Count == 0) return true;
        if (seen is not null && seen != category.Version) throw await EditConflict.Of(db, category.ChangedBy, category.ChangedAt, ct);
        (category.Names, category.ChangedAt, category.ChangedBy) = (kept, db.Now, staff.Id);
        audit.Did("boards.category-name", Named(category), changes);
        db.Publish(new CategoryChanged(id));
        db.Touch(ContentVersions.Whole);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Moves it one place up or down; at either end it stays.</summary>
    /// <returns>False if there is no such category.</returns>
    public async Task<bool> Move(Reader actor, long id, bool up, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, BoardsPermissions.Manage);
        // Lock all of them, so that of two simultaneous moves the second starts from the result of the first.
        List<BoardCategory> all = [.. (await db.LockedWhere<BoardCategory>(c => true, ct)).OrderBy(c => c.Position).ThenBy(c => c.Id)];
        var at = all.FindIndex(c => c.Id == id);
        if (at < 0) return false;
        var to = Math.Clamp(up ? at - 1 : at + 1, 0, all.Count - 1);
        if (to == at) return true;
        (all[at], all[to]) = (all[to], all[at]);
        for (var i = 0; i < all.Count; i++) all[i].Position = i;
        audit.Did("boards.category-order", Named(all[to]), [new("board-place", $"{at + 1}", $"{to + 1}")]);
        db.Publish(new CategoryChanged(id));
        db.Touch(ContentVersions.Whole);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Deletes it. Its boards stay, and stand before the categories.</summary>
    /// <returns>False if there is no such category.</returns>
    public async Task<bool> Delete(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change<BoardCategory>(id, ct);
        await actors.Require(actor, BoardsPermissions.Manage);
        if (change.Row is not { } category) return false;
        await db.Boards.Where(b => b.CategoryId == id).ExecuteUpdateAsync(s => s.SetProperty(b => b.CategoryId, (long?)null), ct);
        db.Remove(category);
        audit.Did("boards.category-delete", Named(category));
        db.Publish(new CategoryChanged(id));
        db.Touch(ContentVersions.Whole);
        await change.Commit(ct);
        return true;
    }

    /// <summary>The names as they are stored; null if something is wrong. The site's own language needs one.</summary>
    Translations? Kept(Translations names, IReadOnlyCollection<BoardCategory> all, long? own, Problems problems)
    {
        foreach (var language in Texts.Languages)
        {
            var (field, name) = (NameIn(language), names[language]);
            if (language == db.Site.Culture || name.Length > 0) problems.Name(field, name, texts, "boards.categories.name.missing");
            problems.Limit(field, name, BoardCategory.MaxNameLength, texts);
            var folded = Member.Searchable(name);
            if (folded.Length > 0 && all.Any(c => c.Id != own && Member.Searchable(c.Names[language]) == folded))
                problems.Add(field, texts["boards.categories.name.taken"]);
        }
        return problems.Any ? null : Translations.Of(l => names[l].Length == 0 ? null : Naming.Kept(names[l]));
    }

    string Named(BoardCategory category) => category.Names.For(db.Site.Culture).Text;
}
