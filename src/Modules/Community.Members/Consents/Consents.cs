using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Grants and withdraws consent to direct mail. Unless noted, each method is a transaction of its own under the member's lock, appends
/// the change to the log, and is idempotent.
/// </summary>
/// <remarks><c>source</c>: where it was given (<see cref="ConsentEvent.Source"/>). <c>text</c>: the sentence shown there.
/// <c>actor</c>: who acted, if it was not the member. <c>also</c>: done in the same transaction if consents were taken back, with their
/// kinds.</remarks>
public sealed class Consents(SiteDb db, Actors actors, Audit audit, IHttpContextAccessor http, TimeProvider time)
{
    public Task Grant(long member, long kind, string source, string text, long? actor = null, CancellationToken ct = default) =>
        Change(member, states => Set(states, member, kind, true, ConsentAction.Grant, source, text, actor), ct);

    public Task Withdraw(
        long member,
        long kind,
        string source,
        string text,
        long? actor = null,
        Func<IReadOnlyList<long>, Task>? also = null,
        CancellationToken ct = default
    ) =>
        Change(member, async states =>
        {
            if (await Set(states, member, kind, false, ConsentAction.Withdraw, source, text, actor) && also is not null) await also([kind]);
        }, ct);

    /// <summary>Stops all direct mail. A later grant of a kind reopens that kind alone.</summary>
    public Task WithdrawAll(
        long member,
        string source,
        string text,
        long? actor = null,
        Func<IReadOnlyList<long>, Task>? also = null,
        CancellationToken ct = default
    ) =>
        Change(member, async states =>
        {
            if (await Stop(states, member, source, text, actor, ct) is { Count: > 0 } kinds && also is not null) await also(kinds);
        }, ct);

    /// <returns>The kinds that were taken back.</returns>
    async Task<IReadOnlyList<long>> Stop(
        IQueryable<ConsentState> states, long member, string source, string text, long? actor, CancellationToken ct)
    {
        var rows = await states.ToListAsync(ct);
        var row = await db.Members.SingleAsync(m => m.Id == member, ct);
        var granted = rows.FindAll(s => s.Granted);
        if (row.MailStoppedAt is not null && granted.Count == 0) return [];
        row.MailStoppedAt = Now;
        foreach (var state in granted) (state.Granted, state.Since) = (false, Now);
        Log(member, null, ConsentAction.WithdrawAll, source, text, actor);
        return granted.ConvertAll(g => g.KindId);
    }

    /// <summary>The same, done by staff. False if there is no such member.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> StopByStaff(Reader actor, long member, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(member, ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is null) return false;
        audit.Changed("members.stop-mail", member, "consents");
        await Stop(db.ConsentStates.Where(s => s.MemberId == member), member, ConsentSource.Staff, "", staff.Id, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Grants the <paramref name="granted"/> ones of <paramref name="kinds"/> and withdraws the others, as a form with one box per kind
    /// does, in the reader's language. See <see cref="KindsSeen.Check"/> for a text that was changed meanwhile.
    /// </summary>
    public Task Choose(
        long member,
        IReadOnlyCollection<MailKind> kinds,
        IReadOnlySet<long> granted,
        string source,
        long? actor = null,
        CancellationToken ct = default
    ) =>
        Change(
            member,
            async states =>
            {
                foreach (var kind in kinds)
                    await Set(
                        states,
                        member,
                        kind.Id,
                        granted.Contains(kind.Id),
                        granted.Contains(kind.Id) ? ConsentAction.Grant : ConsentAction.Withdraw,
                        source,
                        kind.Sentence,
                        actor,
                        kind.Revision
                    );
            },
            ct
        );

    /// <summary>
    /// Grants what was ticked in the registration whose link is used, and withdraws what others ticked before for the same address. Runs in
    /// the caller's transaction, under the member's lock.
    /// </summary>
    public async Task Begin(long member, IReadOnlyCollection<PendingRegistration.Ticked> ticked, CancellationToken ct)
    {
        var states = db.ConsentStates.Where(s => s.MemberId == member);
        foreach (var other in await states.Where(s => s.Granted).Select(s => s.KindId).ToListAsync(ct))
            if (ticked.All(t => t.KindId != other))
                await Set(states, member, other, false, ConsentAction.Withdraw, ConsentSource.Register, "", null);
        var kinds = await db.MailKinds.Select(k => k.Id).ToListAsync(ct);
        foreach (var (kind, text, revision) in ticked.Where(t => kinds.Contains(t.KindId)))
            await Set(states, member, kind, true, ConsentAction.Grant, ConsentSource.Register, text, null, revision);
    }

    /// <summary>Consent that staff recorded from a paper. Runs in the caller's transaction, under the member's lock.</summary>
    internal Task OnPaper(long member, long kind, string text, long actor, ConsentProof proof) =>
        Set(
            db.ConsentStates.Where(s => s.MemberId == member),
            member,
            kind,
            true,
            ConsentAction.Grant,
            ConsentSource.Paper,
            text,
            actor,
            proof: proof
        );

    /// <summary>
    /// Consent of an address from a partner's event, given on the page to which its mail leads. Runs in the caller's transaction.
    /// </summary>
    internal async Task ByEvent(long member, IReadOnlyCollection<MailKind> kinds, AskedAddress asked)
    {
        foreach (var kind in kinds)
        {
            var proof = Seen(member) ?? new ConsentProof { MemberId = member };
            (proof.Place, proof.SignedOn) = (asked.Event, asked.HeldOn);
            await Set(
                db.ConsentStates.Where(s => s.MemberId == member),
                member,
                kind.Id,
                true,
                ConsentAction.Grant,
                ConsentSource.Event,
                kind.Sentence,
                null,
                kind.Revision,
                proof
            );
        }
    }

    /// <summary>Adds consent for a member of a recipe, dated to when the member joined; saved with the next save.</summary>
    public static void Granted(SiteDb db, Member member, IReadOnlyCollection<MailKind> kinds)
    {
        var at = member.JoinedAt;
        db.ConsentStates.AddRange(kinds.Select(k => new ConsentState { MemberId = member.Id, KindId = k.Id, Granted = true, Since = at }));
        db.ConsentEvents.AddRange(
            kinds.Select(k => new ConsentEvent
            {
                MemberId = member.Id,
                KindId = k.Id,
                Action = ConsentAction.Grant,
                At = at,
                Source = ConsentSource.Recipe,
                Text = k.Sentences.For(db.Site.Culture).Text is { Length: > 0 } text ? text : k.Names.For(db.Site.Culture).Text,
                Revision = k.Revision,
            })
        );
    }

    /// <returns>False if it was so already.</returns>
    async Task<bool> Set(
        IQueryable<ConsentState> states,
        long member,
        long kind,
        bool granted,
        ConsentAction action,
        string source,
        string text,
        long? actor,
        int? revision = null,
        ConsentProof? proof = null
    )
    {
        var state = await states.FirstOrDefaultAsync(s => s.KindId == kind);
        // No row means never granted: there is nothing to withdraw.
        if ((state?.Granted ?? false) == granted) return false;
        var since = Now;
        // A grant lifts the member's own stop for this kind alone, also when the clock was put back in between.
        if (granted && await db.Members.Where(m => m.Id == member).Select(m => m.MailStoppedAt).FirstOrDefaultAsync() is { } stopped
            && stopped > since)
            since = stopped;
        if (state is null) db.ConsentStates.Add(new ConsentState { MemberId = member, KindId = kind, Granted = true, Since = since });
        else (state.Granted, state.Since) = (granted, since);
        Log(member, kind, action, source, text, actor, revision, proof);
        return true;
    }

    void Log(
        long member,
        long? kind,
        ConsentAction action,
        string source,
        string text,
        long? actor,
        int? revision = null,
        ConsentProof? proof = null
    )
    {
        db.Publish(new ConsentChanged(member, kind, action is ConsentAction.Grant));
        db.ConsentEvents.Add(
            new ConsentEvent
            {
                MemberId = member,
                KindId = kind,
                Action = action,
                At = Now,
                Source = source,
                Text = text,
                Revision = revision,
                ActorId = actor,
                Proof = proof ?? (actor is null ? Seen(member) : null),
            }
        );
    }

    /// <summary>The member's own act, in a browser or by a mail program: from where.</summary>
    ConsentProof? Seen(long member) => http.HttpContext is not { } context
        ? null
        : new ConsentProof
        {
            MemberId = member,
            Network = SignIn.NetworkOf(context.Connection.RemoteIpAddress),
            Agent = SignIn.AgentOf(context.Request.Headers.UserAgent.ToString()),
        };

    async Task Change(long member, Func<IQueryable<ConsentState>, Task> work, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(member, ct);
        if (change.Row is null) return;
        await work(db.ConsentStates.Where(s => s.MemberId == member));
        await change.Commit(ct);
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
