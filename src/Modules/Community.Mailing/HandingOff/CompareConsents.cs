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
            while (await Some(mailing, ct) >= Step) { }
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
        foreach (var mailing in await Handed(ct))
            await Write(mailing, HandedOf(mailing).Where(d => members.Contains(d.MemberId)), ct);
    }

    Task<List<Mailing>> Handed(CancellationToken ct) =>
        db.Mailings.AsNoTracking().Where(m => m.Holder == MailingHolder.Engine).OrderBy(m => m.Id).ToListAsync(ct);

    /// <summary>
    /// Looks without a lock: this compares all recipients each minute, and hardly ever has anything changed. What it finds is asked again
    /// under the lock.
    /// </summary>
    async Task<int> Some(Mailing mailing, CancellationToken ct)
    {
        var seen = (await Changed(mailing, HandedOf(mailing), ct)).ConvertAll(r => r.Id);
        if (seen.Count == 0) return 0;
        await using var change = await db.Change(ct);
        await Write(mailing, HandedOf(mailing).Where(d => seen.Contains(d.Id)), ct);
        await change.Commit(ct);
        return seen.Count;
    }

    IQueryable<Delivery> HandedOf(Mailing mailing) =>
        db.Deliveries.Where(d => d.MailingId == mailing.Id && d.State == DeliveryState.Handed && d.AddressKey != null);

    /// <summary>Two questions, each of which a database joins at once.</summary>
    async Task<List<Compared>> Changed(Mailing mailing, IQueryable<Delivery> handed, CancellationToken ct)
    {
        var may = Audience.MayGet(mailing, db);
        var changed = await Rows(handed.Where(d => !d.Barred
            && !may.Any(m => m.Id == d.MemberId && m.AddressHash.Substring(0, KeyLength) == d.AddressKey)));
        changed.AddRange(await Rows(handed.Where(d => d.Barred
            && may.Any(m => m.Id == d.MemberId && m.AddressHash.Substring(0, KeyLength) == d.AddressKey))));
        return changed;

        Task<List<Compared>> Rows(IQueryable<Delivery> rows) =>
            rows.OrderBy(d => d.Seq).Take(Step).Select(d => new Compared(d.Id, d.AddressKey, d.Barred)).ToListAsync(ct);
    }

    async Task Write(Mailing mailing, IQueryable<Delivery> handed, CancellationToken ct)
    {
        // Numbers are given under this lock, and the rows are read after it: two that compare at once write nothing twice.
        var site = await db.LockedEngineSite(ct);
        var changed = await Changed(mailing, handed, ct);
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
