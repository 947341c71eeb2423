using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Requests about a member's data: the member or staff write them down, staff answer them.</summary>
public sealed class AnswerRequests(
    SiteDb db,
    Actors actors,
    Audit audit,
    Leaving leaving,
    MemberMails mails,
    Settings<RightsSettings> settings,
    IStringLocalizer texts
)
{
    /// <summary>Requests of one member that may be open at once.</summary>
    const int MaxOpen = 5;

    /// <summary>A member asks in words, also a suspended one. False if there is something wrong.</summary>
    public async Task<bool> Ask(RightsHolder holder, RightsKind kind, string note, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(holder.Id ?? throw new Denied(), ct);
        if (change.Row is not { } member) throw new Denied();
        Check(note, problems);
        if (string.IsNullOrWhiteSpace(note)) problems.Add("Message", texts["rights.ask.missing"]);
        if (await db.RightsRequests.CountAsync(r => r.MemberId == member.Id && r.State == RightsState.Open, ct) >= MaxOpen)
            problems.Add("", texts["rights.ask.many"]);
        if (problems.Any) return false;
        await Add(member.Id, kind, RightsWay.Site, note, db.Now, null, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Staff write down a request that came another way.</summary>
    /// <param name="actor">The acting staff member.</param>
    /// <param name="memberId">Whose data it is about.</param>
    /// <param name="kind">What is asked.</param>
    /// <param name="way">One of <see cref="RightsWay.OfStaff"/>.</param>
    /// <param name="receivedAt">When it came; not in the future. The time for the answer begins then.</param>
    /// <param name="note">What was asked, in words.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The request; null if there is no such member, or something wrong.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<RightsRequest?> Receive(
        Reader actor,
        long memberId,
        RightsKind kind,
        string way,
        DateTime receivedAt,
        string note,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await using var change = await db.Change<Member>(memberId, ct);
        var staff = await actors.Require(actor, MembersPermissions.Rights);
        if (change.Row is null) return null;
        Check(note, problems);
        if (!RightsWay.OfStaff.Contains(way)) problems.Add("Way", texts["rights.way.missing"]);
        if (receivedAt > db.Now) problems.Add("Received", texts["rights.received.future"]);
        if (problems.Any) return null;
        var request = await Add(memberId, kind, way, note, receivedAt, staff.Id, ct);
        audit.Changed("members.request", memberId, "");
        await change.Commit(ct);
        return request;
    }

    async Task<RightsRequest> Add(long member, RightsKind kind, string way, string note, DateTime at, long? by, CancellationToken ct)
    {
        var request = new RightsRequest
        {
            MemberId = member,
            Kind = kind,
            Way = way,
            ReceivedAt = at,
            DueAt = at + (await settings.Get(ct)).AnswerWithin,
            ReceivedBy = by,
            Note = Naming.ReadLines(note).Text,
        };
        db.RightsRequests.Add(request);
        return request;
    }

    /// <summary>Marks a request as answered. False if it is not open.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> Done(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<RightsRequest>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Rights);
        // An erasure is done by the erasure alone.
        if (change.Row is not { State: RightsState.Open } request || request.Kind is RightsKind.Erasure) return false;
        (request.State, request.DoneAt, request.DoneBy) = (RightsState.Done, db.Now, staff.Id);
        audit.Changed("members.request-done", request.MemberId, "");
        if (await db.Members.FindAsync([request.MemberId], ct) is { } member) mails.RequestDone(member);
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Declines a request with a reason that the member gets by e-mail. False if it is not open, or there is something wrong.
    /// </summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> Decline(Reader actor, long id, string reason, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change<RightsRequest>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Rights);
        if (change.Row is not { State: RightsState.Open } request) return false;
        if (string.IsNullOrWhiteSpace(reason)) problems.Add("Reason", texts["rights.decline.missing"]);
        problems.Lines("Reason", reason, texts);
        problems.Limit("Reason", reason, RightsRequest.MaxNoteLength, texts);
        if (problems.Any) return false;
        (request.State, request.DoneAt, request.DoneBy) = (RightsState.Declined, db.Now, staff.Id);
        request.Answer = Naming.ReadLines(reason).Text;
        audit.Changed("members.request-declined", request.MemberId, "");
        if (await db.Members.FindAsync([request.MemberId], ct) is { } member)
        {
            if (request.Kind is RightsKind.Erasure && member.LeavingSince is not null) member.ComeBack();
            mails.RequestDeclined(member, request.Answer);
        }
        await change.Commit(ct);
        return true;
    }

    /// <summary>Begins an erasure that was asked for: at once, or with the period of grace. False if it is not open.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="Refused">The member has a role.</exception>
    public async Task<bool> Erase(Reader actor, long id, bool atOnce, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Rights);
        if (await db.Locked<RightsRequest>(id, ct) is not { State: RightsState.Open, Kind: RightsKind.Erasure } request) return false;
        if (await db.Locked<Member>(request.MemberId, ct) is not { } member) return false;
        var at = await leaving.Begin(
            member,
            request.Way,
            staff.Id,
            atOnce ? TimeSpan.Zero : (await settings.Get(ct)).LeavingGrace,
            ct
        );
        if (!atOnce) mails.Leaving(member, at);
        else if (member.EraseAt > db.Now)
        {
            member.Leave(member.LeavingSince!.Value, db.Now);
            request.DueAt = db.Now;
        }
        // Nobody is told by e-mail: there is nothing to wait for.
        if (atOnce) db.Enqueue(new EraseRequested(id));
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Staff have looked at the texts of others in which an erased member's name was typed. False if there is no such request.
    /// </summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> SeenTyped(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<RightsRequest>(id, ct);
        await actors.Require(actor, MembersPermissions.Rights);
        if (change.Row is not { } request) return false;
        (request.TypedSeenAt, request.Typed) = (db.Now, "");
        audit.Did("members.typed-seen");
        await change.Commit(ct);
        return true;
    }

    void Check(string note, Problems problems)
    {
        problems.Lines("Message", note, texts);
        problems.Limit("Message", note, RightsRequest.MaxNoteLength, texts);
    }
}
