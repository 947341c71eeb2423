namespace Community.Kernel;

/// <summary>Deletes e-mails that were sent or given up long ago: they contain addresses, including those of non-members.</summary>
public sealed class ForgetSystemMails(SiteDb db, Settings<KernelSettings> settings, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        // DueAt holds the end of the last lease. Used here because it is indexed.
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).SystemMailKept;
        var deleted = await db
            .SystemMails.Where(l => (l.State == SystemMailState.Sent || l.State == SystemMailState.Failed) && l.DueAt < before)
            .OrderBy(l => l.DueAt)
            .DeleteAll(ct);
        await RetentionRun.Leave(db, "kernel.mails", deleted, ct);
    }
}
