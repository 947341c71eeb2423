using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Deletes records of the audit log when their time is over: the oldest seal's records at once, in order. The seal stays as the anchor of
/// the chain, and a record of the log says what was deleted, so that the check tells this from a deletion by hand.
/// </summary>
public sealed class ForgetAudit(SiteDb db, Settings<KernelSettings> settings, Audit audit) : IHandle<Tick>
{
    public const string Rule = "kernel.audit", Action = "audit.forget";

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = db.Now - (await settings.Get(ct)).AuditKept;
        var deleted = 0;
        while (await ForgetNext(before, ct) is { } some) deleted += some;
        await RetentionRun.Leave(db, Rule, deleted, ct);
    }

    async Task<int?> ForgetNext(DateTime before, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        // A seal is younger than all of its records.
        if (await db.AuditSeals.OrderBy(s => s.Id).FirstOrDefaultAsync(s => s.ForgottenAt == null, ct) is not { } seal || seal.At >= before)
            return null;
        var last = await db.AuditSeals.AsNoTracking().OrderByDescending(s => s.Id).FirstOrDefaultAsync(s => s.Id < seal.Id, ct);
        var from = last?.LastId ?? 0;
        var records = db.Audit.Where(a => a.Id > from && a.Id <= seal.LastId);
        // What was tampered with is evidence, and stays.
        if (SealAudit.Chain(last?.Hash ?? "", await records.AsNoTracking().OrderBy(a => a.Id).ToListAsync(ct)) != seal.Hash) return null;
        var count = await records.ExecuteDeleteAsync(ct);
        seal.ForgottenAt = db.Now;
        audit.Did(Action, changes: [new("audit-forgotten", null, UpTo(seal))]);
        await change.Commit(ct);
        db.ChangeTracker.Clear();
        return count;
    }

    /// <summary>How the log names the records that were deleted with a seal's.</summary>
    static string UpTo(AuditSeal seal) => string.Create(CultureInfo.InvariantCulture, $"{seal.FirstId}–{seal.LastId}");

    /// <summary>
    /// Whether the records of these seals were deleted by the rule: nothing is left of them, and the log says so of the last one. It says
    /// so of earlier ones too, until that record's own time is over.
    /// </summary>
    internal static async Task<bool> IsOnRecord(SiteDb db, AuditSeal last, CancellationToken ct)
    {
        if (await db.Audit.AnyAsync(a => a.Id <= last.LastId, ct)) return false;
        var said = await db.Audit.AsNoTracking().Where(a => a.Action == Action && a.At >= last.ForgottenAt).OrderBy(a => a.Id).Take(50)
            .ToListAsync(ct);
        return said.Exists(a => a.ReadChanges().Any(c => c.To == UpTo(last)));
    }
}
