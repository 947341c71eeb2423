using System.Globalization;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>Makes, changes, orders and retires reactions. The first change stores the usual ones.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveReaction(SiteDb db, Actors actors, Audit audit, SiteReactions reactions, IStringLocalizer texts)
{
    /// <summary>The name of the form's field for a language.</summary>
    public static string NameIn(string language) => "name." + language;

    /// <returns>False if it was not made: <paramref name="problems"/> say why.</returns>
    public async Task<bool> Create(Reader actor, string emoji, Translations names, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        var all = await Stored(ct);
        Check(emoji, names, all, null, problems);
        if (all.Count >= Reaction.MaxMade) problems.Add("", texts["boards.reactions.made", Reaction.MaxMade]);
        else if (all.Count(r => r.IsOffered) >= Reaction.MaxOffered) problems.Add("", texts["boards.reactions.most", Reaction.MaxOffered]);
        if (problems.Any) return false;
        var reaction = new Reaction
        {
            Id = all.Count == 0 ? 1 : all.Max(r => r.Id) << 1,
            Emoji = Naming.ReadOptional(emoji).Text,
            Names = Kept(names),
            Position = all.Count == 0 ? 0 : all.Max(r => r.Position) + 1,
            ChangedAt = db.Now,
            ChangedBy = staff.Id,
        };
        db.Reactions.Add(reaction);
        await Commit(change, reaction, "boards.reaction-make", null, ct);
        return true;
    }

    /// <param name="actor">Who saves.</param>
    /// <param name="id">The reaction's id.</param>
    /// <param name="emoji">The new emoji.</param>
    /// <param name="names">The new names.</param>
    /// <param name="seen">The <see cref="Reaction.Version"/> that the actor saw; null to overwrite any newer one.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: there is no such reaction, or <paramref name="problems"/> say why.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Change(
        Reader actor, long id, string emoji, Translations names, long? seen, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        var all = await Stored(ct);
        if (all.Find(r => r.Id == id) is not { } reaction) return false;
        Check(emoji, names, all, id, problems);
        if (problems.Any) return false;
        var (icon, kept) = (Naming.ReadOptional(emoji).Text, Kept(names));
        var changes = AuditChange.Of(
            [
                AuditChange.Value("reaction-emoji", reaction.Emoji, icon),
                .. Texts.Languages.Select(l => AuditChange.Value("reaction-name." + l, reaction.Names[l], kept[l])),
            ]);
        if (changes.Count == 0) return true;
        if (seen is not null && seen != reaction.Version) throw await EditConflict.Of(db, reaction.ChangedBy, reaction.ChangedAt, ct);
        (reaction.Emoji, reaction.Names, reaction.ChangedAt, reaction.ChangedBy) = (icon, kept, db.Now, staff.Id);
        await Commit(change, reaction, "boards.reaction-change", changes, ct);
        return true;
    }

    /// <summary>Moves it one place up or down among those that are offered; at either end it stays.</summary>
    /// <returns>False if none that is offered has the id.</returns>
    public async Task<bool> Move(Reader actor, long id, bool up, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, BoardsPermissions.Manage);
        var all = (await Stored(ct)).FindAll(r => r.IsOffered);
        var at = all.FindIndex(r => r.Id == id);
        if (at < 0) return false;
        var to = Math.Clamp(up ? at - 1 : at + 1, 0, all.Count - 1);
        if (to == at) return true;
        (all[at], all[to]) = (all[to], all[at]);
        for (var i = 0; i < all.Count; i++) all[i].Position = i;
        await Commit(change, all[to], "boards.reaction-order", [new("board-place", $"{at + 1}", $"{to + 1}")], ct);
        return true;
    }

    /// <summary>Takes it from the choice, or offers it again. What was given stays, and counts. Repeating it changes nothing.</summary>
    /// <returns>False if there is no such reaction.</returns>
    /// <exception cref="Refused">As many are offered as can be.</exception>
    public async Task<bool> Retire(Reader actor, long id, bool on, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        var all = await Stored(ct);
        if (all.Find(r => r.Id == id) is not { } reaction) return false;
        if (reaction.IsOffered != on) return true;
        if (!on && all.Count(r => r.IsOffered) >= Reaction.MaxOffered) throw new Refused("boards.reactions.full");
        (reaction.RetiredAt, reaction.ChangedAt, reaction.ChangedBy) = (on ? db.Now : null, db.Now, staff.Id);
        // The last in either list.
        reaction.Position = all.Max(r => r.Position) + 1;
        await Commit(change, reaction, on ? "boards.reaction-retire" : "boards.reaction-offer", null, ct);
        return true;
    }

    /// <summary>All of them, in order and locked: of two changes at once the second starts from the result of the first.</summary>
    async Task<List<Reaction>> Stored(CancellationToken ct)
    {
        await Locks.Reactions(db, ct);
        var all = await db.Reactions.OrderBy(r => r.Position).ThenBy(r => r.Id).ToListAsync(ct);
        if (all.Count > 0) return all;
        all = [.. reactions.Usual()];
        db.Reactions.AddRange(all);
        return all;
    }

    async Task Commit(Change change, Reaction reaction, string act, IReadOnlyList<AuditChange>? changes, CancellationToken ct)
    {
        audit.Did(act, $"{reaction.Emoji} {reaction.Names.For(db.Site.Culture).Text}", changes ?? []);
        db.Publish(new ReactionsChanged(reaction.Id));
        db.Touch(SiteReactions.Cache);
        db.Touch(ContentVersions.Whole);
        await change.Commit(ct);
    }

    /// <summary>The site's own language needs a name: it is what is read aloud.</summary>
    void Check(string emoji, Translations names, IReadOnlyCollection<Reaction> all, long? own, Problems problems)
    {
        var icon = Naming.ReadOptional(emoji);
        if (icon.Fault is not null || icon.Text.Length is 0 or > Reaction.MaxEmojiLength
            || new StringInfo(icon.Text).LengthInTextElements > 1)
            problems.Add("emoji", texts["boards.reactions.emoji.one"]);
        else if (all.Any(r => r.Id != own && r.Emoji == icon.Text)) problems.Add("emoji", texts["boards.reactions.emoji.taken"]);
        foreach (var language in Texts.Languages)
        {
            var (field, name) = (NameIn(language), names[language]);
            if (language == db.Site.Culture || name.Length > 0) problems.Name(field, name, texts, "boards.categories.name.missing");
            problems.Limit(field, name, Reaction.MaxNameLength, texts);
            var folded = Member.Searchable(name);
            if (folded.Length > 0 && all.Any(r => r.Id != own && Member.Searchable(r.Names[language]) == folded))
                problems.Add(field, texts["boards.reactions.name.taken"]);
        }
    }

    static Translations Kept(Translations names) => Translations.Of(l => names[l].Length == 0 ? null : Naming.Kept(names[l]));
}
