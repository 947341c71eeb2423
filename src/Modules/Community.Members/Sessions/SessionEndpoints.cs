using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>Signing out: here, in one other browser, or in all others.</summary>
static class SessionEndpoints
{
    static readonly FlashMessage SignedOut = new("members.sign-in.signed-out") { Link = new("/", "members.sign-in.home") };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/sign-out", SignOut)
            .WithMetadata(
                new DoneForVisitors(SignInPage.Url, SignedOut),
                new WithoutTermsAttribute(),
                new WithoutSecondFactorAttribute()
            );
        app.MapPost("/account/sessions/{session:long}/end", End).RequireAuthorization().WithMetadata(new WithoutTermsAttribute());
        app.MapPost("/account/sessions/end-others", EndOthers).RequireAuthorization().WithMetadata(new WithoutTermsAttribute());
    }

    static async Task<IResult> SignOut(Sessions sessions, Flash flash, CancellationToken ct)
    {
        await sessions.Close(ct);
        flash.SayTo(null, SignedOut);
        return Results.LocalRedirect(SignInPage.Url);
    }

    static async Task<IResult> End(long session, Sessions sessions, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (session == current.Session) return await SignOut(sessions, flash, ct);
        await sessions.End(current.Id!.Value, session, ct);
        return BackToList(flash, "members.account.done.session");
    }

    static async Task<IResult> EndOthers(Sessions sessions, CurrentMember current, Flash flash, CancellationToken ct)
    {
        await sessions.EndAll(current.Id!.Value, but: current.Session, ct);
        return BackToList(flash, "members.account.done.sessions");
    }

    static IResult BackToList(Flash flash, string said)
    {
        flash.Say(new FlashMessage(said) { At = AccountPage.SessionsPlace });
        return Results.LocalRedirect("/account#sessions");
    }
}
