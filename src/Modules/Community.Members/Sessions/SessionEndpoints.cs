using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

static class SessionEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/sign-out", SignOut);

    static async Task<IResult> SignOut(SignIns signIns)
    {
        await signIns.Close();
        return Results.LocalRedirect("/sign-in?why=signed-out");
    }
}
