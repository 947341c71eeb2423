using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Who changed a mailing since a form on it was opened, when, and the version that stands now.</summary>
public sealed record Faster(int Rev, long? By, string? Name, DateTime At);

/// <summary>Keeps what was written of a mailing: as a new draft, or in place of what stands.</summary>
public sealed class SaveMailing(SiteDb db, CurrentMember me, Audit audit, TimeProvider time)
{
    /// <summary>Acts that move the version.</summary>
    static readonly IReadOnlyList<string> changes = ["mailing.write", "mailing.reserve", "mailing.take-back", "mailing.time"];

    /// <summary>
    /// The draft that the form has made; or, if it was sent before with other words, that draft and who saved it last: these words are
    /// nowhere yet.
    /// </summary>
    public async Task<(Mailing Made, Faster? Faster)> Create(MailingForm form)
    {
        var key = form is { Then: "anew", Anew: { } anew } ? anew : form.Key;
        if (await Made(key) is { } already) return await AsSent(already, form);
        var made = new Mailing { FormKey = key, CreatedBy = me.Id!.Value, CreatedAt = time.GetUtcNow().UtcDateTime };
        form.WriteTo(made, db.Site.Zone);
        db.Mailings.Add(made);
        audit.Did("mailing.write", "new draft");
        try { await db.SaveChangesAsync(); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            // The same form, sent twice at once.
            db.ChangeTracker.Clear();
            return await AsSent((await Made(key))!, form);
        }
        return (made, null);
    }

    /// <summary>What a form with this key has made; null if nothing.</summary>
    public Task<Mailing?> Made(Guid key) => db.Mailings.AsNoTracking().FirstOrDefaultAsync(m => m.FormKey == key && m.TestOfId == null);

    async Task<(Mailing, Faster?)> AsSent(Mailing already, MailingForm form) =>
        (already, form.IsAsSaved(already, db.Site.Zone) ? null : await WhoWasFaster(already));

    /// <summary>The mailing as saved; or who was faster; or neither, if it is not to be edited any more.</summary>
    public async Task<(Mailing? Saved, Faster? Faster)> Change(long id, MailingForm form)
    {
        await using var change = await db.Change<Mailing>(id);
        if (change.Row is not { CanEdit: true } row) return (null, null);
        if (row.Rev != form.Rev && row.Rev != form.Over) return (null, await WhoWasFaster(row));
        // To look at it is no change: a reservation stands. What could not start is a draft from now on, to be confirmed again.
        if (row.State != MailingState.Missed && form.IsAsSaved(row, db.Site.Zone)) return (row, null);
        row.Disarm();
        form.WriteTo(row, db.Site.Zone);
        audit.Did("mailing.write", "#" + id);
        await change.Commit();
        return (row, null);
    }

    async Task<Faster> WhoWasFaster(Mailing mailing)
    {
        var purpose = "#" + mailing.Id;
        var last = await db
            .Audit.AsNoTracking()
            .Where(a => a.Purpose == purpose && changes.Contains(a.Action))
            .OrderByDescending(a => a.Id)
            .FirstOrDefaultAsync();
        var by = last?.ActorId;
        var name = await db.Members.Where(m => m.Id == by).Select(m => m.Name).FirstOrDefaultAsync();
        return new(mailing.Rev, by, name, last?.At ?? mailing.CreatedAt);
    }
}
