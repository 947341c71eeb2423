using Community.Bulk;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Tells the engine who of the handed recipients may not get it any more, or may again. It compares with the one rule of who may get mail
/// (<see cref="Audience.MayGet"/>), so whatever the cause is reaches the engine: a withdrawal, a complaint, a suspension, another address,
/// an erasure. What it has looked at by some moment is what a beat says.
/// </summary>
public sealed class CompareConsents(SiteDb db)
{
    /// <summary>Hexadecimal digits of the address's hash that name a mailbox to the engine: 88 bits.</summary>
    public const int KeyLength = 22;

    const int Step = 500;

    /// <summary>Looks at all that is handed; then says up to which moment that was.</summary>
    public async Task All(CancellationToken ct)
    {
        // Before the first question: what is committed later may not be seen.
        var at = db.Now;
        foreach (var mailing in await Handed(ct))
            while (await Some(mailing, null, ct) >= Step) { }
        await using var change = await db.Change(ct);
        var site = await db.LockedEngineSite(ct);
        site.BeatAt = at;
        db.Tell(new SuppressBeat { Site = db.Site.Key, DeltaSeq = site.DeltaSeq, At = at });
        await change.Commit(ct);
    }

    /// <summary>Looks at some members alone, at once. In the open change.</summary>
    public async Task Of(IReadOnlyCollection<long> members, CancellationToken ct)
    {
        if (!await db.Deliveries.AnyAsync(d => d.State == DeliveryState.Handed && members.Contains(d.MemberId), ct)) return;
        foreach (var mailing in await Handed(ct)) await Write(mailing, members, ct);
    }

    Task<List<Mailing>> Handed(CancellationToken ct) =>
        db.Mailings.AsNoTracking().Where(m => m.Holder == MailingHolder.Engine).OrderBy(m => m.Id).ToListAsync(ct);

    async Task<int> Some(Mailing mailing, IReadOnlyCollection<long>? members, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var n = await Write(mailing, members, ct);
        await change.Commit(ct);
        return n;
    }

    async Task<int> Write(Mailing mailing, IReadOnlyCollection<long>? members, CancellationToken ct)
    {
        // Numbers are given under this lock, and the rows are read after it: two that compare at once write nothing twice.
        var site = await db.LockedEngineSite(ct);
        var may = Audience.MayGet(mailing, db);
        var handed = db.Deliveries.Where(d => d.MailingId == mailing.Id && d.State == DeliveryState.Handed && d.AddressKey != null);
        if (members is not null) handed = handed.Where(d => members.Contains(d.MemberId));
        // Two questions, each of which a database joins at once.
        var changed = await Rows(handed.Where(d => !d.Barred
            && !may.Any(m => m.Id == d.MemberId && m.AddressHash.Substring(0, KeyLength) == d.AddressKey)));
        changed.AddRange(await Rows(handed.Where(d => d.Barred
            && may.Any(m => m.Id == d.MemberId && m.AddressHash.Substring(0, KeyLength) == d.AddressKey))));
        foreach (var row in changed)
            db.Tell(new SuppressDelta
            {
                Site = db.Site.Key,
                DeltaSeq = ++site.DeltaSeq,
                AddressKey = row.AddressKey!,
                Kind = WriteOffer.KindOf(mailing),
                Out = !row.Barred,
                At = db.Now,
            });
        foreach (var some in changed.GroupBy(r => r.Barred))
        {
            var (ids, barred) = (some.Select(r => r.Id).ToList(), !some.Key);
            await db.Deliveries.Where(d => ids.Contains(d.Id)).ExecuteUpdateAsync(s => s.SetProperty(d => d.Barred, barred), ct);
        }
        await db.SaveChangesAsync(ct);
        return changed.Count;

        Task<List<Compared>> Rows(IQueryable<Delivery> rows) =>
            rows.OrderBy(d => d.Seq).Take(Step).Select(d => new Compared(d.Id, d.AddressKey, d.Barred)).ToListAsync(ct);
    }

    sealed record Compared(long Id, string? AddressKey, bool Barred);
}

/// <summary>A member has decided something, or is gone: the engine hears of it within seconds.</summary>
public sealed class TellEngineOfMembers(CompareConsents compare) : IEventHandler
{
    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var members = events.Select(e => MemberIn(e.Event)).Where(m => m > 0).Distinct().ToList();
        foreach (var some in members.Chunk(100)) await compare.Of(some, ct);
    }

    static long MemberIn(SiteEvent happened) => happened switch
    {
        ConsentChanged e => e.MemberId,
        MemberAddressChanged e => e.MemberId,
        MemberSuspended e => e.MemberId,
        MemberReinstated e => e.MemberId,
        MemberLeaving e => e.MemberId,
        MemberReturned e => e.MemberId,
        MemberErased e => e.MemberId,
        MemberDeleted e => e.MemberId,
        _ => 0,
    };

    public static readonly Type[] Events =
    [
        typeof(ConsentChanged),
        typeof(MemberAddressChanged),
        typeof(MemberSuspended),
        typeof(MemberReinstated),
        typeof(MemberLeaving),
        typeof(MemberReturned),
        typeof(MemberErased),
        typeof(MemberDeleted),
    ];
}
