using System.Buffers.Binary;
using System.Security.Cryptography;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Why a mailing was left unchanged.</summary>
public enum ScheduleRefusal
{
    /// <summary>There is no such mailing, or it is a test.</summary>
    NotFound,
    /// <summary>The user lacks the permission.</summary>
    NotAllowed,
    /// <summary>Its state no longer allows this: the button was pressed twice, or by two people.</summary>
    TooLate,
    /// <summary>It was changed after it was shown.</summary>
    EditConflict,
    /// <summary>Something in it is missing or wrong: see <see cref="ScheduleMailing.Obstacles"/>.</summary>
    Incomplete,
    /// <summary>The time has passed.</summary>
    Past,
    /// <summary>The time is more than a year ahead, and the user has not confirmed it.</summary>
    Far,
    /// <summary>The delivery engine has it, for an earlier time: it has to be taken back first.</summary>
    AtEngine,
    /// <summary>The delivery engine has it, approved for this time: for another one it has to be taken back and approved anew.</summary>
    Approved,
}

/// <summary>Something that prevents scheduling a mailing.</summary>
/// <param name="Field">The form field where it can be fixed.</param>
/// <param name="Text">The key of the message.</param>
/// <param name="Of">The message's argument.</param>
/// <param name="Url">The page with the field, if it is not the mailing's form.</param>
public sealed record Obstacle(string Field, string Text, string Of = "", string? Url = null)
{
    /// <summary>What the link to the field says: <c>mailing.mend.{Label}</c>.</summary>
    public string Label => Field.StartsWith("Form.b", StringComparison.Ordinal) ? "Form.Text" : Field;
}

/// <summary>
/// Decides whether and when a mailing is sent: schedule, reschedule, take back, pause, resume, stop. Each operation checks the
/// permission, locks the mailing, checks its state, writes an audit record and signals the sender. A null result means "done".
/// </summary>
public sealed class ScheduleMailing(
    SiteDb db,
    CurrentMember me,
    Actors actors,
    Audit audit,
    Approval approval,
    ApprovalMails approvals,
    TimeProvider time,
    Settings<ContactSettings> contact,
    EngineRoutes routes)
{
    DateTime Now => time.GetUtcNow().UtcDateTime;

    // Inside the change: whoever lost the role since the page was opened sends nothing.
    Task<bool> MaySend() => actors.May(me.Asking, MailingPermissions.Send);

    /// <summary>Checked when it is shown and again when it is scheduled. A draft may be older than a rule.</summary>
    public async Task<IReadOnlyList<Obstacle>> Obstacles(Mailing mailing, CancellationToken ct = default)
    {
        var found = new List<Obstacle>();
        if (!await db.MailKinds.AnyAsync(k => k.Id == mailing.KindId && k.EndedAt == null && k.Use == MailKindUse.Mail, ct))
            found.Add(new("Form.Kind", "mailing.problem.gone-kind"));
        else if (await mailing.Audience.RefersToDeleted(db, ct)) found.Add(new("Form.c-", "mailing.problem.gone"));
        else if (!await (await Audience.Receivers(mailing, db, ct)).AnyAsync(ct)) found.Add(new("Form.c-", "mailing.problem.nobody"));
        var fields = await MergeFields.On(db, ct);
        foreach (var content in mailing.Contents)
            found.AddRange(ContentFault.In(content, fields).Select(f => new Obstacle(ContentForm.Prefix + f.Field, f.Text, f.Of)));
        if (found.Count == 0)
            foreach (var missing in await MissingValues.Of(mailing, fields, db, ct))
                found.Add(new("Form.Text", "mailing.problem.no-value", missing.ToString()));
        if (await MailFiles.SizeIn(mailing, db, ct) is > MailFile.MaxMessage and var large)
            found.Add(new("files", "mailing.problem.message-large", (large / 1_000_000 + 1).ToString(), mailing.Url + "/files"));
        if (!(await contact.Get(ct)).IsComplete)
            found.Add(new("postalAddress", "mailing.problem.sender", Url: "/staff/settings/contact"));
        if (!mailing.TimeIsDecided) found.Add(new("Form.Date", "mailing.problem.undecided"));
        if (mailing.Start(db.Site.Zone)?.RefusedAt(Now) == ScheduleRefusal.Past) found.Add(new("Form.Date", "mailing.problem.past"));
        return found;
    }

    /// <param name="rev">The version that was displayed.</param>
    /// <param name="shown">The start time that was displayed; null for "at once".</param>
    /// <param name="sure">The user confirmed a start more than a year ahead.</param>
    public async Task<ScheduleRefusal?> Reserve(long id, int rev, DateTime? shown, bool sure)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Mailing>(id);
        if (!await MaySend()) return ScheduleRefusal.NotAllowed;
        if (change.Row is not { IsTest: false } mailing) return ScheduleRefusal.NotFound;
        // Double click: the first one succeeded.
        if (mailing.IsReserved && !mailing.HasChangedSince(rev + 1)) return null;
        if (mailing.HasChangedSince(rev)) return ScheduleRefusal.EditConflict;
        if (mailing.State != MailingState.Draft) return ScheduleRefusal.TooLate;
        await db.LoadContents(mailing);
        if ((await Obstacles(mailing)).Count > 0) return ScheduleRefusal.Incomplete;
        var start = mailing.Start(db.Site.Zone);
        if (start?.Utc != shown) return ScheduleRefusal.EditConflict;
        return start?.RefusedAt(Now, sure) ?? await Schedule(change, mailing, start, "mailing.reserve");
    }

    /// <summary>
    /// Reschedules a scheduled mailing. Nothing else changes, so it stays scheduled; one that was taken back is a draft still, to be
    /// confirmed.
    /// </summary>
    /// <inheritdoc cref="Reserve"/>
    public async Task<ScheduleRefusal?> ChangeTime(long id, int rev, StartTime start, bool sure)
    {
        await using var change = await db.Change<Mailing>(id);
        if (!await MaySend()) return ScheduleRefusal.NotAllowed;
        if (start.RefusedAt(Now, sure) is { } refusal) return refusal;
        if (change.Row is not { IsTest: false } mailing) return ScheduleRefusal.NotFound;
        if (mailing.HasChangedSince(rev)) return ScheduleRefusal.EditConflict;
        if (mailing.IsReadyAtEngine(Now)) return await ChangeTimeAtEngine(change, mailing, start);
        if (mailing.TakenBack)
        {
            mailing.ChooseTime(me.Id!.Value, start, db.Site.Zone.Id, Now);
            audit.Did("mailing.time", "#" + mailing.Id);
            await change.Commit();
            return null;
        }
        if (!mailing.CanTakeBack) return ScheduleRefusal.TooLate;
        return await Schedule(change, mailing, start, "mailing.time");
    }

    /// <summary>The engine hears of it, unless it is too far away for the offer that it has.</summary>
    async Task<ScheduleRefusal?> ChangeTimeAtEngine(Change<Mailing> change, Mailing mailing, StartTime start)
    {
        var handOff = await db.HandOffs.FirstOrDefaultAsync(h => h.MailingId == mailing.Id);
        if (start.Utc > mailing.StartAt + HandOff.MaxDelay || handOff?.SendUntil < start.Utc + HandOff.Patience - HandOff.MaxDelay)
            return ScheduleRefusal.AtEngine;
        if (await approval.IsNeeded(mailing)) return ScheduleRefusal.Approved;
        // As long as it was to take.
        if (handOff is { Eta: { } eta }) handOff.Eta = eta + (start.Utc - mailing.StartAt!.Value);
        var before = mailing.State;
        mailing.ChangeTimeAtEngine(me.Id!.Value, start, db.Site.Zone.Id, Now);
        await Commit(change, mailing, before, "mailing.time");
        return null;
    }

    async Task<ScheduleRefusal?> Schedule(Change<Mailing> change, Mailing mailing, StartTime? start, string act)
    {
        var before = mailing.State;
        mailing.Schedule(me.Id!.Value, start, db.Site.Zone.Id, Now);
        await AskIfMissing(mailing);
        await Commit(change, mailing, before, act);
        return null;
    }

    async Task AskIfMissing(Mailing mailing)
    {
        if (!await approval.IsMissing(mailing)) return;
        mailing.AskApproval();
        await approvals.Ask(mailing);
    }

    /// <summary>Back to a draft.</summary>
    public Task<ScheduleRefusal?> TakeBack(long id) =>
        Do(id, "mailing.take-back", m => m.CanTakeBack, m => m.Unschedule(me.Id!.Value, Now));

    public Task<ScheduleRefusal?> Pause(long id) => Do(id, "mailing.pause", m => m.CanPause, m => m.Pause(me.Id!.Value));

    public Task<ScheduleRefusal?> Resume(long id) => Do(id, "mailing.resume", m => m.CanResume, m => m.Resume(me.Id!.Value, Now));

    /// <summary>Stops it permanently.</summary>
    public Task<ScheduleRefusal?> Cancel(long id) => Do(id, "mailing.cancel", m => m.CanCancel, m => m.Cancel(me.Id!.Value, Now));

    /// <summary>Sends a mailing now whose time passed while no server was running. What was approved was that time and no other.</summary>
    public Task<ScheduleRefusal?> SendLate(long id) =>
        Do(id, "mailing.send-late", m => m.CanSendLate, m => m.SendLate(me.Id!.Value, Now), AskIfMissing);

    async Task<ScheduleRefusal?> Do(
        long id, string act, Func<Mailing, bool> may, Action<Mailing> change, Func<Mailing, Task>? then = null)
    {
        await using var open = await db.Change<Mailing>(id);
        if (!await MaySend()) return ScheduleRefusal.NotAllowed;
        if (open.Row is not { } mailing) return ScheduleRefusal.NotFound;
        if (!may(mailing)) return ScheduleRefusal.TooLate;
        var before = mailing.State;
        change(mailing);
        if (then is not null) await then(mailing);
        await Commit(open, mailing, before, act);
        return null;
    }

    async Task Commit(Change<Mailing> change, Mailing mailing, MailingState before, string act)
    {
        db.Publish(mailing, before);
        audit.Did(act, "#" + mailing.Id);
        db.Schedule(MailingSender.Queue, routes.BeginsAt(db.Site, mailing) is { } at && at > Now ? at : Now);
        await change.Commit();
    }

    /// <summary>How many people get a test at once.</summary>
    public const int MaxTests = 20;

    /// <summary>Who can get a test: those of staff who have an address. What mail they agreed to does not matter.</summary>
    public static IQueryable<Member> TestReaders(SiteDb db) =>
        db.Members.Active().Where(m => m.Role != null && m.Email != null && m.Email != "");

    /// <summary>
    /// Sends one message each to people of staff, by the same path as any mailing: with their own values, and in their language. Repeating
    /// a key sends nothing. Who is no staff any more gets nothing.
    /// </summary>
    /// <param name="mailing">With its contents.</param>
    /// <param name="subject">Makes a subject that says that it is a test.</param>
    /// <param name="key">Of the form.</param>
    /// <param name="to">Ids of members of staff; empty for the current user.</param>
    /// <param name="variant">The variant that they get.</param>
    public async Task<ScheduleRefusal?> SendTest(
        Mailing mailing, Func<string, string> subject, Guid key, IReadOnlyCollection<long>? to = null, byte variant = 0)
    {
        if (!await actors.May(me.Asking, MailingPermissions.Write)) return ScheduleRefusal.NotAllowed;
        var wanted = to is { Count: > 0 } ? to : [me.Id!.Value];
        var readers = await TestReaders(db).Where(m => wanted.Contains(m.Id)).OrderBy(m => m.Id).Take(MaxTests).Select(m => m.Id)
            .ToListAsync();
        if (readers.Count == 0) return ScheduleRefusal.Incomplete;
        foreach (var reader in readers) await SendTest(mailing, subject, KeyOf(key, reader), reader, variant);
        return null;
    }

    static Guid KeyOf(Guid form, long reader)
    {
        Span<byte> named = stackalloc byte[24];
        form.TryWriteBytes(named);
        BinaryPrimitives.WriteInt64LittleEndian(named[16..], reader);
        return new(SHA256.HashData(named).AsSpan(0, 16));
    }

    async Task SendTest(Mailing mailing, Func<string, string> subject, Guid key, long to, byte variant)
    {
        // The same key from a stale page whose content has since changed still sends a new message.
        var contents = mailing.Contents.ConvertAll(c => c.Copy());
        foreach (var content in contents) content.Subject = Truncate.To(MailingContent.MaxSubjectLength, subject(content.Subject));
        var sent = await db.Mailings.AsNoTracking().Include(m => m.Contents).FirstOrDefaultAsync(m => m.FormKey == key);
        if (sent is not null)
        {
            if (SaysTheSame(sent.Contents, contents)
                && (sent.Winner, sent.EmbedsPictures, sent.FilesJson) == (variant, mailing.EmbedsPictures, mailing.FilesJson))
                return;
            key = Guid.NewGuid();
        }
        var test = new Mailing
        {
            FormKey = key,
            TestOfId = mailing.Id,
            TestToId = to,
            KindId = mailing.KindId,
            Title = mailing.Title,
            Contents = contents,
            EmbedsPictures = mailing.EmbedsPictures,
            FilesJson = mailing.FilesJson,
            // Nothing is tried out on the reader of a test: they get the one that was asked for.
            Winner = variant,
            CreatedBy = me.Id!.Value,
            CreatedAt = Now,
        };
        test.Schedule(me.Id!.Value, null, db.Site.TimeZone, Now);
        db.Mailings.Add(test);
        db.Schedule(MailingSender.Queue, Now);
        try { await db.SaveChangesAsync(); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            // The same form, sent twice at once: the other one made it.
            db.ChangeTracker.Clear();
        }
    }

    static bool SaysTheSame(List<MailingContent> some, List<MailingContent> others) =>
        some.Count == others.Count
        && some.TrueForAll(c => others.Exists(o => (o.Variant, o.Language) == (c.Variant, c.Language) && o.Says(c)));
}
