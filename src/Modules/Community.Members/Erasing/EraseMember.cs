using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Erases a member: deletes the row and all data that concerns only the member, keeps what others need (posts) as a former member's, and
/// leaves in the logs an id that no longer leads to anybody. Sessions end with their rows. All modules take part, even if their feature is
/// off. The request is on record before the first deletion; the deletion is one transaction, so that if a module fails or the process dies
/// half-way, the member is unchanged, the request says why, and the job tries again.
/// </summary>
public sealed class EraseMember(
    SiteDb db,
    ModuleList modules,
    IServiceProvider services,
    Audit audit,
    Databases databases,
    ReservedNames reserved,
    Archives archives,
    Files files
)
{
    /// <returns>The text key of the reason for refusing; null if the member was erased.</returns>
    /// <param name="id">The member's id.</param>
    /// <param name="way">One of <see cref="RightsWay"/>.</param>
    /// <param name="ct">Cancels it, until it is committed.</param>
    public async Task<string?> Erase(long id, string way = RightsWay.Command, CancellationToken ct = default)
    {
        RightsRequest? request;
        await using (var change = await db.Change<Member>(id, ct))
        {
            if (change.Row is not { } member) return "members.erase.none";
            if (Leaving.Refuses(member) is { } why) return why;
            request = await db.RightsRequests.FirstOrDefaultAsync(
                r => r.MemberId == id && r.Kind == RightsKind.Erasure && (r.State == RightsState.Open || r.State == RightsState.Running),
                ct
            );
            if (request is null)
            {
                request = new() { MemberId = id, Kind = RightsKind.Erasure, Way = way, ReceivedAt = db.Now, DueAt = db.Now };
                db.RightsRequests.Add(request);
            }
            request.State = RightsState.Running;
            await change.Commit(ct);
        }
        return await Do(request.Id, ct);
    }

    /// <summary>Does an erasure that is on record. Idempotent.</summary>
    /// <inheritdoc cref="Erase"/>
    public async Task<string?> Do(long request, CancellationToken ct = default)
    {
        try
        {
            return await Run(request, ct);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            db.ChangeTracker.Clear();
            await Failed(request, UntrustedText.Safe(error.InnerException ?? error));
            throw;
        }
    }

    /// <summary>The module that is at work, for the record of a failure.</summary>
    string at = "";

    async Task<string?> Run(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        if (await Begin(id, ct) is not { } begun) return "members.erase.none";
        // Reads all texts of the site, so it does not hold the site's writers.
        var typed = new List<string>();
        foreach (var module in modules.All)
        {
            at = module.Name;
            typed.AddRange(await module.Naming(services, begun.MemberId, ct));
        }
        at = "";
        var imports = new ImportsOfErased(db, files);
        var waiting = await imports.Find(begun.MemberId, ct);
        await Remember(begun, ct);
        var after = new List<Func<Task>>();
        await using (var change = await db.Change(ct))
        {
            var request = (await db.Locked<RightsRequest>(id, ct))!;
            if (!request.IsOpen) return null;
            // Before the member's row: an import locks in this order.
            await imports.Delete(begun.MemberId, waiting, after, ct);
            if (await db.Locked<Member>(request.MemberId, ct) is not { } member) return "members.erase.none";
            db.Entry(member).State = EntityState.Detached;
            var outcome = new List<RightsRequest.Part>();
            foreach (var archive in await db.Archives.AsNoTracking().Where(a => a.MemberId == member.Id).ToListAsync(ct))
                after.Add(() => Task.Run(() => archives.Discard(archive), CancellationToken.None));
            // Reverse order: rows of later modules refer to rows of earlier ones.
            foreach (var module in modules.All.Reverse())
            {
                at = module.Name;
                await module.Erase(services, member.Id, after, ct);
                var counts = new Dictionary<WhenErased, int>();
                foreach (var rows in module.PersonalData)
                    counts[rows.WhenErased] = counts.GetValueOrDefault(rows.WhenErased) + await rows.Erase(db, member.Id, ct);
                outcome.Add(
                    new(
                        module.Name,
                        counts.GetValueOrDefault(WhenErased.Deleted),
                        counts.GetValueOrDefault(WhenErased.Anonymised),
                        counts.GetValueOrDefault(WhenErased.Kept)
                    )
                );
            }
            at = "";
            outcome.Reverse();
            (request.State, request.DoneAt, request.Failure) = (RightsState.Done, db.Now, null);
            (request.Note, request.Answer) = ("", "");
            request.Outcome = RightsRequest.Written(outcome.Where(p => p.Deleted + p.Anonymised + p.Kept > 0));
            request.Typed = string.Join('\n', typed.Distinct());
            await reserved.GiveUp(member.Skeleton, member.Id, erased: true, ct);
            db.Publish(new MemberErased(member.Id, member is { ConfirmedAt: not null, LeavingSince: null }));
            audit.Changed("members.erase", member.Id, "");
            db.Touch(ContentVersions.People);
            await change.Commit(ct);
        }
        // If the process dies here, the daily sweep deletes the remaining files.
        foreach (var rest in after) await rest();
        return null;
    }

    sealed record Begun(long MemberId, string HandleHash);

    async Task<Begun?> Begin(long id, CancellationToken ct)
    {
        await using var change = await db.Change<RightsRequest>(id, ct);
        if (change.Row is not { IsOpen: true } request) return null;
        if (await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == request.MemberId, ct) is not { } member)
        {
            // Erased otherwise.
            (request.State, request.DoneAt, request.Note, request.Answer) = (RightsState.Done, db.Now, "", "");
            await change.Commit(ct);
            return null;
        }
        // Staff were given a role after they left, or the member came back.
        if (Leaving.Refuses(member) is not null || (request.State is RightsState.Open && !(member.EraseAt <= db.Now))) return null;
        request.State = RightsState.Running;
        await change.Commit(ct);
        return new(member.Id, HashOf(member.Handle));
    }

    // Before the deletion: if the process dies in between, a member is erased again who is about to be erased anyway.
    async Task Remember(Begun begun, CancellationToken ct)
    {
        await using var catalogue = databases.OpenCatalogue();
        var site = db.Site.Id;
        var known = await catalogue.Set<ErasedMember>()
            .AnyAsync(e => e.SiteId == site && e.MemberId == begun.MemberId && e.HandleHash == begun.HandleHash, ct);
        if (known) return;
        catalogue.Add(new ErasedMember { SiteId = site, MemberId = begun.MemberId, HandleHash = begun.HandleHash, At = db.Now });
        await catalogue.SaveChangesAsync(ct);
    }

    async Task Failed(long id, string why)
    {
        await using var change = await db.Change<RightsRequest>(id, CancellationToken.None);
        if (change.Row is not { IsOpen: true } request) return;
        request.Failure = at.Length > 0 ? $"{at}: {why}" : why;
        await change.Commit(CancellationToken.None);
    }

    internal static string HashOf(string handle) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(handle)));
}

/// <summary>
/// Erases again whom a backup brought back: the catalogue keeps who was erased, as a number and the hash of a random word.
/// </summary>
public sealed class EraseRestored(SiteDb db, Databases databases, EraseMember erase) : IHandle<Tick>
{
    public const string Rule = "members.restored";

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var site = db.Site.Id;
        List<ErasedMember> erased;
        await using (var catalogue = databases.OpenCatalogue())
            erased = await catalogue.Set<ErasedMember>().AsNoTracking().Where(e => e.SiteId == site).ToListAsync(ct);
        var again = 0;
        foreach (var chunk in erased.Chunk(500))
        {
            var ids = chunk.Select(e => e.MemberId).ToList();
            var there = await db.Members.Where(m => ids.Contains(m.Id)).Select(m => new { m.Id, m.Handle }).ToListAsync(ct);
            var hashes = chunk.Select(e => (e.MemberId, e.HandleHash)).ToHashSet();
            foreach (var member in there.Where(m => hashes.Contains((m.Id, EraseMember.HashOf(m.Handle)))))
                if (await erase.Erase(member.Id, RightsWay.Restored, ct) is null) again++;
        }
        await RetentionRun.Leave(db, Rule, again, ct);
    }
}
