using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>Signing out: here, in one other browser, or in all others.</summary>
static class SessionEndpoints
{
    const string SignedOut = "/sign-in?why=signed-out";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/sign-out", SignOut).WithMetadata(new DoneForVisitors(SignedOut));
        app.MapPost("/account/sessions/{session:long}/end", End).RequireAuthorization();
        app.MapPost("/account/sessions/end-others", EndOthers).RequireAuthorization();
    }

    static async Task<IResult> SignOut(Sessions sessions, CancellationToken ct)
    {
        await sessions.Close(ct);
        return Results.LocalRedirect(SignedOut);
    }

    static async Task<IResult> End(long session, Sessions sessions, CurrentMember current, CancellationToken ct)
    {
        if (session == current.Session) return await SignOut(sessions, ct);
        await sessions.End(current.Id!.Value, session, ct);
        return Results.LocalRedirect("/account?done=session#sessions");
    }

    static async Task<IResult> EndOthers(Sessions sessions, CurrentMember current, CancellationToken ct)
    {
        await sessions.EndAll(current.Id!.Value, but: current.Session, ct);
        return Results.LocalRedirect("/account?done=sessions#sessions");
    }
}
