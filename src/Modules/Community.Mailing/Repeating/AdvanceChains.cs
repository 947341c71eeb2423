using System.Globalization;
using System.Linq.Expressions;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;

namespace Community.Mailing;

/// <summary>
/// Lets members begin the chains of a site, makes the mailings of the steps that are due, and moves on who was in them. Due is what was
/// reached and not yet sent, however long nobody looked, up to the chain's limit. All of it is committed with the chain's row locked, and
/// each step at a moment makes one mailing, by its key.
/// </summary>
public sealed class AdvanceChains(SiteDb db, SaveMailing mailings, IStringLocalizer texts, TimeProvider time, ILogger<AdvanceChains> logger)
{
    const int Batch = 500;
    /// <summary>Nothing tells when a member begins to fit conditions.</summary>
    static readonly TimeSpan Look = TimeSpan.FromHours(1), Soon = TimeSpan.FromMinutes(5);

    /// <summary>As the database keeps it: moments are compared, and made into keys.</summary>
    DateTime Now
    {
        get
        {
            var now = time.GetUtcNow().UtcDateTime;
            return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
        }
    }

    /// <summary>When the next chain has to be looked at; null if none runs.</summary>
    public Task<DateTime?> Next(CancellationToken ct) => db.Chains.Where(c => c.StartedAt != null).MinAsync(c => c.LookAt, ct);

    public async Task Run(CancellationToken ct)
    {
        var now = Now;
        foreach (var id in await db.Chains.Where(c => c.StartedAt != null && c.LookAt <= now).OrderBy(c => c.Id).Select(c => c.Id)
            .ToListAsync(ct))
            await Run(id, ct);
    }

    /// <summary>One that fails holds up neither the others nor the site's mailings.</summary>
    async Task Run(long id, CancellationToken ct)
    {
        try { while (await Step(id, ct)) { } }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logger.LogError("Site {Site}: chain {Chain} could not go on, tried again in an hour: {Error}",
                db.Site.Key, id, UntrustedText.Trace(error));
            db.ChangeTracker.Clear();
            var later = Now + Look;
            await db.Chains.Where(c => c.Id == id).ExecuteUpdateAsync(s => s.SetProperty(c => c.LookAt, later), ct);
        }
    }

    /// <summary>Returns true if there is more to do now.</summary>
    async Task<bool> Step(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        dues.Clear();
        await using var change = await db.Change<Chain>(id, ct);
        if (change.Row is not { IsOn: true } chain) return false;
        await db.Entry(chain).Collection(c => c.Steps).LoadAsync(ct);
        var more = false;
        if (chain.Repeats) await Repeat(chain, ct);
        // A rule that means nothing any more ends nobody's way: everything waits until a person has chosen anew.
        else if (!await chain.Stay.RefersToDeleted(db, ct) && !await chain.Exit.RefersToDeleted(db, ct))
        {
            more |= await Enter(chain, ct);
            more |= await MoveOn(chain, ct);
            more |= await Make(chain, ct);
        }
        chain.LookAt = await NextLook(chain, more, ct);
        db.Schedule(MailingSender.Queue, chain.LookAt.Value);
        await change.Commit(ct);
        return more;
    }

    async Task<DateTime> NextLook(Chain chain, bool more, CancellationToken ct)
    {
        var now = Now;
        if (more) return now;
        var next = now + Look;
        if (chain.Repeats) return chain.NextAt(db.Site) is { } at && at < next ? at : next;
        // Until the recipients of a mailing are written down, those in it have not moved on.
        if (await Running(chain).AnyAsync(p => p.DueAt <= now, ct)) next = now + Soon;
        var due = await db.ChainPlaces.Where(p => p.ChainId == chain.Id && p.EndedAt == null && p.DueAt > now)
            .MinAsync(p => (DateTime?)p.DueAt, ct);
        return due < next ? due.Value : next;
    }

    DateOnly Day(DateTime utc) => DateOnly.FromDateTime(db.Site.ToLocal(utc));

    /// <summary>
    /// The mailing of each day whose time has come. Days that nobody looked at are passed over, but for the last: it is a mailing that is
    /// late like any other.
    /// </summary>
    async Task Repeat(Chain chain, CancellationToken ct)
    {
        if (chain.Steps.Count == 0) return;
        var (now, step) = (Now, chain.Steps[0]);
        DateOnly? found = null;
        while (chain.NextAt(db.Site) is { } at && at <= now)
            found = chain.LastOn = chain.NextDay(chain.LastOn?.AddDays(1) ?? Day(chain.StartedAt!.Value));
        // Began after today's time: not for today.
        if (found is not { } due || step.DueOn(due, db.Site.Zone) < chain.StartedAt) return;
        var wall = due.ToDateTime(TimeOnly.ParseExact(step.LocalTime, "HH:mm"));
        await MakeMailing(chain, step, step.DueOn(due, db.Site.Zone), StartTime.Resolve(wall, db.Site.Zone),
            Audience.Of(chain.Entry, chain.Exit), ct);
    }

    /// <summary>Who begins now.</summary>
    async Task<bool> Enter(Chain chain, CancellationToken ct)
    {
        if (chain.Steps.Count == 0 || await chain.Entry.RefersToDeleted(db, ct)) return false;
        var fitting = await chain.Entry.Apply(db.Members.Active(), db, ct);
        if (chain.Trigger is ChainTrigger.Fits) await SeeWhoIsOut(chain, fitting, ct);
        var places = db.ChainPlaces.Where(p => p.ChainId == chain.Id);
        var free = fitting.Where(m => !places.Any(p => p.MemberId == m.Id && (p.EndedAt == null || !chain.Again)));
        var began = await Began(chain, free, ct);
        foreach (var (member, at, occasion) in began)
        {
            var place = new ChainPlace { ChainId = chain.Id, MemberId = member, Occasion = occasion, EnteredAt = at };
            await Await(chain, place, 0, ct);
            db.ChainPlaces.Add(place);
        }
        await db.SaveChangesAsync(ct);
        return began.Count == Batch;
    }

    async Task<List<(long Member, DateTime At, string Occasion)>> Began(Chain chain, IQueryable<Member> free, CancellationToken ct)
    {
        var (now, places) = (Now, db.ChainPlaces.Where(p => p.ChainId == chain.Id));
        var since = now.AddDays(-chain.LimitDays - chain.InOrder.First().AfterDays);
        switch (chain.Trigger)
        {
            case ChainTrigger.Joined:
                return (await free.Where(m => m.ConfirmedAt >= since && !places.Any(p => p.MemberId == m.Id)).OrderBy(m => m.Id).Take(Batch)
                    .Select(m => new { m.Id, At = m.ConfirmedAt!.Value }).ToListAsync(ct)).ConvertAll(m => (m.Id, m.At, "joined"));
            case ChainTrigger.Agreed:
                var agreed = db.ConsentStates.Where(c => c.KindId == chain.KindId && c.Granted && c.Since >= since
                    && free.Any(m => m.Id == c.MemberId) && !places.Any(p => p.MemberId == c.MemberId && p.EnteredAt >= c.Since));
                return (await agreed.OrderBy(c => c.MemberId).Take(Batch).Select(c => new { c.MemberId, c.Since }).ToListAsync(ct))
                    .ConvertAll(c => (c.MemberId, c.Since, c.Since.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture)));
            case ChainTrigger.Birthday:
                return await Birthdays(chain, free, places, ct);
            default:
                var fits = free.Where(m => !places.Any(p => p.MemberId == m.Id && p.OutAt == null));
                return (await fits.OrderBy(m => m.Id).Take(Batch).Select(m => new { m.Id, N = places.Count(p => p.MemberId == m.Id) })
                    .ToListAsync(ct)).ConvertAll(m => (m.Id, now, (m.N + 1).ToString(CultureInfo.InvariantCulture)));
        }
    }

    async Task<List<(long Member, DateTime At, string Occasion)>> Birthdays(
        Chain chain, IQueryable<Member> free, IQueryable<ChainPlace> places, CancellationToken ct)
    {
        var began = new List<(long, DateTime, string)>();
        var today = Day(Now);
        for (var back = chain.LimitDays; back >= 0 && began.Count < Batch; back--)
        {
            var day = today.AddDays(-back);
            var days = BirthdaysOn(day);
            var year = day.Year.ToString(CultureInfo.InvariantCulture);
            var values = db.AttributeValues.Where(v => v.AttributeId == chain.AttributeId && days.Contains(v.MonthDay!.Value));
            var found = await free
                .Where(m => values.Any(v => v.MemberId == m.Id) && !places.Any(p => p.MemberId == m.Id && p.Occasion == year))
                .OrderBy(m => m.Id).Take(Batch - began.Count).Select(m => m.Id).ToListAsync(ct);
            var at = WallClock.StartOf(day, db.Site.Zone);
            began.AddRange(found.Where(m => !began.Exists(b => b.Item1 == m)).Select(m => (m, at, year)));
        }
        return began;
    }

    /// <summary>The birthdays that are kept on a day, as month × 100 + day: February 29 on the 28th where there is no 29th.</summary>
    public static IReadOnlyList<int> BirthdaysOn(DateOnly day) =>
        day is { Month: 2, Day: 28 } && !DateTime.IsLeapYear(day.Year) ? [228, 229] : [(day.Month * 100) + day.Day];

    /// <summary>Notes who fits no longer: when they fit again, they begin anew.</summary>
    async Task SeeWhoIsOut(Chain chain, IQueryable<Member> fitting, CancellationToken ct)
    {
        var now = Now;
        await db.ChainPlaces.Where(p => p.ChainId == chain.Id && p.OutAt == null && !fitting.Any(m => m.Id == p.MemberId))
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.OutAt, now), ct);
    }

    readonly Dictionary<(long Chain, int From, DateOnly Began), (int Step, DateTime At)?> dues = [];

    /// <summary>Lets somebody wait for the first step from a position on that is not too late; ends it if there is none.</summary>
    async Task Await(Chain chain, ChainPlace place, int from, CancellationToken ct)
    {
        var key = (chain.Id, from, Day(place.EnteredAt));
        if (!dues.TryGetValue(key, out var next)) dues[key] = next = await NextDue(chain, from, key.Item3, ct);
        if (next is var (step, at)) (place.Step, place.DueAt) = (step, at);
        else (place.Step, place.DueAt, place.EndedAt, place.End) = (from, Now, Now, ChainEnd.Finished);
    }

    async Task<(int Step, DateTime At)?> NextDue(Chain chain, int from, DateOnly began, CancellationToken ct)
    {
        var now = Now;
        foreach (var step in chain.InOrder.Where(s => s.Position >= from))
        {
            var at = step.DueOn(began, db.Site.Zone);
            if (at > now) return (step.Position, at);
            if (at < now.AddDays(-chain.LimitDays)) continue;
            // Its moment has passed, and whoever waited for that has got the mailing: it is due now, in a mailing of its own.
            for (at = now; await db.Mailings.AnyAsync(m => m.ChainStepId == step.Id && m.ChainDueAt == at, ct);) at = at.AddMilliseconds(1);
            return (step.Position, at);
        }
        return null;
    }

    IQueryable<ChainPlace> Running(Chain chain) => db.ChainPlaces.Where(p => p.ChainId == chain.Id && p.EndedAt == null);

    /// <summary>Makes the mailings of the steps that are due. Who is later than the limit gets the next step.</summary>
    async Task<bool> Make(Chain chain, CancellationToken ct)
    {
        var (now, more) = (Now, false);
        var limit = now.AddDays(-chain.LimitDays);
        // A moment later, for those whose moment was moved on by milliseconds.
        var until = now.AddSeconds(1);
        foreach (var (step, at) in (await Running(chain).Where(p => p.DueAt <= until).Select(p => new { p.Step, p.DueAt }).Distinct()
            .OrderBy(p => p.DueAt).Take(Batch).ToListAsync(ct)).ConvertAll(p => (p.Step, p.DueAt)))
        {
            var of = chain.Steps.Find(s => s.Position == step);
            if (of is null || at < limit) more |= await Move(chain, step, at, ct);
            else
                await MakeMailing(chain, of, at, null, Audience.Of(
                    chain.Stay.IsEverybody ? Chosen.By(ChainCondition.Of.With(new(chain.Id, step, at)))
                        : new(new ClauseGroup(Combine.All,
                            [.. Chosen.By(ChainCondition.Of.With(new(chain.Id, step, at))).Root.Clauses, chain.Stay.Root])),
                    chain.Exit), ct);
        }
        return more;
    }

    /// <summary>Once its recipients are written down, or a person has stopped it, those of a mailing go on to the next step.</summary>
    async Task<bool> MoveOn(Chain chain, CancellationToken ct)
    {
        var steps = chain.Steps.ConvertAll(s => s.Id);
        var waiting = Running(chain);
        var written = await db.Mailings.Where(m => m.ChainStepId != null && steps.Contains(m.ChainStepId.Value)
                && (m.Total != null || m.State == MailingState.Cancelled))
            .Where(m => waiting.Any(p => p.DueAt == m.ChainDueAt))
            .OrderBy(m => m.Id).Take(Batch).Select(m => new { m.ChainStepId, m.ChainDueAt }).ToListAsync(ct);
        var more = false;
        foreach (var mailing in written)
            more |= await Move(chain, chain.Steps.Find(s => s.Id == mailing.ChainStepId)!.Position, mailing.ChainDueAt!.Value, ct);
        return more;
    }

    async Task<bool> Move(Chain chain, int step, DateTime at, CancellationToken ct)
    {
        var some = await Running(chain).Where(p => p.Step == step && p.DueAt == at).OrderBy(p => p.Id).Take(Batch).ToListAsync(ct);
        if (some.Count == 0) return false;
        var ids = some.ConvertAll(p => p.MemberId);
        var members = db.Members.Where(m => ids.Contains(m.Id));
        var stay = (await (await chain.Stay.Apply(members, db, ct)).Select(m => m.Id).ToListAsync(ct)).ToHashSet();
        var exit = chain.Exit.IsEverybody ? []
            : (await (await chain.Exit.Apply(members, db, ct)).Select(m => m.Id).ToListAsync(ct)).ToHashSet();
        foreach (var place in some)
            if (exit.Contains(place.MemberId)) (place.EndedAt, place.End) = (Now, ChainEnd.Exited);
            else if (!stay.Contains(place.MemberId)) (place.EndedAt, place.End) = (Now, ChainEnd.Unfit);
            else await Await(chain, place, step + 1, ct);
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Once for each step and moment. A start of null is now.</summary>
    async Task MakeMailing(Chain chain, ChainStep step, DateTime due, StartTime? start, Audience audience, CancellationToken ct)
    {
        var key = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"chain {db.Site.Key} {step.Id} {due.Ticks}")).AsSpan(0, 16));
        if (await db.Mailings.AnyAsync(m => m.FormKey == key, ct) || await db.FindMailing(step.MailingId, ct) is not { } pattern) return;
        var (by, now) = (chain.ChangedBy ?? chain.CreatedBy, Now);
        var made = mailings.CopyOf(pattern, key, by);
        (made.KindId, made.Audience, made.ChainStepId, made.ChainDueAt) = (chain.KindId, audience, step.Id, due);
        made.Title = Truncate.To(Mailing.MaxTitleLength, texts.In(db.Site.Culture, "mailing.chain.title", chain.Name, pattern.Title,
            db.Site.ToLocal(due).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
        made.Schedule(by, start, db.Site.Zone.Id, now);
        db.Mailings.Add(made);
        await db.SaveChangesAsync(ct);
        db.Publish(made, MailingState.Draft);
        db.Schedule(MailingSender.Queue, now);
    }
}
