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
        failed.MapPost("/mails/again", async (FailedWork work, CancellationToken ct) => Back(await work.SendAllAgain(ct), "again"));
        failed.MapPost(
            "/mails/{id:long}/again",
            async (long id, FailedWork work, CancellationToken ct) => Back(await work.SendAgain(id, ct), "again")
        );
        failed.MapPost(
            "/mails/{id:long}/discard",
            async (long id, FailedWork work, CancellationToken ct) => Back(await work.DiscardMail(id, ct), "discarded")
        );
        failed.MapPost(
            "/work/{id:long}/again",
            async (long id, FailedWork work, CancellationToken ct) => Back(await work.RunAgain(id, ct), "again")
        );
        failed.MapPost(
            "/work/{id:long}/discard",
            async (long id, FailedWork work, CancellationToken ct) => Back(await work.DiscardWork(id, ct), "discarded")
        );
        failed.MapPost(
            "/events/{handler}/again",
            async (string handler, FailedWork work, CancellationToken ct) => Back(await work.RetryEvent(handler, ct), "again")
        );
        failed.MapPost(
            "/events/{handler}/skip",
            async (string handler, FailedWork work, CancellationToken ct) => Back(await work.SkipEvent(handler, ct), "skipped")
        );
    }

    static IResult Back(bool did, string word) => Results.LocalRedirect($"{FailedWorkPage.Url}?done={(did ? word : "late")}");
}
