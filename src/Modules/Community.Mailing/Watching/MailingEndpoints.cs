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
        group.MapPost("/pause", async (long id, ScheduleMailing schedule, Flash flash) => Answer(flash, id, await schedule.Pause(id)));
        group.MapPost("/resume", async (long id, ScheduleMailing schedule, Flash flash) => Answer(flash, id, await schedule.Resume(id)));
        group.MapPost(
            "/take-back",
            async (long id, ScheduleMailing schedule, Flash flash) => Answer(flash, id, await schedule.TakeBack(id))
        );
        group.MapPost("/cancel", async (long id, ScheduleMailing schedule, Flash flash) => Answer(flash, id, await schedule.Cancel(id)));
        group.MapPost(
            "/send-late",
            async (long id, ScheduleMailing schedule, Flash flash) => Answer(flash, id, await schedule.SendLate(id))
        );
        group.MapPost(
            "/recipients/{delivery:long}/count-as-sent",
            async (long id, long delivery, DecideDeliveries decide, Flash flash) =>
                Answer(flash, id, await decide.Unknown(id, delivery, again: false))
        );
        group.MapPost(
            "/recipients/{delivery:long}/send-again",
            async (long id, long delivery, DecideDeliveries decide, Flash flash) =>
                Answer(flash, id, await decide.Unknown(id, delivery, again: true))
        );
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

    static IResult Answer(Flash flash, long id, ScheduleRefusal? refusal) => refusal switch
    {
        null => Results.LocalRedirect("/staff/mailings/" + id),
        ScheduleRefusal.NotFound => Results.NotFound(),
        ScheduleRefusal.NotAllowed => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => TooLate(flash, id),
    };

    static IResult Answer(Flash flash, long id, Decided decided) => decided switch
    {
        Decided.Done => Results.LocalRedirect($"/staff/mailings/{id}/recipients?state=Ambiguous"),
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

    static IResult TooLate(Flash flash, long id)
    {
        flash.Say(MailingDone.Late);
        return Results.LocalRedirect($"/staff/mailings/{id}");
    }
}
