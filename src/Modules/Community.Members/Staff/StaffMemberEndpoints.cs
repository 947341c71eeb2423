using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The buttons on the staff's page of one member. Each redirects back to it with a word for the outcome.</summary>
static class StaffMemberEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/staff/first-steps", PutFirstStepsAway).RequireAuthorization(MembersPermissions.Roles);
        SealedSearch.Map(app, "/staff/audit", MembersPermissions.Audit, "member", "actor", "action", "from", "to", "changes");
        var member = app.MapGroup("/staff/members/{id:long}");
        member.MapPost("/confirm", Confirm).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/send-confirmation", SendConfirmation).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/stop-mail", StopMail).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/groups", PutInGroups).RequireAuthorization(MembersPermissions.Groups);
        member.MapPost("/merges/{merge:long}/undo", UndoMerge).RequireAuthorization(MembersPermissions.Merge);
        member.MapPost("/tags", SetTags).RequireAuthorization(MembersPermissions.Tags);
        member.MapPost("/notes", AddNote).RequireAuthorization(MembersPermissions.Notes);
        member.MapPost("/notes/{note:long}/delete", DeleteNote).RequireAuthorization(MembersPermissions.Notes);
        member.MapPost("/role", GiveRole).RequireAuthorization(MembersPermissions.Roles);
        app.MapPost("/account/measures/read", ReadWarning).RequireAuthorization();
        member.MapPost("/end-silence", EndSilence).RequireAuthorization(MembersPermissions.Suspend);
        member.MapPost("/lift", Lift).RequireAuthorization(MembersPermissions.Suspend);
        member.MapPost("/reset-factors", ResetFactors).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/confirm-email", ConfirmEmail).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/lift-suppression", LiftSuppression).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/sessions/end", SignOut).RequireAuthorization(MembersPermissions.Suspend);
        member.MapPost("/sessions/{session:long}/end", EndSession).RequireAuthorization(MembersPermissions.Suspend);
    }

    static async Task<IResult> PutFirstStepsAway(PutAwayFirstSteps steps, CurrentMember current, CancellationToken ct)
    {
        await steps.Do(current.Asking, ct);
        return Results.LocalRedirect("/staff");
    }

    static IResult Back(Flash flash, long id, string said, bool done = true)
    {
        flash.Say(new FlashMessage(said) { Tone = done ? FlashTone.Ok : FlashTone.Danger });
        return Results.LocalRedirect($"/staff/members/{id}");
    }

    static async Task<IResult> Confirm(
        long id,
        Registration registration,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    ) => await registration.ConfirmByStaff(current.Asking, id, ct) ? Back(flash, id, "staff.done.confirmed") : Results.NotFound();

    static async Task<IResult> SendConfirmation(
        long id,
        SiteDb db,
        Registration registration,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (!await db.Members.AnyAsync(m => m.Id == id, ct)) return Results.NotFound();
        var sent = await registration.SendByStaff(current.Asking, id, ct);
        return Back(flash, id, sent ? "staff.done.sent" : "staff.done.not-sent", sent);
    }

    static async Task<IResult> StopMail(long id, Consents consents, CurrentMember current, Flash flash, CancellationToken ct) =>
        await consents.StopByStaff(current.Asking, id, ct) ? Back(flash, id, "staff.done.mail-stopped") : Results.NotFound();

    static async Task<IResult> PutInGroups(
        long id,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] long[]? groups
    ) => await memberships.Set(current.Asking, id, groups ?? [], ct) ? Back(flash, id, "staff.done.groups") : Results.NotFound();

    static async Task<IResult> UndoMerge(long id, long merge, MergeMembers merges, CurrentMember current, Flash flash, CancellationToken ct)
    {
        var undone = await merges.Undo(current.Asking, merge, ct);
        return Back(flash, id, undone ? "staff.merge.undone" : "staff.bulk.late", undone);
    }

    static async Task<IResult> SetTags(
        long id,
        SaveTags save,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] long[]? tags
    ) => await save.Set(current.Asking, id, tags ?? [], ct) ? Back(flash, id, "staff.done.saved") : Results.NotFound();

    static async Task<IResult> AddNote(
        long id,
        WriteNotes notes,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] string? note
    )
    {
        await notes.Add(current.Asking, id, note, ct);
        return Back(flash, id, "staff.done.saved");
    }

    static async Task<IResult> DeleteNote(long id, long note, WriteNotes notes, CurrentMember current, Flash flash, CancellationToken ct)
    {
        await notes.Delete(current.Asking, id, note, ct);
        return Back(flash, id, "staff.notes.deleted");
    }

    static async Task<IResult> GiveRole(
        long id,
        MemberRoles roles,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] string? role
    )
    {
        var given = await roles.Give(current.Asking, id, string.IsNullOrEmpty(role) ? null : role, ct);
        return Back(flash, id, given ? "staff.done.role" : "staff.done.not-role", given);
    }

    static async Task<IResult> ReadWarning(HttpContext http, TakeMeasure measure, CurrentMember current, CancellationToken ct)
    {
        await measure.Read(current.Asking, ct);
        return Results.LocalRedirect(LocalUrl.Sender(http.Request) ?? "/");
    }

    static async Task<IResult> EndSilence(long id, TakeMeasure measure, CurrentMember current, Flash flash, CancellationToken ct)
    {
        var ended = await measure.EndSilence(current.Asking, id, ct);
        flash.Say(new FlashMessage(ended ? "measures.ended" : "measures.already") { Tone = ended ? FlashTone.Ok : FlashTone.Danger });
        return Results.LocalRedirect(MeasurePage.UrlOf(id));
    }

    static async Task<IResult> ResetFactors(
        long id,
        SecondFactors factors,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] string? how
    )
    {
        var reset = await factors.ResetByStaff(current.Asking, id, how, ct);
        return Back(flash, id, reset ? "staff.done.factors-reset" : "staff.done.not-factors-reset", reset);
    }

    static async Task<IResult> ConfirmEmail(
        long id,
        EmailChanges changes,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] long change,
        [FromForm] string? how
    )
    {
        var done = await changes.ConfirmByStaff(current.Asking, id, change, how, ct);
        return Back(flash, id, done ? "staff.done.email-confirmed" : "staff.done.not-email-confirmed", done);
    }

    static async Task<IResult> LiftSuppression(
        long id,
        LiftSuppression suppression,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] string? why
    )
    {
        var lifted = await suppression.Of(current.Asking, id, why, ct);
        return Back(flash, id, lifted ? "staff.suppression.lifted" : "staff.suppression.not-lifted", lifted);
    }

    static async Task<IResult> Lift(long id, MemberRoles roles, CurrentMember current, Flash flash, CancellationToken ct) =>
        await roles.Lift(current.Asking, id, ct) ? Back(flash, id, "staff.done.lifted") : Results.NotFound();

    static async Task<IResult> SignOut(long id, MemberRoles roles, CurrentMember current, Flash flash, CancellationToken ct) =>
        await roles.SignOut(current.Asking, id, null, ct) ? Back(flash, id, "staff.done.signed-out") : Results.NotFound();

    static async Task<IResult> EndSession(
        long id,
        long session,
        MemberRoles roles,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    ) => await roles.SignOut(current.Asking, id, session, ct) ? Back(flash, id, "staff.done.signed-out") : Results.NotFound();
}
