using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>The buttons on the list of failed work.</summary>
static class FailedWorkEndpoints
{
    /// <summary>Of the page's words on how it went.</summary>
    public static readonly IReadOnlySet<string> Words = new HashSet<string> { "again", "discarded", "skipped", "late" };

    public static void Map(IEndpointRouteBuilder app)
    {
        var failed = app.MapGroup(FailedWorkPage.Url).RequireAuthorization(MembersPermissions.FailedWork);
        failed.MapPost(
            "/mails/again",
            (FailedWork work, CurrentMember current, CancellationToken ct) => Do(work.SendAllAgain(current.Asking, ct), "again")
        );
        failed.MapPost(
            "/mails/{id:long}/again",
            (long id, FailedWork work, CurrentMember current, CancellationToken ct) => Do(work.SendAgain(current.Asking, id, ct), "again")
        );
        failed.MapPost(
            "/mails/{id:long}/discard",
            (long id, FailedWork work, CurrentMember current, CancellationToken ct) =>
                Do(work.DiscardMail(current.Asking, id, ct), "discarded")
        );
        failed.MapPost(
            "/work/{id:long}/again",
            (long id, FailedWork work, CurrentMember current, CancellationToken ct) => Do(work.RunAgain(current.Asking, id, ct), "again")
        );
        failed.MapPost(
            "/work/{id:long}/discard",
            (long id, FailedWork work, CurrentMember current, CancellationToken ct) =>
                Do(work.DiscardWork(current.Asking, id, ct), "discarded")
        );
        failed.MapPost(
            "/events/{handler}/again",
            (string handler, FailedWork work, CurrentMember current, CancellationToken ct) =>
                Do(work.RetryEvent(current.Asking, handler, ct), "again")
        );
        failed.MapPost(
            "/events/{handler}/skip",
            (string handler, FailedWork work, CurrentMember current, CancellationToken ct) =>
                Do(work.SkipEvent(current.Asking, handler, ct), "skipped")
        );
    }

    static async Task<IResult> Do(Task<bool> act, string word) =>
        Results.LocalRedirect($"{FailedWorkPage.Url}?done={(await act ? word : "late")}");
}
