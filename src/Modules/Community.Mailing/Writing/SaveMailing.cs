using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Who changed a mailing after its form was opened, when, and the current version.</summary>
/// <param name="Name">Null if that member no longer exists.</param>
public sealed record EditConflict(int Rev, long By, string? Name, DateTime At);

/// <summary>
/// Saves a mailing's content as a new draft, as a copy or over the current version; or deletes a draft. Each operation checks the
/// permission.
/// </summary>
public sealed class SaveMailing(SiteDb db, CurrentMember me, Actors actors, Audit audit, TimeProvider time)
{
    /// <summary>
    /// The draft that the form created; or, if the form was already sent with other text, that earlier draft and who last saved it: the new
    /// text is then not saved yet.
    /// </summary>
    public async Task<(Mailing Made, EditConflict? Conflict)> Create(MailingForm form)
    {
        await actors.Require(me.Asking, MailingPermissions.Write);
        var key = form is { Then: "anew", Anew: { } anew } ? anew : form.Key;
        if (await Made(key) is { } already) return await AsSent(already, form);
        var made = NewDraft(key);
        form.WriteTo(made, db.Site.Zone);
        db.Mailings.Add(made);
        audit.Did("mailing.write", "mailing.new-draft");
        try { await db.SaveChangesAsync(); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            // The same form was submitted twice concurrently.
            db.ChangeTracker.Clear();
            return await AsSent((await Made(key))!, form);
        }
        return (made, null);
    }

    /// <summary>The mailing that a form with this key created, if any.</summary>
    public Task<Mailing?> Made(Guid key) =>
        db.Mailings.WithoutTests().AsNoTracking().Include(m => m.Contents).FirstOrDefaultAsync(m => m.FormKey == key);

    async Task<(Mailing, EditConflict?)> AsSent(Mailing already, MailingForm form) =>
        (already, form.IsAsSaved(already, db.Site.Zone) ? null : await ConflictWith(already));

    /// <summary>The saved mailing; or the conflict with an earlier save; or neither, if it can no longer be edited.</summary>
    public async Task<(Mailing? Saved, EditConflict? Conflict)> Change(long id, MailingForm form)
    {
        await using var change = await db.Change<Mailing>(id);
        await actors.Require(me.Asking, MailingPermissions.Write);
        if (change.Row is not { CanEdit: true } row) return (null, null);
        await actors.RequireForChains(me.Asking, row, db);
        await db.LoadContents(row);
        if (row.HasChangedSince(form.Rev, form.Over)) return (null, await ConflictWith(row));
        // Saving without a change keeps it scheduled. An overdue mailing always goes back to draft, to be confirmed again.
        if (row.State != MailingState.Overdue && form.IsAsSaved(row, db.Site.Zone)) return (row, null);
        var before = row.State;
        row.Unschedule(me.Id!.Value, time.GetUtcNow().UtcDateTime);
        db.Publish(row, before);
        form.WriteTo(row, db.Site.Zone);
        row.FollowMain();
        audit.Did("mailing.write", "#" + id);
        await change.Commit();
        return (row, null);
    }

    /// <summary>
    /// Saves what it says in another language or variant. False if it was changed after it was shown, or can no longer be.
    /// </summary>
    public Task<bool> SaveContent(long id, int rev, MailingContent content) =>
        ChangeContent(id, rev, row =>
        {
            if (row.Contents.Find(c => c.Variant == content.Variant && c.Language == content.Language) is not { } saved)
                row.Contents.Add(content);
            else (saved.Subject, saved.Preheader, saved.Text, saved.Blocks) =
                (content.Subject, content.Preheader, content.Text, content.Blocks);
        });

    /// <inheritdoc cref="SaveContent"/>
    public Task<bool> RemoveContent(long id, int rev, byte variant, string language) =>
        ChangeContent(id, rev, row => row.Contents.RemoveAll(c => !c.IsMain && c.Variant == variant && c.Language == language));

    async Task<bool> ChangeContent(long id, int rev, Action<Mailing> write)
    {
        await using var change = await db.Change<Mailing>(id);
        await actors.Require(me.Asking, MailingPermissions.Write);
        if (change.Row is not { CanEdit: true } row || row.HasChangedSince(rev)) return false;
        await actors.RequireForChains(me.Asking, row, db);
        await db.LoadContents(row);
        var before = row.State;
        row.Unschedule(me.Id!.Value, time.GetUtcNow().UtcDateTime);
        db.Publish(row, before);
        write(row);
        audit.Did("mailing.write", "#" + id);
        await change.Commit();
        return true;
    }

    async Task<EditConflict> ConflictWith(Mailing mailing) =>
        new(
            mailing.Rev,
            mailing.RevisedBy,
            await db.Members.Where(m => m.Id == mailing.RevisedBy).Select(m => m.Name).FirstOrDefaultAsync(),
            mailing.RevisedAt
        );

    /// <summary>A new draft with the same contents and audience. Its time is undecided.</summary>
    public Task<Mailing?> Copy(long id, Guid key) => Copy(id, key, (_, _) => { });

    /// <summary>A template with the same contents and audience.</summary>
    public Task<Mailing?> MakeTemplate(long id, Guid key) => Copy(id, key, (copy, _) => copy.State = MailingState.Template);

    /// <summary>
    /// A new draft with the same content for those who opened, clicked or did not open a mailing that has started: see <see cref="Wave"/>.
    /// </summary>
    /// <param name="title">What staff call it.</param>
    public async Task<Mailing?> NextWave(long id, Guid key, string who, Func<string, string> title)
    {
        if (Wave.Of(who, id) is not { } audience) return null;
        return await Copy(id, key, (copy, first) =>
        {
            (copy.WaveOfId, copy.Audience) = (id, new(audience));
            // It has the words of the variant that most got.
            var said = MailingContent.For(copy.Contents, first.Winner ?? 0, "");
            (copy.Main.Subject, copy.Main.Preheader, copy.Main.Blocks, copy.Main.Text) =
                (said.Subject, said.Preheader, said.Blocks, said.Text);
            copy.Contents.RemoveAll(c => c.Variant > 0);
            copy.Variants = 0;
            copy.Title = Truncate.To(Mailing.MaxTitleLength, title(first.Title));
        }, mailing => mailing.HasStarted);
    }

    async Task<Mailing?> Copy(long id, Guid key, Action<Mailing, Mailing> change, Func<Mailing, bool>? may = null)
    {
        if (!await actors.May(me.Asking, MailingPermissions.Write) || await db.FindMailing(id) is not { } mailing) return null;
        if (await Made(key) is { } already) return already;
        if (may?.Invoke(mailing) == false) return null;
        var copy = CopyOf(mailing, key, me.Id!.Value);
        copy.AudienceJson = mailing.AudienceJson;
        change(copy, mailing);
        db.Mailings.Add(copy);
        audit.Did("mailing.write", $"copy {id}");
        try { await db.SaveChangesAsync(); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            // The same form, sent twice at once: the other one made it.
            db.ChangeTracker.Clear();
            return await Made(key);
        }
        return copy;
    }

    /// <summary>False if it is no longer a draft, or was changed after it was shown.</summary>
    public async Task<bool> Delete(long id, int rev)
    {
        await using var change = await db.Change<Mailing>(id);
        if (!await actors.May(me.Asking, MailingPermissions.Write))
            return false;
        if (change.Row is not { State: MailingState.Draft or MailingState.Template, IsTest: false } row || row.HasChangedSince(rev))
            return false;
        if (await db.ChainSteps.AnyAsync(s => s.MailingId == id)) throw new Refused("mailing.chain.uses");
        db.Remove(row);
        audit.Did("mailing.delete", "#" + id);
        await change.Commit();
        return true;
    }

    /// <summary>A draft that says the same and is tried in the same way, for nobody yet; not saved.</summary>
    internal Mailing CopyOf(Mailing mailing, Guid key, long by)
    {
        var copy = NewDraft(key, by);
        (copy.KindId, copy.Title) = (mailing.KindId, mailing.Title);
        copy.Contents.AddRange(mailing.Contents.Select(c => c.Copy()));
        (copy.Tracking, copy.Campaign) = (mailing.Tracking, mailing.Campaign);
        (copy.EmbedsPictures, copy.FilesJson) = (mailing.EmbedsPictures, mailing.FilesJson);
        (copy.Variants, copy.SamplePercent, copy.SampleCount) = (mailing.Variants, mailing.SamplePercent, mailing.SampleCount);
        (copy.WinnerRule, copy.WinnerAfterHours) = (mailing.WinnerRule, mailing.WinnerAfterHours);
        return copy;
    }

    Mailing NewDraft(Guid key, long? author = null)
    {
        var (by, now) = (author ?? me.Id!.Value, time.GetUtcNow().UtcDateTime);
        return new Mailing
        {
            FormKey = key,
            CreatedBy = by,
            CreatedAt = now,
            RevisedBy = by,
            RevisedAt = now,
        };
    }
}
