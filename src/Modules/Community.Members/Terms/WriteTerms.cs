using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>What staff type: the text, and what is new in it.</summary>
public sealed record TermsFields(Translations Words, Translations Note)
{
    /// <summary>The name of a form's field in a language.</summary>
    public static string WordsIn(string language) => "words." + language;

    /// <inheritdoc cref="WordsIn"/>
    public static string NoteIn(string language) => "note." + language;

    public void Check(Problems problems, Site site, IStringLocalizer texts)
    {
        if (Words[site.Culture].Length == 0) problems.Add(WordsIn(site.Culture), texts["terms.text.missing"]);
        foreach (var language in Texts.Languages)
        {
            Check(WordsIn(language), Words[language], TermsText.MaxLength);
            Check(NoteIn(language), Note[language], TermsText.MaxNoteLength);
        }

        void Check(string field, string text, int most)
        {
            problems.Lines(field, text, texts);
            problems.Limit(field, text, most, texts);
            if (problems[field] is null && Markup.IsTooDeep(text)) problems.Add(field, texts["terms.text.deep"]);
        }
    }
}

/// <summary>Drafts, publishes, withdraws and corrects the terms of use and the privacy policy.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class WriteTerms(SiteDb db, Actors actors, Audit audit, SiteChanged changed, IStringLocalizer texts)
{
    /// <summary>Creates a draft of the next version.</summary>
    /// <returns>The version; null if there is something wrong, or a draft already.</returns>
    public async Task<TermsVersion?> Draft(
        Reader actor,
        TermsKind kind,
        TermsFields fields,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Terms);
        fields.Check(problems, db.Site, texts);
        if (await db.TermsVersions.AnyAsync(v => v.Kind == kind && v.PublishedAt == null, ct))
            problems.Add("", texts["terms.draft.exists"]);
        if (problems.Any) return null;
        var last = await db.TermsVersions.Where(v => v.Kind == kind).MaxAsync(v => (int?)v.Number, ct) ?? 0;
        var version = new TermsVersion { Kind = kind, Number = last + 1, ChangedAt = db.Now, ChangedBy = staff.Id };
        db.TermsVersions.Add(version);
        try
        {
            await db.SaveChangesAsync(ct);
            db.TermsTexts.Add(Text(version, fields, staff));
            audit.Did("members.terms-draft", Named(version));
            await change.Commit(ct);
        }
        // Two windows began a draft at once.
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("", texts["terms.draft.exists"]);
            return null;
        }
        return version;
    }

    /// <summary>Saves a draft.</summary>
    /// <returns>False if it is no draft any more, or there is something wrong.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Save(Reader actor, long id, TermsFields fields, long? seen, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change<TermsVersion>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Terms);
        if (change.Row is not { PublishedAt: null } version) return false;
        fields.Check(problems, db.Site, texts);
        if (problems.Any) return false;
        if (seen is not null && seen != version.Version) throw await EditConflict.Of(db, version.ChangedBy, version.ChangedAt, ct);
        var text = await db.TermsTexts.SingleAsync(t => t.VersionId == id, ct);
        Write(text, fields, staff);
        (version.ChangedAt, version.ChangedBy) = (db.Now, staff.Id);
        audit.Did("members.terms-draft", Named(version));
        await change.Commit(ct);
        return true;
    }

    /// <summary>Publishes a draft.</summary>
    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The version's id.</param>
    /// <param name="from">From when on it is in force; now or later, and not before the version before it.</param>
    /// <param name="effect">What it asks of members.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it is no draft any more, or there is something wrong.</returns>
    public async Task<bool> Publish(
        Reader actor,
        long id,
        DateTime from,
        TermsEffect effect,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await using (var change = await db.Change<TermsVersion>(id, ct))
        {
            var staff = await actors.Require(actor, MembersPermissions.Terms);
            if (change.Row is not { PublishedAt: null } version) return false;
            // A moment ago is now: the form was open for a while.
            if (from < db.Now) from = db.Now;
            var kind = version.Kind;
            if (await db.TermsVersions.Where(v => v.Kind == kind && v.PublishedAt != null).MaxAsync(v => v.From, ct) is { } before
                && from < before)
                problems.Add("From", texts["terms.from.before"]);
            if (problems.Any) return false;
            (version.From, version.Effect, version.PublishedAt, version.PublishedBy) = (from, effect, db.Now, staff.Id);
            audit.Did(
                "members.terms-publish",
                Named(version),
                [new("terms-effect", To: "terms.effect." + effect.ToString().ToLowerInvariant())]
            );
            db.Publish(new TermsPublished(id));
            await change.Commit(ct);
        }
        await changed.Tell();
        return true;
    }

    /// <summary>Makes a version that is not yet in force a draft again.</summary>
    /// <returns>False if it is in force, or not published.</returns>
    public async Task<bool> Withdraw(Reader actor, long id, CancellationToken ct = default)
    {
        await using (var change = await db.Change<TermsVersion>(id, ct))
        {
            await actors.Require(actor, MembersPermissions.Terms);
            if (change.Row is not { PublishedAt: not null } version || version.IsInForce(db.Now)) return false;
            var kind = version.Kind;
            // There is one draft of a document at a time.
            if (await db.TermsVersions.AnyAsync(v => v.Kind == kind && v.PublishedAt == null, ct)) throw new Refused("terms.draft.exists");
            (version.From, version.PublishedAt, version.PublishedBy) = (null, null, null);
            audit.Did("members.terms-withdraw", Named(version));
            await change.Commit(ct);
        }
        await changed.Tell();
        return true;
    }

    /// <summary>Deletes a draft. Idempotent.</summary>
    public async Task Discard(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<TermsVersion>(id, ct);
        await actors.Require(actor, MembersPermissions.Terms);
        if (change.Row is not { PublishedAt: null } version) return;
        await db.TermsTexts.Where(t => t.VersionId == id).ExecuteDeleteAsync(ct);
        db.TermsVersions.Remove(version);
        audit.Did("members.terms-discard", Named(version));
        await change.Commit(ct);
    }

    /// <summary>
    /// Corrects a published version, such as a typing error: nobody is asked again. The earlier text stays readable, and who agreed to it
    /// is on record with it.
    /// </summary>
    /// <returns>False if there is no such published version, or there is something wrong.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Correct(
        Reader actor,
        long id,
        TermsFields fields,
        long? seen,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await using (var change = await db.Change<TermsVersion>(id, ct))
        {
            var staff = await actors.Require(actor, MembersPermissions.Terms);
            if (change.Row is not { PublishedAt: not null } version) return false;
            fields.Check(problems, db.Site, texts);
            if (problems.Any) return false;
            if (seen is not null && seen != version.Version) throw await EditConflict.Of(db, version.ChangedBy, version.ChangedAt, ct);
            version.Revision++;
            (version.ChangedAt, version.ChangedBy) = (db.Now, staff.Id);
            db.TermsTexts.Add(Text(version, fields, staff));
            audit.Did("members.terms-correct", Named(version));
            await change.Commit(ct);
        }
        await changed.Tell();
        return true;
    }

    TermsText Text(TermsVersion version, TermsFields fields, Reader staff)
    {
        var text = new TermsText { VersionId = version.Id, Revision = version.Revision };
        Write(text, fields, staff);
        return text;
    }

    void Write(TermsText text, TermsFields fields, Reader staff)
    {
        (text.Words, text.Note) = (Kept(fields.Words), Kept(fields.Note));
        (text.At, text.ChangedBy) = (db.Now, staff.Id);
    }

    static string Kept(Translations typed) => Translations.Of(l => Naming.ReadLines(typed[l]).Text).ToJson();

    // For the audit log, which shows it with the text about.terms or about.privacy.
    static string Named(TermsVersion version) => $"{version.Kind.ToString().ToLowerInvariant()} {version.Number}";
}
