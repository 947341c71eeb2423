using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The form fields of a kind of mail.</summary>
/// <param name="Names">By language.</param>
/// <param name="Sentences">By language.</param>
/// <param name="Use">Asked of new ones alone.</param>
/// <param name="Archive">Null to leave it.</param>
public sealed record MailKindFields(
    Translations Names, Translations Sentences, MailKindUse Use = MailKindUse.Mail, MailArchive? Archive = null)
{
    /// <summary>The name of a form's field in a language.</summary>
    public static string NameIn(string language) => "name." + language;

    /// <inheritdoc cref="NameIn"/>
    public static string SentenceIn(string language) => "sentence." + language;

    /// <summary>The fields as they are stored.</summary>
    public MailKindFields Kept() =>
        new(
            Translations.Of(l => Names[l].Length == 0 ? null : Naming.Kept(Names[l])),
            Translations.Of(l => Naming.ReadLines(Sentences[l]).Text),
            Use,
            Archive
        );

    /// <summary>Adds what is wrong to <paramref name="problems"/>. The site's own language needs a name.</summary>
    public void Check(Problems problems, Site site, IStringLocalizer texts)
    {
        foreach (var language in Texts.Languages)
        {
            if (language == site.Culture || Names[language].Length > 0)
                problems.Name(NameIn(language), Names[language], texts, "staff.kinds.name.missing");
            problems.Limit(NameIn(language), Names[language], MailKind.MaxNameLength, texts);
            problems.Lines(SentenceIn(language), Sentences[language], texts);
            problems.Limit(SentenceIn(language), Sentences[language], MailKind.MaxSentenceLength, texts);
        }
    }
}

/// <summary>Makes, renames, orders and ends kinds of mail.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveMailKind(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts)
{
    /// <summary>More would be no choice that a person can make.</summary>
    public const int MaxKinds = 30;

    /// <returns>Null if it was not made: <paramref name="problems"/> say why.</returns>
    public async Task<MailKind?> Create(Reader actor, MailKindFields fields, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.MailKinds);
        fields.Check(problems, db.Site, texts);
        if (problems.Any) return null;
        var all = await db.LockedWhere<MailKind>(k => true, ct);
        var kept = fields.Kept();
        CheckTaken(all, null, kept, problems);
        if (all.Count(k => k.EndedAt is null) >= MaxKinds) problems.Add("", texts["staff.kinds.most", MaxKinds]);
        // One box says it all: with two, nobody could tell what is recorded.
        if (fields.Use is MailKindUse.Tracking && all.Any(k => k.EndedAt is null && k.Use is MailKindUse.Tracking))
            problems.Add("use", texts["staff.kinds.tracking.taken"]);
        if (problems.Any) return null;
        var kind = new MailKind
        {
            Key = KeyOf(kept, all),
            Names = kept.Names,
            Sentences = kept.Sentences,
            Use = fields.Use,
            Archive = fields.Archive ?? MailArchive.None,
            Position = all.Count == 0 ? 0 : all.Max(k => k.Position) + 1,
            ChangedAt = db.Now,
            ChangedBy = staff.Id,
        };
        db.MailKinds.Add(kind);
        await db.SaveChangesAsync(ct);
        db.MailKindTexts.Add(kind.Text(db.Now, staff.Id));
        audit.Did("members.kind-make", Named(kind));
        db.Publish(new MailKindChanged(kind.Id));
        await change.Commit(ct);
        return kind;
    }

    /// <summary>Saves names and sentences as a new revision. Who agreed before agreed to the earlier one, as the log says.</summary>
    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The kind's id.</param>
    /// <param name="fields">The new texts.</param>
    /// <param name="seen">The <see cref="MailKind.Version"/> that the actor saw; null to overwrite unconditionally.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such kind, or something is wrong.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Change(
        Reader actor,
        long id,
        MailKindFields fields,
        long? seen,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await using var change = await db.Change<MailKind>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.MailKinds);
        if (change.Row is not { } kind) return false;
        fields.Check(problems, db.Site, texts);
        if (problems.Any) return false;
        var kept = fields.Kept();
        CheckTaken(await db.MailKinds.AsNoTracking().ToListAsync(ct), id, kept, problems);
        if (problems.Any) return false;
        var changes = AuditChange.Of(
            Texts.Languages.SelectMany(l => new[]
            {
                AuditChange.Value("kind-name." + l, kind.Names[l], kept.Names[l]),
                AuditChange.Value("kind-sentence." + l, kind.Sentences[l], kept.Sentences[l]),
            })
        );
        var archive = kept.Archive ?? kind.Archive;
        if (changes.Count == 0 && archive == kind.Archive) return true;
        if (seen is not null && seen != kind.Version) throw await EditConflict.Of(db, kind.ChangedBy, kind.ChangedAt, ct);
        (kind.Names, kind.Sentences, kind.ChangedAt, kind.ChangedBy) = (kept.Names, kept.Sentences, db.Now, staff.Id);
        // Who reads it afterwards is none of the words that somebody agreed to.
        if (changes.Count > 0)
        {
            kind.Revision++;
            db.MailKindTexts.Add(kind.Text(db.Now, staff.Id));
        }
        audit.Did(
            "members.kind-edit",
            Named(kind),
            [.. changes, .. AuditChange.Of([AuditChange.Value("kind-archive", kind.Archive.ToString(), archive.ToString())])]
        );
        kind.Archive = archive;
        db.Publish(new MailKindChanged(id));
        await change.Commit(ct);
        return true;
    }

    /// <summary>Moves a kind one place up or down among those that are offered; at either end it stays.</summary>
    /// <returns>False if there is no such kind.</returns>
    public async Task<bool> Move(Reader actor, long id, bool up, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.MailKinds);
        // Lock all of them, so that of two simultaneous moves the second starts from the result of the first.
        var open = await db.LockedWhere<MailKind>(k => k.EndedAt == null, ct);
        List<MailKind> kinds = [.. open.OrderBy(k => k.Position).ThenBy(k => k.Id)];
        var at = kinds.FindIndex(k => k.Id == id);
        if (at < 0) return false;
        var to = Math.Clamp(up ? at - 1 : at + 1, 0, kinds.Count - 1);
        if (to == at) return true;
        (kinds[at], kinds[to]) = (kinds[to], kinds[at]);
        for (var i = 0; i < kinds.Count; i++) kinds[i].Position = i;
        audit.Did("members.kind-order", Named(kinds[to]), [new("kind-place", $"{at + 1}", $"{to + 1}")]);
        db.Publish(new MailKindChanged(id));
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Ends a kind, or takes it up again. Ended, it is neither offered nor sent, also not by mailings under way; who agreed to it stays on
    /// record, and gets it again when it is taken up.
    /// </summary>
    /// <returns>False if there is no such kind.</returns>
    public async Task<bool> End(Reader actor, long id, bool end, CancellationToken ct = default)
    {
        await using var change = await db.Change<MailKind>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.MailKinds);
        if (change.Row is not { } kind) return false;
        if (kind.EndedAt is not null == end) return true;
        if (!end && kind.Use is MailKindUse.Tracking && await db.MailKinds.AnyAsync(k => k.EndedAt == null && k.Use == kind.Use, ct))
            throw new Refused("staff.kinds.tracking.taken");
        (kind.EndedAt, kind.EndedBy) = (end ? db.Now : null, end ? staff.Id : null);
        audit.Did(end ? "members.kind-end" : "members.kind-resume", Named(kind));
        db.Publish(new MailKindChanged(id));
        await change.Commit(ct);
        return true;
    }

    // Members could not tell two boxes of one name apart.
    void CheckTaken(IReadOnlyCollection<MailKind> all, long? own, MailKindFields fields, Problems problems)
    {
        foreach (var language in Texts.Languages)
        {
            var name = Member.Searchable(fields.Names[language]);
            if (name.Length > 0 && all.Any(k => k.Id != own && k.EndedAt is null && Member.Searchable(k.Names[language]) == name))
                problems.Add(MailKindFields.NameIn(language), texts["staff.kinds.name.taken"]);
        }
    }

    // Latin letters of the name where it has some: mail programs show the key.
    static string KeyOf(MailKindFields fields, IReadOnlyCollection<MailKind> all)
    {
        var letters = fields.Names["en"].ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-');
        var word = string.Join('-', string.Concat(letters).Split('-', StringSplitOptions.RemoveEmptyEntries));
        if (word.Length == 0) word = "mail";
        word = word[..Math.Min(word.Length, 30)].TrimEnd('-');
        return all.All(k => k.Key != word)
            ? word
            : Enumerable.Range(2, all.Count + 1).Select(n => $"{word}-{n}").First(key => all.All(k => k.Key != key));
    }

    string Named(MailKind kind) => kind.Names.For(db.Site.Culture).Text;
}
