using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// One-click unsubscribe (RFC 8058): the mail provider posts without cookie, form or sign-in; the token is the authorization.
/// Idempotent. Answered on every host of the site, never redirected.
/// </summary>
static class UnsubscribeEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        // Takes precedence over the page at the same URL, which people see if they open it.
        app.MapPost("/u/{token}/one-click", OneClick)
            .WithMetadata(new WithoutTermsAttribute())
            .WithOrder(-1)
            .DisableAntiforgery()
            .RequireRateLimiting("leave")
            .WithMetadata(new OnEveryHostAttribute(), new EvenWhenOffAttribute());

    static async Task<IResult> OneClick(
        string token,
        HttpRequest request,
        UnsubscribeLinks links,
        RecordLeaving leaving,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        if (await links.Read(token, ct) is not { } link)
            return Answer(texts["mailing.leave.unknown"], StatusCodes.Status404NotFound);
        if (!request.HasFormContentType || (await request.ReadFormAsync(ct))["List-Unsubscribe"] != "One-Click")
            return Answer("List-Unsubscribe=One-Click (RFC 8058)", StatusCodes.Status400BadRequest);
        await leaving.Of(link, false, ConsentSource.OneClick, "List-Unsubscribe=One-Click", ct);
        return Answer(texts["mailing.leave.title"], StatusCodes.Status200OK);
    }

    static IResult Answer(string text, int status) => Results.Text(text, "text/plain; charset=utf-8", statusCode: status);
}
