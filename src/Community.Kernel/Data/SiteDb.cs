using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Community.Kernel;

/// <summary>
/// The database of one site: every module's rows, one transaction, one history of migrations.
/// Each database engine has a subclass in Community.Data that carries its migrations.
/// </summary>
public abstract class SiteDb(DbContextOptions options, SiteDbParts parts) : DbContext(options)
{
    readonly List<(string Queue, DateTime At)> scheduled = [];
    readonly List<Func<SiteEvent>> publishLater = [];
    readonly HashSet<string> touched = [];
    bool changing;

    public Site Site => parts.Site;
    /// <summary>All modules of the host; <c>Modules.Of(Site)</c> returns those that are on for this site.</summary>
    public ModuleList Modules => parts.Modules;
    public bool IsSqlite => Database.IsSqlite();

    public DbSet<WorkRow> Work => Set<WorkRow>();
    public DbSet<EventRow> Events => Set<EventRow>();
    public DbSet<EventCursor> EventCursors => Set<EventCursor>();
    public DbSet<SystemMail> SystemMails => Set<SystemMail>();
    public DbSet<AuditRecord> Audit => Set<AuditRecord>();
    public DbSet<AuditSeal> AuditSeals => Set<AuditSeal>();
    public DbSet<StoredFile> Files => Set<StoredFile>();
    public DbSet<RetentionRun> RetentionRuns => Set<RetentionRun>();
    public DbSet<UploadDay> UploadDays => Set<UploadDay>();
    public DbSet<StoredSettings> StoredSettings => Set<StoredSettings>();

    protected override void ConfigureConventions(ModelConfigurationBuilder builder) => Conventions.Apply(builder, Database.IsSqlite());

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<WorkRow>(e =>
        {
            e.ToTable("work");
            e.HasIndex(w => w.DueAt);
            e.HasIndex(w => w.FailedAt).HasFilter("failed_at IS NOT NULL");
        });
        model.Entity<EventRow>(e =>
        {
            e.ToTable("events");
            e.HasKey(r => r.Seq);
            e.Property(r => r.Seq).ValueGeneratedOnAdd();
            e.Property(r => r.Type).HasMaxLength(100);
            e.HasIndex(r => r.At);
        });
        model.Entity<EventCursor>(e =>
        {
            e.ToTable("event_cursors");
            e.HasKey(c => c.Handler);
            e.Property(c => c.Handler).HasMaxLength(100);
        });
        model.Entity<SystemMail>(e =>
        {
            e.ToTable("system_mails");
            e.HasIndex(l => new { l.State, l.DueAt });
            e.HasIndex(l => new { l.State, l.Precedence, l.DueAt });
            e.HasIndex(l => l.MemberId);
            e.HasIndex(l => l.FailedAt).HasFilter("failed_at IS NOT NULL");
        });
        model.Entity<AuditRecord>(e =>
        {
            e.ToTable("audit");
            e.HasIndex(a => a.At);
            e.HasIndex(a => a.SubjectId);
            e.HasIndex(a => new { a.ActorId, a.At });
            e.HasIndex(a => a.Id, "ix_audit_sets").HasFilter("id_set IS NOT NULL");
        });
        model.Entity<AuditSeal>().ToTable("audit_seals");
        model.Entity<SiteSecret>(e =>
        {
            e.ToTable("site_secrets");
            e.HasKey(s => s.Name);
        });
        model.Entity<FirstStepDone>(e =>
        {
            e.ToTable("first_steps_done");
            e.HasKey(s => s.Step);
        });
        model.Entity<StoredFile>(e =>
        {
            e.ToTable("files");
            e.Property(f => f.Hash).HasMaxLength(64);
            e.Ignore(f => f.Name);
            e.HasIndex(f => new { f.Hash, f.Purpose, f.UploadedBy }).IsUnique();
            e.HasIndex(f => f.UploadedBy);
        });
        model.Entity<UploadDay>(e =>
        {
            e.ToTable("upload_days");
            e.HasKey(d => new { d.MemberId, d.Day });
            e.HasIndex(d => d.Day);
        });
        model.Entity<RetentionRun>(e =>
        {
            e.ToTable("retention_runs");
            e.HasIndex(r => new { r.Rule, r.Id });
        });
        model.Entity<StoredSettings>(e =>
        {
            e.ToTable("settings");
            e.HasKey(s => s.Part);
        });
        foreach (var module in parts.Modules.All) module.BuildModel(model);
        Conventions.NameColumns(model);
        ByteOrder.Apply(model, IsSqlite);
    }

    /// <summary>
    /// Writes an event to the site's log, in the transaction of the next save. Handlers read it after the commit, see
    /// <see cref="EventList"/>. The caller never waits for a handler.
    /// </summary>
    public void Publish(SiteEvent happened) => Add(parts.Events.Write(happened, Now, parts.Actor()));

    /// <summary>
    /// The same for an event with ids that the next save generates: <paramref name="happened"/> is called after the save, before the
    /// commit.
    /// </summary>
    public void Publish(Func<SiteEvent> happened) => publishLater.Add(happened);

    /// <summary>Adds a job, in the transaction of the next save. The handler registered for its type runs it after the commit.</summary>
    /// <param name="job">The job.</param>
    /// <param name="due">When it is to run; null for at once.</param>
    public void Enqueue(object job, DateTime? due = null) => Add(parts.Jobs.RowFor(job, due ?? Now));

    /// <summary>The same, to be run no sooner than <paramref name="at"/>.</summary>
    public void Enqueue(object job, DateTime at) => Add(parts.Jobs.RowFor(job, at));

    /// <summary>Puts an e-mail into the outbox, in the transaction of the next save. It is sent after the commit.</summary>
    public void Send(SystemMail mail)
    {
        mail.CreatedAt = mail.DueAt = Now;
        mail.Precedence = parts.Modules.PrecedenceOf(mail.Kind);
        Add(mail);
    }

    /// <summary>
    /// What <paramref name="load"/> reads of this site, kept in memory until <see cref="Touch"/> is called with <paramref name="name"/>:
    /// for definitions that every page needs and that seldom change. Other nodes notice within seconds. Inside a change it is read anew.
    /// </summary>
    /// <param name="name">Begins with @, as no board's key does.</param>
    /// <param name="load">Reads it, without tracking; the result is shared by requests and must not be changed.</param>
    /// <param name="ct">Cancels it.</param>
    public ValueTask<T> Cached<T>(string name, Func<SiteDb, CancellationToken, Task<T>> load, CancellationToken ct = default)
        where T : class => changing || parts.Cache is null ? new(load(this, ct)) : parts.Cache.Get(Site, name, () => load(this, ct));

    /// <summary>Announces that what visitors see under <paramref name="name"/> (a board's key) changes with the next commit.</summary>
    public void Touch(string name) => touched.Add(name);

    /// <summary>
    /// After the next commit, the workers of <paramref name="queue"/> process this site at <paramref name="at"/>, at once if that is now or
    /// past, even if this process dies right after the commit. Work rows, events and e-mails are scheduled automatically.
    /// </summary>
    public void Schedule(string queue, DateTime at) => scheduled.Add((queue, at));

    /// <summary>The current time (UTC), by the host's clock.</summary>
    public DateTime Now => parts.Time.GetUtcNow().UtcDateTime;

    /// <summary>
    /// Opens a change that may number or count rows: on SQLite it takes the site's write gate and BEGIN IMMEDIATE, so that writers queue
    /// for milliseconds and never get SQLITE_BUSY; on PostgreSQL it begins a transaction. Open it before loading anything.
    /// </summary>
    public async Task<Change> Change(CancellationToken ct = default)
    {
        if (changing)
            throw new InvalidOperationException("A change is open already: on SQLite a second one would wait for the first for ever.");
        var gate = IsSqlite ? await parts.Gates.Enter(Site, ct) : null;
        try
        {
            var change = new Change(this, await Database.BeginTransactionAsync(ct), gate);
            changing = true;
            return change;
        }
        catch
        {
            gate?.Dispose();
            throw;
        }
    }

    internal void Closed() => changing = false;

    /// <summary>Drops what was to come with a commit; false if a change is still open, so that nobody else may use this context.</summary>
    internal bool Forget()
    {
        scheduled.Clear();
        publishLater.Clear();
        touched.Clear();
        return !changing;
    }

    /// <summary>
    /// Opens a change of one row, and locks and loads the row (SELECT … FOR UPDATE on PostgreSQL).
    /// <c>Row</c> is null if there is none.
    /// </summary>
    public async Task<Change<T>> Change<T>(long id, CancellationToken ct = default) where T : class
    {
        var change = await Change(ct);
        try
        {
            return new Change<T>(change, await Locked<T>(id, ct));
        }
        catch
        {
            await change.DisposeAsync();
            throw;
        }
    }

    /// <summary>Locks and loads a row, inside a change that has taken another lock first. Null if there is none.</summary>
    public Task<T?> Locked<T>(long id, CancellationToken ct = default) where T : class
    {
#pragma warning disable EF1002 // The table's name comes from the model, never from a request.
        var rows = IsSqlite ? Set<T>() : Set<T>().FromSqlRaw($"SELECT * FROM {TableOf<T>()} WHERE id = {{0}} FOR UPDATE", id);
#pragma warning restore EF1002
        return rows.FirstOrDefaultAsync(r => EF.Property<long>(r, "Id") == id, ct);
    }

    /// <summary>Locks a row without loading it.</summary>
    public Task LockRow<T>(long id, CancellationToken ct = default) where T : class
    {
        if (IsSqlite) return Task.CompletedTask;
#pragma warning disable EF1002 // The table's name comes from the model, never from a request.
        return Database.ExecuteSqlRawAsync($"SELECT id FROM {TableOf<T>()} WHERE id = {{0}} FOR UPDATE", [id], ct);
#pragma warning restore EF1002
    }

    /// <summary>
    /// Locks and loads all matching rows. They are locked in id order, so that two changes which lock the same rows
    /// cannot deadlock.
    /// </summary>
    public async Task<List<T>> LockedWhere<T>(Expression<Func<T, bool>> fits, CancellationToken ct = default) where T : class
    {
        if (IsSqlite) return await Set<T>().Where(fits).OrderBy(r => EF.Property<long>(r, "Id")).ToListAsync(ct);
        var ids = await Set<T>().Where(fits).Select(r => EF.Property<long>(r, "Id")).ToArrayAsync(ct);
#pragma warning disable EF1002 // The table's name comes from the model, never from a request.
        var rows = Set<T>().FromSqlRaw($"SELECT * FROM {TableOf<T>()} WHERE id = ANY({{0}}) ORDER BY id FOR UPDATE", ids);
#pragma warning restore EF1002
        // A previous lock holder may have changed the row meanwhile.
        return [.. (await rows.ToListAsync(ct)).Where(fits.Compile(preferInterpretation: true))];
    }

    string TableOf<T>() => Model.FindEntityType(typeof(T))!.GetTableName()!;

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken ct = default)
    {
        // Once for all that follows: by itself, EF would compare all rows again at each look and each save.
        var detects = ChangeTracker.AutoDetectChangesEnabled;
        if (detects) ChangeTracker.DetectChanges();
        ChangeTracker.AutoDetectChangesEnabled = false;
        try { return await SaveDetected(acceptAllChangesOnSuccess, ct); }
        finally { ChangeTracker.AutoDetectChangesEnabled = detects; }
    }

    async Task<int> SaveDetected(bool acceptAllChangesOnSuccess, CancellationToken ct)
    {
        var writes = false;
        foreach (var entry in ChangeTracker.Entries())
        {
            writes |= entry.State is not EntityState.Unchanged;
            if (entry is { Entity: IAppendOnly, State: EntityState.Modified or EntityState.Deleted })
                throw new InvalidOperationException($"{entry.Metadata.ClrType.Name} is append-only.");
            if (entry.State is EntityState.Added)
            {
                if (entry.Entity is WorkRow work) Schedule(SiteQueues.Work, work.DueAt);
                if (entry.Entity is EventRow happened && parts.Events.IsRead(happened.Type)) Schedule(SiteQueues.Work, Now);
                if (entry.Entity is SystemMail) Schedule(SiteQueues.SystemMails, Now);
            }
        }
        if (changing)
        {
            var saved = await base.SaveChangesAsync(acceptAllChangesOnSuccess, ct);
            return PublishSaved() ? saved + await SaveDetected(acceptAllChangesOnSuccess, ct) : saved;
        }
        if (Database.CurrentTransaction is not null)
            throw new InvalidOperationException("Open a transaction with db.Change(): its commit signals the queues.");
        if (publishLater.Count > 0)
        {
            await using var change = await Change(ct);
            return await change.Commit(ct);
        }
        int rows;
        using (IsSqlite ? await parts.Gates.Enter(Site, ct) : null)
        {
            // Inside the gate, so that the hold in the catalogue does not expire while others write.
            await BeforeCommit(ct);
            if (writes) await Faults.At("commit.before", Site);
            rows = await base.SaveChangesAsync(acceptAllChangesOnSuccess, ct);
            if (writes) await Faults.At("commit.after", Site);
        }
        AfterCommit();
        return rows;
    }

    // Called after a save, when the generated ids are known.
    bool PublishSaved()
    {
        if (publishLater.Count == 0) return false;
        foreach (var happened in publishLater) Publish(happened());
        publishLater.Clear();
        return true;
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess) =>
        throw new NotSupportedException("Use SaveChangesAsync: saving waits for the site's write gate.");

    // Update the catalogue first: if the process dies between commit and signal, another node finds the site there.
    internal Task BeforeCommit(CancellationToken ct) => parts.Signals.BeforeCommit(Site, scheduled, ct);

    // Nothing here may fail: the change is already committed.
    internal void AfterCommit()
    {
        parts.Signals.AfterCommit(Site, scheduled);
        scheduled.Clear();
        if (touched.Count == 0) return;
        parts.Versions.Bump(Site, touched);
        touched.Clear();
    }
}

/// <summary>What a <see cref="SiteDb"/> is constructed from.</summary>
public sealed record SiteDbParts(
    Site Site,
    ModuleList Modules,
    JobList Jobs,
    EventList Events,
    WriteGates Gates,
    QueueSignals Signals,
    ContentVersions Versions,
    TimeProvider Time,
    Func<long?> Actor,
    SiteCache? Cache = null
);

/// <summary>An open change. Without <see cref="Commit"/> it is rolled back.</summary>
public sealed class Change(SiteDb db, IDbContextTransaction transaction, IDisposable? gate) : IAsyncDisposable
{
    /// <summary>Saves what is tracked and commits.</summary>
    /// <returns>How many rows were saved.</returns>
    public async Task<int> Commit(CancellationToken ct = default)
    {
        var rows = await db.SaveChangesAsync(ct);
        await db.BeforeCommit(ct);
        await Faults.At("commit.before", db.Site);
        await transaction.CommitAsync(ct);
        await Faults.At("commit.after", db.Site);
        db.AfterCommit();
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        try { await transaction.DisposeAsync(); }
        finally
        {
            db.Closed();
            gate?.Dispose();
        }
    }
}

/// <summary>An open change of one row.</summary>
public sealed class Change<T>(Change change, T? row) : IAsyncDisposable where T : class
{
    public T? Row { get; } = row;
    public Task Commit(CancellationToken ct = default) => change.Commit(ct);
    public ValueTask DisposeAsync() => change.DisposeAsync();
}
