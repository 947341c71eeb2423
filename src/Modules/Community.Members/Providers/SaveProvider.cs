using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>What an administrator types of a provider.</summary>
public sealed record ProviderFields
{
    public string? Name { get; set; }
    public string? Issuer { get; set; }
    public string? ClientId { get; set; }
    /// <summary>Empty keeps the present one.</summary>
    public string? Secret { get; set; }
    public string? TeamId { get; set; }
    public string? KeyId { get; set; }
    public bool IsOn { get; set; }
    public bool ProvesSecondFactor { get; set; }
    public bool OnlyWayForStaff { get; set; }
    public int Rev { get; set; }
}

/// <summary>Sets up a provider, changes and removes it. Its secret goes in and never comes out: no page, record or log has it.</summary>
public sealed class SaveProvider(
    SiteDb db,
    Actors actors,
    Audit audit,
    ProviderSecrets secrets,
    ProviderConnections connections,
    CurrentMember current,
    IStringLocalizer texts,
    TimeProvider time
)
{
    /// <summary>The least for a signature with it (RFC 7518, 3.2).</summary>
    const int MinSigningSecret = 32;

    /// <param name="actor">Who may change settings.</param>
    /// <param name="id">The provider; null for a new one.</param>
    /// <param name="kind">Of a new one.</param>
    /// <param name="fields">What was typed.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The provider; null if it was not saved: <paramref name="problems"/> say why.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="Refused">It is gone.</exception>
    public async Task<Provider?> Save(
        Reader actor,
        long? id,
        ProviderKind kind,
        ProviderFields fields,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await actors.Require(actor, KernelPermissions.Settings);
        var before = id is null ? null : await db.Providers.AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, ct);
        if (id is not null && before is null) throw new Refused(ConnectProvider.Gone);
        var wanted = Read(before, kind, fields, problems);
        if (problems.Any) return null;
        // Asked outside the change: it may take seconds.
        if (wanted.IsOn && !await connections.Answers(wanted, secrets.Read(wanted)!, ct))
        {
            problems.Add("Issuer", texts["members.providers.problem.unreachable"]);
            return null;
        }
        await using var change = await db.Change(ct);
        await actors.Require(actor, KernelPermissions.Settings);
        if (!await MayBeOnly(actor, before, wanted, ct))
        {
            problems.Add("OnlyWayForStaff", texts["members.providers.problem.only"]);
            return null;
        }
        var row = before is null
            ? wanted
            : await db.Locked<Provider>(before.Id, ct) ?? throw new Refused(ConnectProvider.Gone);
        if (before is not null && row.Rev != fields.Rev)
        {
            problems.Add("", texts["members.providers.problem.newer"]);
            return null;
        }
        audit.Did("members.provider", "", Changes(before, wanted));
        if (before is null)
        {
            row.Key = await FreeKey(kind, ct);
            db.Providers.Add(row);
        }
        else Copy(wanted, row);
        (row.Rev, row.ChangedAt, row.ChangedBy) = (row.Rev + 1, time.GetUtcNow().UtcDateTime, actor.Id);
        try { await db.SaveChangesAsync(ct); }
        // Two forms for a provider of one kind, sent at once, found the same key free.
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("", texts["members.providers.problem.newer"]);
            return null;
        }
        if (row is { IsOn: true, OnlyWayForStaff: true })
        {
            var other = row.Id;
            await db.Providers.Where(p => p.Id != other).ExecuteUpdateAsync(s => s.SetProperty(p => p.OnlyWayForStaff, false), ct);
            var single = db.MemberPermissions;
            await db.Sessions.Where(s => s.Method != SignInMethod.Provider
                && (s.Member.Role != null || single.Any(p => p.MemberId == s.MemberId))).ExecuteDeleteAsync(ct);
        }
        await change.Commit(ct);
        return row;
    }

    /// <summary>Removes a provider with all accounts that were connected by it. The members stay; their passwords too.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="Refused">It is gone.</exception>
    public async Task Remove(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, KernelPermissions.Settings);
        var row = await db.Providers.FirstOrDefaultAsync(p => p.Id == id, ct) ?? throw new Refused(ConnectProvider.Gone);
        await db.ProviderAccounts.Where(a => a.ProviderId == id).ExecuteDeleteAsync(ct);
        db.Providers.Remove(row);
        audit.Did("members.provider-remove", "", [new("provider", row.Name)]);
        await change.Commit(ct);
    }

    /// <summary>
    /// For whoever works on the machine, when nobody of the staff comes in by their provider any more: all ways are open again.
    /// </summary>
    public async Task<bool> OpenAllWaysForStaff(CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        if (await db.Providers.Where(p => p.OnlyWayForStaff)
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.OnlyWayForStaff, false).SetProperty(p => p.Rev, p => p.Rev + 1), ct) == 0)
            return false;
        audit.Did("members.provider", "", [new("only-way-for-staff", "settings.yes", "settings.no")]);
        await change.Commit(ct);
        return true;
    }

    Provider Read(Provider? before, ProviderKind kind, ProviderFields fields, Problems problems)
    {
        var wanted = new Provider { Key = before?.Key ?? "", Kind = before?.Kind ?? kind, Id = before?.Id ?? 0, Rev = before?.Rev ?? 0 };
        var preset = wanted.Preset;
        wanted.Name = Line("Name", fields.Name, Provider.MaxNameLength, problems);
        wanted.Issuer = preset.Issuer.Length > 0 ? preset.Issuer : Line("Issuer", fields.Issuer, Provider.MaxLength, problems).TrimEnd('/');
        if (problems["Issuer"] is null && !connections.IsAllowed(wanted.Issuer))
            problems.Add("Issuer", texts["members.providers.problem.issuer"]);
        wanted.ClientId = Line("ClientId", fields.ClientId, Provider.MaxLength, problems);
        if (preset.SecretIsKey)
        {
            wanted.TeamId = Line("TeamId", fields.TeamId, Provider.MaxNameLength, problems);
            wanted.KeyId = Line("KeyId", fields.KeyId, Provider.MaxNameLength, problems);
        }
        (wanted.Secret, wanted.SecretAt) = (before?.Secret ?? [], before?.SecretAt);
        var secret = fields.Secret?.Trim() ?? "";
        if (secret.Length > 0)
        {
            if (secret.Length > Provider.MaxSecretLength || (preset.SecretIsKey && !AppleSecret.IsKey(secret)))
                problems.Add("Secret", texts[preset.SecretIsKey ? "members.providers.problem.key" : "members.providers.problem.secret"]);
            else if (preset.SignsWithSecret && secret.Length < MinSigningSecret)
                problems.Add("Secret", texts["members.providers.problem.secret-short", MinSigningSecret]);
            else (wanted.Secret, wanted.SecretAt) = (secrets.Keep(secret), time.GetUtcNow().UtcDateTime);
        }
        else if (before is null || secrets.Read(before) is null) problems.Add("Secret", texts["members.providers.problem.missing"]);
        (wanted.IsOn, wanted.ProvesSecondFactor) = (fields.IsOn, fields.ProvesSecondFactor);
        wanted.OnlyWayForStaff = fields.OnlyWayForStaff && fields.IsOn;
        return wanted;
    }

    string Line(string field, string? typed, int max, Problems problems)
    {
        var text = typed?.Trim() ?? "";
        if (text.Length == 0)
            problems.Add(field, texts["members.providers.problem.missing"]);
        else if (text.Length > max || Naming.Read(text).Problem is not null)
            problems.Add(field, texts["members.providers.problem.text", max]);
        return text;
    }

    // Whoever makes it the only way in has come by it: else one mistake in its keys would lock all staff out.
    async Task<bool> MayBeOnly(Reader actor, Provider? before, Provider wanted, CancellationToken ct) =>
        !wanted.OnlyWayForStaff
        || before?.OnlyWayForStaff == true
        || (current.SignedIn?.Method is SignInMethod.Provider
            && await db.ProviderAccounts.AnyAsync(a => a.MemberId == actor.Id && a.ProviderId == wanted.Id, ct));

    static List<AuditChange> Changes(Provider? before, Provider wanted) =>
        AuditChange.Of(
            new AuditChange("provider", before?.Name, wanted.Name),
            AuditChange.Value("provider-issuer", before?.Issuer, wanted.Issuer),
            AuditChange.Value("provider-client", before?.ClientId, wanted.ClientId),
            before is null || before.SecretAt != wanted.SecretAt ? new("provider-secret") : null,
            YesNo("provider-on", before?.IsOn ?? false, wanted.IsOn),
            YesNo("proves-second-factor", before?.ProvesSecondFactor ?? false, wanted.ProvesSecondFactor),
            YesNo("only-way-for-staff", before?.OnlyWayForStaff ?? false, wanted.OnlyWayForStaff)
        );

    static AuditChange? YesNo(string field, bool from, bool to) =>
        from == to ? null : new(field, from ? "settings.yes" : "settings.no", to ? "settings.yes" : "settings.no");

    static void Copy(Provider from, Provider to)
    {
        (to.Name, to.Issuer, to.ClientId, to.TeamId, to.KeyId) = (from.Name, from.Issuer, from.ClientId, from.TeamId, from.KeyId);
        (to.Secret, to.SecretAt) = (from.Secret, from.SecretAt);
        (to.IsOn, to.ProvesSecondFactor, to.OnlyWayForStaff) = (from.IsOn, from.ProvesSecondFactor, from.OnlyWayForStaff);
    }

    async Task<string> FreeKey(ProviderKind kind, CancellationToken ct)
    {
        var first = kind is ProviderKind.Other ? "openid" : kind.ToString().ToLowerInvariant();
        var taken = await db.Providers.Select(p => p.Key).ToListAsync(ct);
        return Enumerable.Range(1, int.MaxValue).Select(n => n == 1 ? first : $"{first}-{n}").First(k => !taken.Contains(k));
    }
}
