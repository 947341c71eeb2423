using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Mailing;

/// <summary>The buttons: take back, pause, resume, cancel, send late, and what becomes of recipients that nobody reached.</summary>
static class MailingEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/staff/mailings/{id:long}").RequireAuthorization(MailingPermissions.Send);
        group.MapPost("/pause", async (long id, ScheduleMailing schedule) => Answer(id, await schedule.Pause(id)));
        group.MapPost("/resume", async (long id, ScheduleMailing schedule) => Answer(id, await schedule.Resume(id)));
        group.MapPost("/take-back", async (long id, ScheduleMailing schedule) => Answer(id, await schedule.TakeBack(id)));
        group.MapPost("/cancel", async (long id, ScheduleMailing schedule) => Answer(id, await schedule.Cancel(id)));
        group.MapPost("/send-late", async (long id, ScheduleMailing schedule) => Answer(id, await schedule.SendLate(id)));
        group.MapPost(
            "/recipients/{delivery:long}/count-as-sent",
            async (long id, long delivery, DecideDeliveries decide) => Answer(id, await decide.Unknown(id, delivery, again: false))
        );
        group.MapPost(
            "/recipients/{delivery:long}/send-again",
            async (long id, long delivery, DecideDeliveries decide) => Answer(id, await decide.Unknown(id, delivery, again: true))
        );
        var failed = app.MapGroup(FailedWorkPage.Url + "/mailings/{id:long}").RequireAuthorization(MembersPermissions.FailedWork);
        failed.MapPost("/again", async (long id, DecideDeliveries decide) => AnswerFailed(await decide.Failed(id, again: true), "again"));
        failed.MapPost(
            "/discard",
            async (long id, DecideDeliveries decide) => AnswerFailed(await decide.Failed(id, again: false), "discarded")
        );
    }

    static IResult Answer(long id, ScheduleRefusal? refusal) => refusal switch
    {
        null => Results.LocalRedirect("/staff/mailings/" + id),
        ScheduleRefusal.NotFound => Results.NotFound(),
        ScheduleRefusal.NotAllowed => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => Results.LocalRedirect($"/staff/mailings/{id}?late=true"),
    };

    static IResult Answer(long id, Decided decided) => decided switch
    {
        Decided.Done => Results.LocalRedirect($"/staff/mailings/{id}/recipients?state=Ambiguous"),
        Decided.NotFound => Results.NotFound(),
        Decided.NotAllowed => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => Results.LocalRedirect($"/staff/mailings/{id}?late=true"),
    };

    static IResult AnswerFailed(Decided decided, string done) => decided switch
    {
        Decided.NotFound => Results.NotFound(),
        Decided.NotAllowed => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => Results.LocalRedirect($"{FailedWorkPage.Url}?done={(decided == Decided.Done ? done : "late")}"),
    };
}
