using System.Globalization;
using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Everything that a merge changed, as JSON in <see cref="MemberMerge.Data"/>.</summary>
/// <param name="Lists">What was done to the rows of each list, in that order.</param>
/// <param name="Before">The kept member's row as it was.</param>
/// <param name="After">The same after the merge.</param>
/// <param name="Withdrawn">The kept member's consents that were withdrawn, as they were.</param>
/// <param name="At">When they were withdrawn.</param>
/// <param name="Replaced">Rows of the kept member that the other's took the place of.</param>
/// <param name="Suppression">The suppression that was added.</param>
public sealed record MergeRecord(
    List<MergedRows> Lists,
    Dictionary<string, JsonElement> Before,
    Dictionary<string, JsonElement> After,
    List<Dictionary<string, JsonElement>> Withdrawn,
    DateTime At,
    List<MergedRows> Replaced,
    string? Suppression
);

/// <summary>
/// Makes two members one, in one transaction: what each module lists of the other becomes the kept member's. The lower right and the
/// stricter consent win. It can be undone for <see cref="MemberMerge.UndoDays"/> days.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
/// <exception cref="Refused">These two cannot be made one.</exception>
public sealed class MergeMembers(
    SiteDb db, Actors actors, Audit audit, ModuleList modules, StaffRoles roles, Suppress suppress, TimeProvider time)
{
    /// <summary>What the merge would do.</summary>
    public async Task<MergePlan> Plan(Reader actor, long kept, long gone, CancellationToken ct)
    {
        var staff = await actors.Require(actor, MembersPermissions.Merge);
        var (one, other) = (await Load(kept, ct), await Load(gone, ct));
        await Check(staff, one, other, ct);
        var rows = new List<(string, string, int, int)>();
        foreach (var module in modules.All)
            foreach (var list in module.PersonalData.Where(d => d.Name is not null && d.Entity != typeof(Member)))
                if (await list.CountMerge(db, kept, gone, ct) is { } count && count != (0, 0))
                    rows.Add((module.Name, list.Name!, count.Moved, count.Dropped));
        var withdrawn = MergeRules.Withdrawn(one, other);
        return new(
            rows,
            await Conflicts(staff, one, other, ct),
            await MergeRules.LowerRole(one.Role, other.Role, roles, ct),
            await db.MailKinds.Where(k => withdrawn.Contains(k.Id)).OrderBy(k => k.Position).Select(k => k.Name).ToListAsync(ct),
            other.MailStoppedAt > (one.MailStoppedAt ?? DateTime.MinValue),
            await MergeRules.SuppressionOf(db, other, ct) is not null,
            other.SuspendedAt is not null && one.SuspendedAt is null
        );
    }

    Task<Member> Load(long id, CancellationToken ct) => Loaded(db.Members.AsNoTracking().Include(m => m.Consents), id, ct);

    static async Task<Member> Loaded(IQueryable<Member> members, long id, CancellationToken ct) =>
        await members.FirstOrDefaultAsync(m => m.Id == id, ct) ?? throw new Refused("staff.member.gone");

    async Task Check(Reader staff, Member kept, Member gone, CancellationToken ct)
    {
        if (kept.Id == gone.Id) throw new Refused("staff.merge.refused.same");
        if (staff.Is(gone.Id)) throw new Refused("staff.merge.refused.yourself");
        if ((kept.Role ?? gone.Role) is not null && !staff.May(MembersPermissions.Roles)) throw new Denied();
        // The lower role wins, so a site could lose its last administrator.
        // Nobody reaches the account of a colleague who may more than they.
        if (!await roles.Reaches(staff, kept, ct) || !await roles.Reaches(staff, gone, ct)) throw new Denied();
        var left = await MergeRules.LowerRole(kept.Role, gone.Role, roles, ct);
        var (a, b) = (kept.Id, gone.Id);
        if (
            (kept.Role is Roles.Administrator || gone.Role is Roles.Administrator) && left is not Roles.Administrator
            && !await db.Members.Active().AnyAsync(m => m.Role == Roles.Administrator && m.Id != a && m.Id != b, ct)
        )
            throw new Refused("staff.merge.refused.last");
    }

    async Task<List<MergeConflict>> Conflicts(Reader staff, Member kept, Member gone, CancellationToken ct)
    {
        var found = new List<MergeConflict>();
        if (kept.Name != gone.Name) found.Add(new("name", "members.name", kept.Name, gone.Name));
        if (kept.Bio != gone.Bio && gone.Bio.Length > 0) found.Add(new("bio", "members.bio", kept.Bio, gone.Bio));
        var (own, other) = (await db.ShownTo(staff, kept.Id, withMasked: true, ct), await db.ShownTo(staff, gone.Id, withMasked: true, ct));
        foreach (var value in own)
        {
            var second = other.First(o => o.Attribute.Id == value.Attribute.Id);
            var both = (value.Text is not null || value.IsMasked) && (second.Text is not null || second.IsMasked);
            if (both && (value.IsMasked || value.Text != second.Text))
                found.Add(new(
                    "attribute." + value.Attribute.Id.ToString(CultureInfo.InvariantCulture),
                    value.Attribute.Labels.For(AttributeTexts.Language).Text,
                    value.Text,
                    second.Text
                ));
        }
        return found;
    }

    /// <param name="actor">The acting staff member.</param>
    /// <param name="kept">The member who stays, with this address.</param>
    /// <param name="gone">The other.</param>
    /// <param name="fromGone">Fields of which the other's value is to stay, see <see cref="MergeConflict.Field"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The merge's id.</returns>
    public async Task<long> Merge(Reader actor, long kept, long gone, IReadOnlySet<string> fromGone, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Merge);
        if (kept == gone) throw new Refused("staff.merge.refused.same");
        // In the order of their ids, so that two merges of the same members wait for each other.
        foreach (var id in new[] { kept, gone }.Order()) await db.LockRow<Member>(id, ct);
        var (one, other) = (await Loaded(db.Members.Include(m => m.Consents), kept, ct), await Load(gone, ct));
        await Check(staff, one, other, ct);
        var type = db.Model.FindEntityType(typeof(Member))!;
        var now = Now;
        var record = new MergeRecord([], StoredRow.Of(type, one), [], [], now, [], null);
        record = record with { Suppression = await Consents(one, other, record, staff, ct) };
        Profile(one, other, fromGone, staff, now);
        one.Role = await MergeRules.LowerRole(one.Role, other.Role, roles, ct);
        await db.SaveChangesAsync(ct);
        await MakeRoom(kept, gone, fromGone, record, ct);
        db.ChangeTracker.Clear();
        foreach (var module in modules.All.Reverse())
            foreach (var list in module.PersonalData)
                if (await list.Merge(db, kept, gone, ct) is { } merged) record.Lists.Add(merged);
        db.ChangeTracker.Clear();
        await db.Members.Where(m => m.AddressTwin == gone).ExecuteUpdateAsync(
            s => s.SetProperty(m => m.AddressTwin, m => m.Id == kept ? null : (long?)kept), ct);
        await Recount(kept, ct);
        foreach (var (name, value) in StoredRow.Of(type, await db.Members.AsNoTracking().FirstAsync(m => m.Id == kept, ct)))
            record.After[name] = value;
        var row = new MemberMerge { KeptId = kept, GoneId = gone, At = now, MergedBy = staff.Id, Data = JsonSerializer.Serialize(record) };
        db.MemberMerges.Add(row);
        db.Publish(new MembersMerged(kept, gone));
        audit.Changed("members.merge", kept, "", $"#{gone}");
        db.Touch(ContentVersions.People);
        await change.Commit(ct);
        return row.Id;
    }

    /// <summary>The stricter consent wins. Both logs are kept: the other's entries move with its rows.</summary>
    /// <returns>The address hash of a suppression that was added; null for none.</returns>
    async Task<string?> Consents(Member kept, Member gone, MergeRecord record, Reader staff, CancellationToken ct)
    {
        var states = db.Model.FindEntityType(typeof(ConsentState))!;
        foreach (var kind in MergeRules.Withdrawn(kept, gone))
        {
            var state = kept.Consents.First(c => c.KindId == kind);
            record.Withdrawn.Add(StoredRow.Of(states, state));
            (state.Granted, state.Since) = (false, record.At);
            Log(kept.Id, kind, ConsentAction.Withdraw, record.At, staff);
        }
        if (gone.MailStoppedAt > (kept.MailStoppedAt ?? DateTime.MinValue)) kept.MailStoppedAt = gone.MailStoppedAt;
        if (await MergeRules.SuppressionOf(db, gone, ct) is not { } suppressed) return null;
        return await suppress.Hash(kept.AddressHash, suppressed.Reason, record.At, ct: ct) ? kept.AddressHash : null;
    }

    void Log(long member, long kind, ConsentAction action, DateTime at, Reader staff)
    {
        db.Publish(new ConsentChanged(member, kind, action is ConsentAction.Grant));
        db.ConsentEvents.Add(new ConsentEvent
        {
            MemberId = member,
            KindId = kind,
            Action = action,
            At = at,
            Source = ConsentSource.Staff,
            ActorId = staff.Id,
        });
    }

    void Profile(Member kept, Member gone, IReadOnlySet<string> fromGone, Reader staff, DateTime now)
    {
        if (fromGone.Contains("name")) kept.Rename(gone.Name);
        if (fromGone.Contains("bio") || kept.Bio.Length == 0) kept.Bio = gone.Bio;
        if (gone.JoinedAt < kept.JoinedAt) kept.JoinedAt = gone.JoinedAt;
        if (gone.LastSignInAt > (kept.LastSignInAt ?? DateTime.MinValue)) kept.LastSignInAt = gone.LastSignInAt;
        if (gone.SuspendedAt is not null && kept.SuspendedAt is null)
        {
            kept.Suspend(gone.SuspensionReason ?? "", staff.Id!.Value, now);
            (kept.SuspendedAt, kept.SuspendedBy, kept.SuspendedUntil) = (gone.SuspendedAt, gone.SuspendedBy, gone.SuspendedUntil);
            if (gone.SuspendedUntil is { } end) db.Enqueue(new EndSuspension(kept.Id), end);
        }
        // The stricter of both holds.
        kept.WarnedAt ??= gone.WarnedAt;
        if (gone.IsSilenced(now) && (!kept.IsSilenced(now) || gone.SilencedUntil is null || gone.SilencedUntil > kept.SilencedUntil))
            (kept.SilencedAt, kept.SilencedUntil) = (gone.SilencedAt, gone.SilencedUntil);
        kept.Saved(staff.Id, now);
    }

    /// <summary>
    /// Where both have a value of an attribute, the one that was not chosen goes as a whole, so that no value of several rows is mixed
    /// from both. A request to join gives way to a membership.
    /// </summary>
    async Task MakeRoom(long kept, long gone, IReadOnlySet<string> fromGone, MergeRecord record, CancellationToken ct)
    {
        var values = db.AttributeValues.AsNoTracking().Where(v => v.MemberId == kept || v.MemberId == gone);
        foreach (
            var attribute in (await values.ToListAsync(ct))
                .GroupBy(v => v.AttributeId)
                .Where(g => g.DistinctBy(v => v.MemberId).Count() > 1)
        )
        {
            var key = "attribute." + attribute.Key.ToString(CultureInfo.InvariantCulture);
            var loses = fromGone.Contains(key) ? kept : gone;
            await Drop(
                db.AttributeValues.Where(v => v.AttributeId == attribute.Key && v.MemberId == loses),
                nameof(AttributeValue.MemberId)
            );
        }
        var joined = db.GroupMemberships.Where(g => g.MemberId == gone && g.JoinedAt != null).Select(g => g.GroupId);
        await Drop(
            db.GroupMemberships.Where(g => g.MemberId == kept && g.JoinedAt == null && joined.Contains(g.GroupId)),
            nameof(GroupMembership.MemberId)
        );

        // As with roles, neither gets more than both had.
        var both = db.MemberPermissions.Where(p => p.MemberId == gone);
        await Drop(
            db.MemberPermissions.Where(p =>
                p.MemberId == kept && !both.Any(o => o.Permission == p.Permission && o.ThingId == p.ThingId)
            ),
            nameof(MemberPermission.MemberId)
        );

        async Task Drop<T>(IQueryable<T> rows, string column) where T : class
        {
            var type = db.Model.FindEntityType(typeof(T))!;
            var stored = (await rows.AsNoTracking().ToListAsync(ct)).ConvertAll(r => StoredRow.Of(type, r));
            if (stored.Count == 0) return;
            record.Replaced.Add(new(type.ClrType.Name, column, [], [], stored));
            await rows.ExecuteDeleteAsync(ct);
        }
    }

    async Task Recount(long member, CancellationToken ct)
    {
        var rows = db.GroupMemberships;
        await db.Groups.Where(g => rows.Any(r => r.GroupId == g.Id && r.MemberId == member)).ExecuteUpdateAsync(
            s => s.SetProperty(g => g.MemberCount, g => rows.Count(r => r.GroupId == g.Id && r.JoinedAt != null)), ct);
    }

    /// <summary>
    /// Makes two of the one again. What was moved and is still the kept member's goes back; what came since stays. Fields that somebody
    /// has changed since the merge stay as they are.
    /// </summary>
    /// <returns>False if it is too late.</returns>
    public async Task<bool> Undo(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change<MemberMerge>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Merge);
        if (change.Row is not { } merge || !merge.CanUndo(Now)) return false;
        var (record, kept, gone) = (JsonSerializer.Deserialize<MergeRecord>(merge.Data)!, merge.KeptId, merge.GoneId);
        await db.LockRow<Member>(kept, ct);
        (merge.UndoneAt, merge.UndoneBy, merge.Data) = (Now, staff.Id, "");
        await db.SaveChangesAsync(ct);
        db.ChangeTracker.Clear();
        var lists = modules.All.SelectMany(m => m.PersonalData).ToLookup(d => (d.Entity.Name, d.Column));
        foreach (var rows in record.Lists.AsEnumerable().Reverse())
            foreach (var list in lists[(rows.Entity, rows.Column)]) await list.Unmerge(db, kept, gone, rows, ct);
        foreach (var rows in record.Replaced)
            foreach (var list in lists[(rows.Entity, rows.Column)]) await list.Unmerge(db, kept, gone, rows, ct);
        db.ChangeTracker.Clear();
        await Restore(await Loaded(db.Members.Include(m => m.Consents), kept, ct), record, staff, ct);
        // Neither may go on in a session that the other opened.
        (await db.Members.FirstAsync(m => m.Id == gone, ct)).EndSessions();
        await db.SaveChangesAsync(ct);
        await Recount(kept, ct);
        await Recount(gone, ct);
        db.Publish(new MergeUndone(kept, gone));
        audit.Changed("members.unmerge", kept, "", $"#{gone}");
        db.Touch(ContentVersions.People);
        await change.Commit(ct);
        return true;
    }

    async Task Restore(Member kept, MergeRecord record, Reader staff, CancellationToken ct)
    {
        var (entry, type) = (db.Entry(kept), db.Model.FindEntityType(typeof(Member))!);
        var present = StoredRow.Of(type, kept);
        foreach (var property in type.GetProperties().Where(p => record.Before.ContainsKey(p.Name) && !p.IsPrimaryKey()))
        {
            var (before, after, now) = (record.Before[property.Name], record.After[property.Name], present[property.Name]);
            if (before.GetRawText() != after.GetRawText() && after.GetRawText() == now.GetRawText())
                entry.Property(property.Name).CurrentValue = before.Deserialize(property.ClrType);
        }
        kept.EndSessions();
        foreach (var stored in record.Withdrawn)
        {
            var kind = stored[nameof(ConsentState.KindId)].GetInt64();
            if (kept.Consents.FirstOrDefault(c => c.KindId == kind) is not { Granted: false } state || Differs(state.Since, record.At))
                continue;
            (state.Granted, state.Since) = (true, stored[nameof(ConsentState.Since)].GetDateTime());
            Log(kept.Id, kind, ConsentAction.Grant, Now, staff);
        }
        if (record.Suppression is { } hash && await db.Suppressions.FirstOrDefaultAsync(s => s.AddressHash == hash, ct) is { } added)
            if (!Differs(added.At, record.At)) db.Suppressions.Remove(added);
    }

    static bool Differs(DateTime one, DateTime other) => Math.Abs((one - other).TotalMilliseconds) > 1;

    DateTime Now => time.GetUtcNow().UtcDateTime;
}

/// <summary>Deletes what merged members were, when it is too late to undo the merge.</summary>
public sealed class ForgetMerges(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    public Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime.AddDays(-MemberMerge.UndoDays);
        return db.MemberMerges.Where(m => m.At < before && m.Data != "").ExecuteUpdateAsync(s => s.SetProperty(m => m.Data, ""), ct);
    }
}
