using System.Collections.Concurrent;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What a member's level follows from.</summary>
/// <param name="Days">Whole days of membership.</param>
/// <param name="Posts">Posts that others can read; not counted beyond what the settings ask for.</param>
/// <param name="Read">Posts that the member has read or written; counted in the same way.</param>
/// <param name="HadMeasure">Whether a measure was taken lately.</param>
/// <param name="Fixed">The level that a moderator has set; null for none.</param>
/// <param name="Level">What follows.</param>
public sealed record TrustFacts(int Days, int Posts, int Read, bool HadMeasure, TrustLevel? Fixed, TrustLevel Level);

/// <summary>
/// Finds how far a member is trusted. The only place of this rule; see docs/decisions/0060.
/// </summary>
public sealed class Trust(SiteDb db, Settings<TrustSettings> settings, TrustedMembers known, TimeProvider time)
{
    /// <summary>The limits of a member; null for none. Costs nothing for who was found without limits a short while ago.</summary>
    /// <param name="member">Who writes.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<PostLimits?> LimitsOf(Reader member, CancellationToken ct)
    {
        if (member.Id is not { } id || member.May(BoardsPermissions.WriteAnnouncements) || member.Moderates()) return null;
        var chosen = await settings.Get(ct);
        if (!chosen.IsOn || known.Has(db.Site, id)) return null;
        var level = (await FactsOf(id, chosen, ct))?.Level ?? TrustLevel.New;
        if (level is TrustLevel.Trusted) known.Add(db.Site, id);
        return chosen.LimitsOf(level);
    }

    /// <summary>Level and reasons; null if there is no such member.</summary>
    public async Task<TrustFacts?> FactsOf(long member, CancellationToken ct) => await FactsOf(member, await settings.Get(ct), ct);

    async Task<TrustFacts?> FactsOf(long member, TrustSettings chosen, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var since = now.AddDays(-chosen.DaysAfterMeasure);
        // Bounded, however much there is: every topic that was read counts at least one post.
        var (posts, read) = (Math.Max(chosen.KnownAfterPosts, chosen.TrustedAfterPosts),
            Math.Max(chosen.KnownAfterRead, chosen.TrustedAfterRead));
        var (written, topics, levels) = (db.Posts, db.TopicReads, db.MemberTrusts);
        var found = await db.Members.Where(m => m.Id == member).Select(m => new
        {
            m.JoinedAt,
            Posts = written.Where(p => p.AuthorId == member && p.ImportId == null && p.HiddenAt == null && p.DeletedAt == null)
                .OrderByDescending(p => p.Id).Take(posts).Count(),
            Read = topics.Where(r => r.MemberId == member && r.ReadCount > 0)
                .OrderByDescending(r => r.TopicId).Take(read).Sum(r => (long?)r.ReadCount) ?? 0,
            HadMeasure = db.Set<Measure>().Any(x => x.MemberId == member && x.At > since)
                || db.Set<Suspension>().Any(x => x.MemberId == member && x.At > since),
            Fixed = levels.Where(t => t.MemberId == member).Select(t => (TrustLevel?)t.Level).FirstOrDefault(),
        }).FirstOrDefaultAsync(ct);
        if (found is null) return null;
        var (days, seen) = ((int)Math.Max(0, (now - found.JoinedAt).TotalDays), (int)Math.Min(found.Read, read));
        var level = found.Fixed
            ?? (found.HadMeasure ? TrustLevel.New
                : Reaches(chosen.TrustedAfterDays, chosen.TrustedAfterPosts, chosen.TrustedAfterRead) ? TrustLevel.Trusted
                : Reaches(chosen.KnownAfterDays, chosen.KnownAfterPosts, chosen.KnownAfterRead) ? TrustLevel.Known
                : TrustLevel.New);
        return new(days, found.Posts, seen, found.HadMeasure, found.Fixed, level);

        bool Reaches(int d, int p, int r) => days >= d && found.Posts >= p && seen >= r;
    }
}

/// <summary>
/// Who was found without limits in the last minute, so that the posting of whoever writes often asks nothing for it. A measure, or a level
/// that a moderator sets on another node, holds at the latest after that minute.
/// </summary>
public sealed class TrustedMembers(TimeProvider time)
{
    static readonly TimeSpan kept = TimeSpan.FromMinutes(1);
    const int Max = 10_000;

    readonly ConcurrentDictionary<(long Site, long Member), long> members = new();

    public bool Has(Site site, long member) => members.TryGetValue((site.Id, member), out var since) && time.GetElapsedTime(since) < kept;

    public void Add(Site site, long member)
    {
        if (members.Count >= Max) members.Clear();
        members[(site.Id, member)] = time.GetTimestamp();
    }

    public void Forget(Site site, long member) => members.TryRemove((site.Id, member), out _);
}
