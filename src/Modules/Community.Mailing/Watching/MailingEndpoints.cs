using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Mailing;

/// <summary>The buttons: take back, pause, resume, cancel, send late, and decisions about recipients who were not reached.</summary>
static class MailingEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/staff/mailings/{id:long}").RequireAuthorization(MailingPermissions.Send);
        group.MapPost("/pause", async (long id, ScheduleMailing schedule, Flash flash) =>
            Answer(flash, id, await schedule.Pause(id), "mailing.done.pause"));
        group.MapPost("/resume", async (long id, ScheduleMailing schedule, Flash flash) =>
            Answer(flash, id, await schedule.Resume(id), "mailing.done.resume"));
        // The page says by itself that nothing is reserved any more: see TakenBackNotice.
        group.MapPost("/take-back", async (long id, ScheduleMailing schedule, Flash flash) =>
            Answer(flash, id, await schedule.TakeBack(id), null));
        group.MapPost("/cancel", async (long id, ScheduleMailing schedule, Flash flash) =>
            Answer(flash, id, await schedule.Cancel(id), "mailing.done.cancel"));
        group.MapPost("/send-late", async (long id, ScheduleMailing schedule, Flash flash) =>
            Answer(flash, id, await schedule.SendLate(id), "mailing.done.send-late"));
        group.MapPost("/recipients/{delivery:long}/count-as-sent", async (long id, long delivery, DecideDeliveries decide, Flash flash) =>
            Answer(flash, id, await decide.Unknown(id, delivery, again: false), "mailing.done.count-as-sent"));
        group.MapPost("/recipients/{delivery:long}/send-again", async (long id, long delivery, DecideDeliveries decide, Flash flash) =>
            Answer(flash, id, await decide.Unknown(id, delivery, again: true), "mailing.done.send-again"));
        var failed = app.MapGroup(FailedWorkPage.Url + "/mailings/{id:long}").RequireAuthorization(MembersPermissions.FailedWork);
        failed.MapPost(
            "/again",
            async (long id, DecideDeliveries decide, Flash flash) =>
                AnswerFailed(flash, await decide.Failed(id, again: true), FailedWorkEndpoints.Again)
        );
        failed.MapPost(
            "/discard",
            async (long id, DecideDeliveries decide, Flash flash) =>
                AnswerFailed(flash, await decide.Failed(id, again: false), FailedWorkEndpoints.Discarded)
        );
    }

    static IResult Answer(Flash flash, long id, ScheduleRefusal? refusal, string? said) => refusal switch
    {
        null => Done(flash, "/staff/mailings/" + id, said),
        ScheduleRefusal.NotFound => Results.NotFound(),
        ScheduleRefusal.NotAllowed => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => TooLate(flash, id),
    };

    static IResult Answer(Flash flash, long id, Decided decided, string said) => decided switch
    {
        Decided.Done => Done(flash, $"/staff/mailings/{id}/recipients?state=Ambiguous", said),
        Decided.NotFound => Results.NotFound(),
        Decided.NotAllowed => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => TooLate(flash, id),
    };

    static IResult AnswerFailed(Flash flash, Decided decided, string said) => decided switch
    {
        Decided.NotFound => Results.NotFound(),
        Decided.NotAllowed => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => FailedWorkEndpoints.Back(flash, decided == Decided.Done, said),
    };

    static IResult Done(Flash flash, string url, string? said)
    {
        if (said is not null) flash.Say(said);
        return Results.LocalRedirect(url);
    }

    static IResult TooLate(Flash flash, long id)
    {
        flash.Say(MailingDone.Late);
        return Results.LocalRedirect($"/staff/mailings/{id}");
    }
}
