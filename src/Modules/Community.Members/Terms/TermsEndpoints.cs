using System.Globalization;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>The buttons about terms.</summary>
static class TermsEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/terms/{version:long}/told", Told)
            .RequireAuthorization()
            .RequireRateLimiting("account")
            .WithMetadata(new WithoutTermsAttribute(), new WithoutSecondFactorAttribute());
        app.MapPost("/staff/terms/{version:long}/withdraw", Withdraw).RequireAuthorization(MembersPermissions.Terms);
        app.MapPost("/staff/terms/{version:long}/discard", Discard).RequireAuthorization(MembersPermissions.Terms);
    }

    static async Task<IResult> Told(long version, AnswerTerms answers, TermsInForce terms, CurrentMember current, HttpRequest request)
    {
        var revision = (await terms.Present()).FirstOrDefault(e => e.Id == version)?.Revision ?? 1;
        var seen = new TermsSeen(version, revision, CultureInfo.CurrentUICulture.TwoLetterISOLanguageName);
        await answers.Give(current.Asking, [seen], TermsAnswerKind.Told, TermsWay.Page);
        return Results.LocalRedirect(LocalUrl.Sender(request) ?? "/");
    }

    static async Task<IResult> Withdraw(long version, WriteTerms write, CurrentMember current, Flash flash)
    {
        var done = await write.Withdraw(current.Asking, version);
        flash.Say(done ? new FlashMessage("terms.done.withdrawn") : new("terms.done.not-withdrawn") { Tone = FlashTone.Danger });
        return Results.LocalRedirect(StaffTermsPage.Url);
    }

    static async Task<IResult> Discard(long version, WriteTerms write, CurrentMember current, Flash flash)
    {
        await write.Discard(current.Asking, version);
        flash.Say("terms.done.discarded");
        return Results.LocalRedirect(StaffTermsPage.Url);
    }
}
