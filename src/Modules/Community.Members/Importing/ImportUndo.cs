using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Undoes an import step by step: new members are deleted, changed values are as before. What somebody has changed since stays, and is
/// listed.
/// </summary>
public sealed class ImportUndo(SiteDb db, ModuleList modules, Memberships memberships, Audit audit, TimeProvider time)
{
    const int Step = 200;

    // What an import itself writes of a new member.
    static readonly Type[] own =
    [
        typeof(Member),
        typeof(AttributeValue),
        typeof(GroupMembership),
        typeof(MemberTag),
        typeof(ConsentState),
        typeof(ConsentEvent), typeof(ConsentProof),
        typeof(ImportedMember),
        typeof(ImportProblem),
        typeof(SystemMail),
        typeof(AuditRecord),
    ];

    internal async Task Run(MemberImport import, CancellationToken ct)
    {
        var turn = new Turn(db, time);
        while (await Next(import.Id, await turn.Ends(ct), ct)) { }
    }

    async Task<bool> Next(long id, bool last, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<MemberImport>(id, ct);
        if (change.Row is not { State: ImportState.Undoing } import) return false;
        var after = import.UndoneUpTo;
        var rows = await db
            .ImportedMembers.Where(m => m.ImportId == id && m.MemberId > after)
            .OrderBy(m => m.MemberId)
            .Take(Step)
            .ToListAsync(ct);
        await Delete([.. rows.Where(r => r.IsNew)], ct);
        await Restore([.. rows.Where(r => !r.IsNew)], import, ct);
        import.Left += rows.Count(r => r.LeftText is not null);
        import.Undone += rows.Count(r => r.LeftText is null);
        if (rows.Count > 0) import.UndoneUpTo = rows[^1].MemberId;
        var more = rows.Count == Step;
        if (!more)
        {
            (import.State, import.EndedAt) = (ImportState.Undone, db.Now);
            audit.DidInWork(import.ChangedBy, "members.import-undone", import.Undone, "import " + id);
            db.Touch(ContentVersions.People);
        }
        else if (last) db.Enqueue(new RunImport(id));
        await db.SaveChangesAsync(ct);
        await Faults.At("import.undo", db.Site);
        await change.Commit(ct);
        return more && !last;
    }

    async Task Delete(List<ImportedMember> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        var ids = rows.ConvertAll(r => r.MemberId);
        var members = await db.Members.AsNoTracking().Where(m => ids.Contains(m.Id)).ToDictionaryAsync(m => m.Id, ct);
        var values = await db.ValuesOf(ids, (await db.Attributes(ct)).All, ct);
        var decided = (await db.ConsentEvents.Where(c => ids.Contains(c.MemberId) && c.Source != ConsentSource.Import)
            .Select(c => c.MemberId).ToListAsync(ct)).ToHashSet();
        var used = new HashSet<long>();
        var imported = rows.ToDictionary(r => r.MemberId, ValuesOf);
        var joined = await db.GroupMemberships.AsNoTracking().Where(g => ids.Contains(g.MemberId)).ToListAsync(ct);
        // A rule puts members into its group by itself.
        used.UnionWith(
            joined.Where(g => g is { ByHand: true, ByRule: false } && !IsImported(imported[g.MemberId], g)).Select(g => g.MemberId)
        );
        used.UnionWith(
            (await db.MemberTags.AsNoTracking().Where(t => ids.Contains(t.MemberId)).ToListAsync(ct))
                .Where(t => !IsImported(imported[t.MemberId], t))
                .Select(t => t.MemberId)
        );
        foreach (var data in modules.All.SelectMany(m => m.PersonalData).Where(d => !own.Contains(d.Entity)))
            used.UnionWith(await data.Named(db, ids, ct));
        foreach (var row in rows)
            row.LeftText = !members.TryGetValue(row.MemberId, out var member) ? null
                : member.LastSignInAt is not null ? "import.left.signed-in"
                : decided.Contains(member.Id) || member.MailStoppedAt is not null ? "import.left.decided"
                : member.ChangedAt is not null || row.Mark != ImportBatch.MarkOf(member, Of(member.Id)) ? "import.left.changed"
                : used.Contains(member.Id) ? "import.left.used"
                : null;
        var gone = rows.Where(r => r.LeftText is null && members.ContainsKey(r.MemberId)).Select(r => r.MemberId).ToList();
        await db.AttributeValues.Where(v => gone.Contains(v.MemberId)).ExecuteDeleteAsync(ct);
        var left = joined.Where(g => gone.Contains(g.MemberId) && g.JoinedAt != null).CountBy(g => g.GroupId).ToDictionary();
        foreach (var group in await db.LockedWhere<Group>(g => left.Keys.Contains(g.Id), ct)) group.MemberCount -= left[group.Id];
        await db.GroupMemberships.Where(g => gone.Contains(g.MemberId)).ExecuteDeleteAsync(ct);
        await db.MemberTags.Where(t => gone.Contains(t.MemberId)).ExecuteDeleteAsync(ct);
        await db.ConsentProofs.Where(p => gone.Contains(p.MemberId)).ExecuteDeleteAsync(ct);
        await db.ConsentStates.Where(c => gone.Contains(c.MemberId)).ExecuteDeleteAsync(ct);
        await db.SystemMails.Where(m => m.MemberId != null && gone.Contains(m.MemberId.Value)).ExecuteDeleteAsync(ct);
        await db.Members.Where(m => gone.Contains(m.Id)).ExecuteDeleteAsync(ct);
        foreach (var id in gone) db.Publish(new MemberDeleted(id));
        db.ImportedMembers.RemoveRange(rows.Where(r => r.LeftText is null));

        IEnumerable<(long, TypedValue)> Of(long member) =>
            values.TryGetValue(member, out var has) ? has.Select(v => (v.Key, v.Value)) : [];
    }

    async Task Restore(List<ImportedMember> rows, MemberImport import, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        var ids = rows.ConvertAll(r => r.MemberId);
        var members = await db.Members.Where(m => ids.Contains(m.Id)).ToDictionaryAsync(m => m.Id, ct);
        var attributes = await db.Attributes(ct);
        var values = await db.ValuesOf(ids, attributes.All, ct);
        var present = (await db.AttributeValues.Where(v => ids.Contains(v.MemberId)).ToListAsync(ct)).ToLookup(v =>
            (v.MemberId, v.AttributeId)
        );
        var kinds = await db.MailKinds.AsNoTracking().ToDictionaryAsync(k => ImportTargets.Consent + k.Key, k => k.Id, ct);
        var states = (await db.ConsentStates.Where(c => ids.Contains(c.MemberId)).ToListAsync(ct)).ToDictionary(c =>
            (c.MemberId, c.KindId)
        );
        var joined = await db.GroupMemberships.Where(g => ids.Contains(g.MemberId)).ToListAsync(ct);
        var tagged = await db.MemberTags.Where(t => ids.Contains(t.MemberId)).ToListAsync(ct);
        var leaving = new List<GroupMembership>();
        foreach (var row in rows)
        {
            if (!members.TryGetValue(row.MemberId, out var member)) continue;
            var left = false;
            foreach (var value in ValuesOf(row))
                left |= !(
                    value.Target.StartsWith(ImportTargets.Attribute, StringComparison.Ordinal) ? RestoreAttribute(member, value)
                    : value.Target.StartsWith(ImportTargets.Consent, StringComparison.Ordinal) ? Withdraw(member, value)
                    : value.Target is ImportTargets.Groups ? Leave(member, value)
                    : value.Target is ImportTargets.Tags ? Untag(member, value)
                    : RestoreOwn(member, value)
                );
            if (left)
                row.LeftText = "import.left.values";
            member.Saved(import.ChangedBy, db.Now);
        }
        var from = leaving.ConvertAll(g => g.GroupId);
        foreach (var group in await db.LockedWhere<Group>(g => from.Contains(g.Id), ct))
            await memberships.RemoveAll(
                group, [.. leaving.Where(g => g.GroupId == group.Id).Select(g => g.MemberId)], import.ChangedBy ?? import.StartedBy, ct
            );

        bool Leave(Member member, ImportedValue value)
        {
            if (joined.Find(g => g.MemberId == member.Id && IsImported([value], g)) is not { } row) return false;
            // In by the rule, too: that stays.
            if (row.ByRule) row.ByHand = false;
            else leaving.Add(row);
            return true;
        }

        bool Untag(Member member, ImportedValue value)
        {
            if (tagged.Find(t => t.MemberId == member.Id && IsImported([value], t)) is not { } row) return false;
            db.MemberTags.Remove(row);
            return true;
        }

        bool RestoreAttribute(Member member, ImportedValue value)
        {
            if (attributes.OfKey(value.Target[ImportTargets.Attribute.Length..]) is not { RetypingSince: null } attribute) return false;
            var now = values.GetValueOrDefault(member.Id)?.GetValueOrDefault(attribute.Id);
            if (ImportBatch.Written(now) != ImportBatch.Written(Read(value.After))) return false;
            db.SetValue(member.Id, attribute, Read(value.Before), [.. present[(member.Id, attribute.Id)]]);
            return true;
        }

        bool Withdraw(Member member, ImportedValue value)
        {
            if (!kinds.TryGetValue(value.Target, out var kind) || !states.TryGetValue((member.Id, kind), out var state)) return false;
            // Whoever has stopped since keeps it so.
            if (!state.Granted) return true;
            (state.Granted, state.Since) = (false, db.Now);
            db.ConsentEvents.Add(
                new()
                {
                    MemberId = member.Id,
                    KindId = kind,
                    Action = ConsentAction.Withdraw,
                    At = db.Now,
                    Source = ConsentSource.Import,
                    ActorId = import.ChangedBy,
                    Text = $"#{import.Id}",
                }
            );
            return true;
        }
    }

    static IReadOnlyList<ImportedValue> ValuesOf(ImportedMember row) =>
        row.Values is null ? [] : JsonSerializer.Deserialize<List<ImportedValue>>(row.Values)!;

    static bool IsImported(IReadOnlyList<ImportedValue> values, GroupMembership row) =>
        !row.IsLeader && row.JoinedAt is { } at && values.Any(v => ImportedPlaces.Says(v, ImportTargets.Groups, row.GroupId, at));

    static bool IsImported(IReadOnlyList<ImportedValue> values, MemberTag row) =>
        values.Any(v => ImportedPlaces.Says(v, ImportTargets.Tags, row.TagId, row.At));

    static bool RestoreOwn(Member member, ImportedValue value)
    {
        switch (value.Target)
        {
            case ImportTargets.Name when member.Name == value.After: member.Rename(value.Before!); return true;
            case ImportTargets.Language when member.Language == value.After: member.Language = value.Before; return true;
            // Once it was used, it is replaced by our own.
            case ImportTargets.Password when member.PasswordHash is { } hash && ForeignHash.IsForeign(hash) && member.LastSignInAt is null:
                member.PasswordHash = null;
                return true;
            default: return false;
        }
    }

    static TypedValue? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<TypedValue>(json);
}
