using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>The buttons on the list of failed work.</summary>
public static class FailedWorkEndpoints
{
    public const string Again = "staff.failed.done.again", Discarded = "staff.failed.done.discarded";
    const string Skipped = "staff.failed.done.skipped";
    /// <summary>Somebody else, or the other tab, decided before.</summary>
    const string Late = "staff.failed.done.late";

    public static void Map(IEndpointRouteBuilder app)
    {
        var failed = app.MapGroup(FailedWorkPage.Url).RequireAuthorization(MembersPermissions.FailedWork);
        failed.MapPost(
            "/mails/again",
            (FailedWork work, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(flash, work.SendAllAgain(current.Asking, ct), Again)
        );
        failed.MapPost(
            "/mails/{id:long}/again",
            (long id, FailedWork work, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(flash, work.SendAgain(current.Asking, id, ct), Again)
        );
        failed.MapPost(
            "/mails/{id:long}/discard",
            (long id, FailedWork work, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(flash, work.DiscardMail(current.Asking, id, ct), Discarded)
        );
        failed.MapPost(
            "/work/{id:long}/again",
            (long id, FailedWork work, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(flash, work.RunAgain(current.Asking, id, ct), Again)
        );
        failed.MapPost(
            "/work/{id:long}/discard",
            (long id, FailedWork work, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(flash, work.DiscardWork(current.Asking, id, ct), Discarded)
        );
        failed.MapPost(
            "/events/{handler}/again",
            (string handler, FailedWork work, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(flash, work.RetryEvent(current.Asking, handler, ct), Again)
        );
        failed.MapPost(
            "/events/{handler}/skip",
            (string handler, FailedWork work, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(flash, work.SkipEvent(current.Asking, handler, ct), Skipped)
        );
    }

    static async Task<IResult> Do(Flash flash, Task<bool> act, string said) => Back(flash, await act, said);

    public static IResult Back(Flash flash, bool done, string said)
    {
        flash.Say(done ? new FlashMessage(said) : new(Late) { Tone = FlashTone.Warn });
        return Results.LocalRedirect(FailedWorkPage.Url);
    }
}
