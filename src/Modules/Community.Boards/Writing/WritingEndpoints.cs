using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Boards;

/// <summary>
/// What the script of the writing pages asks while somebody types. They are posted, so that they are limited as posts are.
/// </summary>
static class WritingEndpoints
{
    public const string Limit = "typing";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/boards/{boardKey}/names", Names).RequireAuthorization(MembersPermissions.Meet).RequireRateLimiting(Limit);
    }

    static async Task<IResult> Names(
        string boardKey,
        [FromForm] string? typed,
        Completion completion,
        CurrentMember current,
        CancellationToken ct
    ) => await completion.Of(await current.Reader(ct), boardKey, typed ?? "", ct) is { } names ? Results.Json(names) : Results.NotFound();
}
