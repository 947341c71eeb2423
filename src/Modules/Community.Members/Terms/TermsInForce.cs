using System.Collections.Concurrent;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The highest number of each document that a member agreed to, and that they answered at all.</summary>
public sealed record TermsStanding(int TermsAgreed, int TermsAnswered, int PrivacyAgreed, int PrivacyAnswered, bool IsStaff)
{
    public static TermsStanding Of(Member member) =>
        new(member.TermsAgreed, member.TermsAnswered, member.PrivacyAgreed, member.PrivacyAnswered, member.Role is not null);

    public int Agreed(TermsKind kind) => kind is TermsKind.Terms ? TermsAgreed : PrivacyAgreed;
    public int Answered(TermsKind kind) => kind is TermsKind.Terms ? TermsAnswered : PrivacyAnswered;
}

/// <summary>The published versions of a site, without their texts.</summary>
public sealed class TermsList(IReadOnlyList<TermsList.Entry> entries)
{
    public static readonly IReadOnlyList<TermsKind> Kinds = Enum.GetValues<TermsKind>();

    public sealed record Entry(long Id, TermsKind Kind, int Number, TermsEffect Effect, DateTime From, int Revision)
    {
        public string Url => $"{TermsVersion.UrlOf(Kind)}/{Number}";
    }

    // Asked several times for each page of a member, so without a query.
    Entry? Newest(TermsKind kind, DateTime now, bool asks)
    {
        Entry? newest = null;
        for (var i = 0; i < entries.Count; i++)
            if (entries[i] is var e && e.Kind == kind && e.From <= now && (!asks || e.Effect is TermsEffect.Ask)
                && e.Number > (newest?.Number ?? 0))
                newest = e;
        return newest;
    }

    /// <summary>The version in force; null if the site has none.</summary>
    public Entry? Present(TermsKind kind, DateTime now) => Newest(kind, now, asks: false);

    /// <summary>The version that is announced, if one is.</summary>
    public Entry? Next(TermsKind kind, DateTime now) => entries.Where(e => e.Kind == kind && e.From > now).MinBy(e => e.Number);

    /// <summary>Those that a visitor agrees to on registering.</summary>
    public IReadOnlyList<Entry> Present(DateTime now) => [.. Kinds.Select(k => Present(k, now)).OfType<Entry>()];

    /// <summary>
    /// What the member has not agreed to and must: of each document the version in force, if it or one between asks again.
    /// </summary>
    public IReadOnlyList<Entry> Open(TermsStanding of, DateTime now) =>
        entries.Count == 0 ? [] : [.. Kinds.Where(k => Required(k, now) > of.Agreed(k)).Select(k => Present(k, now)!)];

    /// <summary>What the member has not answered: also what they are only told.</summary>
    public IReadOnlyList<Entry> Unanswered(TermsStanding of, DateTime now) =>
        entries.Count == 0 ? [] : [.. Kinds.Select(k => Present(k, now)).OfType<Entry>().Where(e => e.Number > of.Answered(e.Kind))];

    int Required(TermsKind kind, DateTime now) => Newest(kind, now, asks: true)?.Number ?? 0;
}

/// <summary>Caches the sites' lists. A change moves <see cref="Site.Version"/>, as settings do (<see cref="SiteSettings"/>).</summary>
public sealed class TermsOfSites(SiteDatabases databases, TimeProvider time)
{
    static readonly TimeSpan Old = TimeSpan.FromMinutes(1);

    sealed record Kept(long Version, long At, TermsList List);

    readonly ConcurrentDictionary<long, Kept> bySite = new();

    public ValueTask<TermsList> Of(Site site, CancellationToken ct = default) =>
        bySite.TryGetValue(site.Id, out var kept) && kept.Version >= site.Version && time.GetElapsedTime(kept.At) < Old
            ? new(kept.List)
            : Load(site, ct);

    async ValueTask<TermsList> Load(Site site, CancellationToken ct)
    {
        var at = time.GetTimestamp();
        // Uses its own database context, because parts of a page may be loading concurrently on theirs.
        await using var db = databases.Open(site);
        var published = await db
            .TermsVersions.AsNoTracking()
            .Where(v => v.PublishedAt != null && v.From != null)
            .OrderBy(v => v.Number)
            .Select(v => new TermsList.Entry(v.Id, v.Kind, v.Number, v.Effect, v.From!.Value, v.Revision))
            .ToListAsync(ct);
        var kept = new Kept(site.Version, at, new(published));
        bySite.AddOrUpdate(site.Id, kept, (_, before) => before.Version > kept.Version ? before : kept);
        return kept.List;
    }
}

/// <summary>The terms of the site of this request or job. The console has none.</summary>
public sealed class TermsInForce(TermsOfSites all, Site site, TimeProvider time)
{
    static readonly TermsList none = new([]);

    public DateTime Now => time.GetUtcNow().UtcDateTime;

    public ValueTask<TermsList> List(CancellationToken ct = default) => site.IsConsole ? new(none) : all.Of(site, ct);

    public async ValueTask<IReadOnlyList<TermsList.Entry>> Present(CancellationToken ct = default) => (await List(ct)).Present(Now);

    public async ValueTask<IReadOnlyList<TermsList.Entry>> Open(TermsStanding of, CancellationToken ct = default) =>
        (await List(ct)).Open(of, Now);

    public async ValueTask<IReadOnlyList<TermsList.Entry>> Unanswered(TermsStanding of, CancellationToken ct = default) =>
        (await List(ct)).Unanswered(of, Now);
}
