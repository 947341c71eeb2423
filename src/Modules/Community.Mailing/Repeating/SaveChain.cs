using System.Globalization;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>A step as typed.</summary>
public sealed record StepFields(string? Days, string? Time, string? Mailing);

/// <summary>A chain as typed.</summary>
public sealed record ChainFields(
    string? Name,
    long Kind,
    ChainTrigger Trigger,
    int Weekdays,
    long? Attribute,
    Chosen Entry,
    Chosen Stay,
    Chosen Exit,
    bool Again,
    string? Limit,
    IReadOnlyList<StepFields> Steps
);

/// <summary>Makes, changes, starts, stops and deletes chains.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveChain(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    /// <returns>The new chain's id; null if it was not made.</returns>
    public async Task<long?> Make(Reader actor, ChainFields fields, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MailingPermissions.Write);
        if (await db.Chains.CountAsync(ct) >= Chain.MaxChains) problems.Add("Name", texts["mailing.chain.full", Chain.MaxChains]);
        var chain = new Chain { CreatedBy = staff.Id!.Value, CreatedAt = Now };
        if (!await Write(chain, staff, fields, problems, ct)) return null;
        db.Chains.Add(chain);
        audit.Did("mailing.chain-saved", chain.Name);
        await change.Commit(ct);
        return chain.Id;
    }

    /// <param name="version">The <see cref="Chain.Version"/> that the actor saw; null to overwrite.</param>
    /// <returns>False if it was not saved.</returns>
    /// <exception cref="Members.EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Change(Reader actor, long id, ChainFields fields, long? version, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change<Chain>(id, ct);
        var staff = await actors.Require(actor, MailingPermissions.Write);
        if (change.Row is not { } chain) return false;
        // What it says from now on goes out by itself.
        if (chain.IsOn) staff = await actors.Require(actor, MailingPermissions.Send);
        if (version is not null && version != chain.Version)
            throw await Members.EditConflict.Of(db, chain.ChangedBy, chain.ChangedAt, ct);
        await db.Entry(chain).Collection(c => c.Steps).LoadAsync(ct);
        if (!await Write(chain, staff, fields, problems, ct)) return false;
        if (chain.IsOn) chain.LookAt = Now;
        if (chain.IsOn) db.Schedule(MailingSender.Queue, Now);
        audit.Did("mailing.chain-saved", chain.Name);
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Starts it, or stops it. Stopped, nobody begins and nothing is made; started again, everybody goes on where they were.
    /// </summary>
    public async Task Switch(Reader actor, long id, bool on, CancellationToken ct)
    {
        await using var change = await db.Change<Chain>(id, ct);
        var staff = await actors.Require(actor, MailingPermissions.Send);
        if (change.Row is not { } chain || chain.IsOn == on) return;
        if (on && await IsBroken(chain, ct)) throw new Refused("mailing.chain.broken");
        (chain.StartedAt, chain.StartedBy, chain.LookAt) = (on ? Now : (DateTime?)null, on ? staff.Id : null, on ? Now : (DateTime?)null);
        if (on)
        {
            // The days of the week that passed meanwhile are not made up for.
            chain.LastOn = null;
            db.Schedule(MailingSender.Queue, Now);
        }
        audit.Did(on ? "mailing.chain-started" : "mailing.chain-stopped", chain.Name);
        await change.Commit(ct);
    }

    /// <summary>Deletes one that does not run. The mailings that it made stay.</summary>
    public async Task Delete(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change<Chain>(id, ct);
        await actors.Require(actor, MailingPermissions.Write);
        if (change.Row is not { } chain) return;
        if (chain.IsOn) throw new Refused("mailing.chain.runs");
        await db.ChainPlaces.Where(p => p.ChainId == id).ExecuteDeleteAsync(ct);
        db.Chains.Remove(chain);
        audit.Did("mailing.chain-deleted", chain.Name);
        await change.Commit(ct);
    }

    async Task<bool> IsBroken(Chain chain, CancellationToken ct)
    {
        foreach (var chosen in new[] { chain.Entry, chain.Stay, chain.Exit })
            if (await chosen.RefersToDeleted(db, ct)) return true;
        var steps = await db.ChainSteps.Where(s => s.ChainId == chain.Id).Select(s => s.MailingId).ToListAsync(ct);
        return steps.Count == 0 || await db.Mailings.CountAsync(m => steps.Contains(m.Id), ct) < steps.Distinct().Count()
            || !await db.MailKinds.AnyAsync(k => k.Id == chain.KindId && k.EndedAt == null && k.Use == MailKindUse.Mail, ct);
    }

    async Task<bool> Write(Chain chain, Reader staff, ChainFields fields, Problems problems, CancellationToken ct)
    {
        problems.Name("Name", fields.Name, texts, "mailing.chain.name.missing");
        problems.Limit("Name", fields.Name, Chain.MaxNameLength, texts);
        if (!await db.MailKinds.AnyAsync(k => k.Id == fields.Kind && k.EndedAt == null && k.Use == MailKindUse.Mail, ct))
            problems.Add("Kind", texts["mailing.problem.kind"]);
        if (fields.Trigger is ChainTrigger.Weekly && (fields.Weekdays & 127) == 0)
            problems.Add("Days", texts["mailing.chain.days.missing"]);
        if (fields.Trigger is ChainTrigger.Birthday && !(await db.Attributes(ct)).All.Any(a =>
                a.Id == fields.Attribute && a.Type is AttributeType.Birthday && a.RetiredAt is null && a.IsVisibleTo(staff)))
            problems.Add("Attribute", texts["mailing.chain.attribute.missing"]);
        var limit = Number(fields.Limit, 1, Chain.MaxLimitDays);
        if (limit is null) problems.Add("Limit", texts["mailing.chain.limit.wrong", Chain.MaxLimitDays]);
        foreach (var chosen in new[] { fields.Entry, fields.Stay, fields.Exit })
            if (!await chosen.IsOpenTo(staff, db, ct)) problems.Add("Name", texts["staff.segments.closed"]);
            else if (await chosen.RefersToDeleted(db, ct)) problems.Add("Name", texts["mailing.problem.gone"]);
        var steps = await Steps(fields, problems, ct);
        if (problems.Any) return false;
        (chain.Name, chain.KindId, chain.Trigger) = (Naming.Kept(fields.Name!), fields.Kind, fields.Trigger);
        (chain.Weekdays, chain.AttributeId) = (fields.Weekdays & 127, fields.Trigger is ChainTrigger.Birthday ? fields.Attribute : null);
        (chain.EntryJson, chain.StayJson, chain.ExitJson) = (fields.Entry.ToJson(), fields.Stay.ToJson(), fields.Exit.ToJson());
        (chain.Again, chain.LimitDays, chain.ChangedBy, chain.ChangedAt) = (fields.Again, limit!.Value, staff.Id, Now);
        // A step keeps its row: what it has made already is known by that.
        foreach (var (step, position) in steps.Select((s, i) => (s, i)))
        {
            var row = chain.Steps.Find(s => s.Position == position);
            if (row is null) chain.Steps.Add(row = new() { Position = position });
            (row.AfterDays, row.LocalTime, row.MailingId) = step;
        }
        chain.Steps.RemoveAll(s => s.Position >= steps.Count);
        return true;
    }

    async Task<List<(int Days, string Time, long Mailing)>> Steps(ChainFields fields, Problems problems, CancellationToken ct)
    {
        var steps = new List<(int, string, long)>();
        if (fields.Steps.Count == 0) problems.Add("step0-mailing", texts["mailing.chain.steps.missing"]);
        var before = -1;
        foreach (var (step, i) in fields.Steps.Take(fields.Trigger is ChainTrigger.Weekly ? 1 : Chain.MaxSteps).Select((s, i) => (s, i)))
        {
            var days = fields.Trigger is ChainTrigger.Weekly ? 0 : Number(step.Days, 0, Chain.MaxDays);
            if (days is null || days < before) problems.Add($"step{i}-days", texts["mailing.chain.after.wrong", Chain.MaxDays]);
            if (!TimeOnly.TryParseExact(step.Time, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                problems.Add($"step{i}-time", texts["mailing.problem.when"]);
            if (!long.TryParse(step.Mailing, out var mailing) || await db.FindMailing(mailing, ct) is null)
                problems.Add($"step{i}-mailing", texts["mailing.chain.mailing.missing"]);
            steps.Add((before = days ?? before, step.Time ?? "", mailing));
        }
        return steps;
    }

    static int? Number(string? typed, int from, int to) =>
        int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= from && n <= to ? n : null;

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
