using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>The buttons on the staff's page of a group.</summary>
static class StaffGroupEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        SealedSearch.Map(app, "/staff/groups/{key}", MembersPermissions.Groups, "q").AddEndpointFilter(IfThere);
        var group = app.MapGroup("/staff/groups/{key}");
        group.MapPost("/admit", Admit).RequireAuthorization(MembersPermissions.Admit);
        group.MapPost("/refuse", Refuse).RequireAuthorization(MembersPermissions.Admit);
        group.MapPost("/add", Add).RequireAuthorization(MembersPermissions.Groups);
        group.MapPost("/take-out", TakeOut).RequireAuthorization(MembersPermissions.Groups);
        group.MapPost("/delete", Delete).RequireAuthorization(MembersPermissions.Groups);
    }

    /// <summary>What is asked of a group that is not there leads nowhere.</summary>
    static async ValueTask<object?> IfThere(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (http, key) = (context.HttpContext, context.HttpContext.GetRouteValue("key")?.ToString());
        return key is not null && await Find(http.RequestServices.GetRequiredService<SiteDb>(), key, http.RequestAborted) is not null
            ? await next(context)
            : Results.NotFound();
    }

    static Task<IResult> Admit(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        CancellationToken ct
    ) => Decide(key, member, true, db, memberships, current, ct);

    static Task<IResult> Refuse(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        CancellationToken ct
    ) => Decide(key, member, false, db, memberships, current, ct);

    static async Task<IResult> Decide(
        string key,
        long member,
        bool admit,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group)
            return Results.NotFound();
        if (!await memberships.Decide(current.Asking, group.Id, member, admit, ct))
            return Results.LocalRedirect($"/staff/groups/{key}?done=decided&member={member}");
        return Results.LocalRedirect($"/staff/groups/{key}?done={(admit ? "admitted" : "refused")}");
    }

    /// <summary>Puts in who did not ask.</summary>
    static async Task<IResult> Add(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        CancellationToken ct
    ) =>
        await Find(db, key, ct) is { } group && await memberships.Admit(current.Asking, group.Id, member, ct)
            ? Results.LocalRedirect($"/staff/groups/{key}?done=added")
            : Results.NotFound();

    static async Task<IResult> TakeOut(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        await memberships.TakeOut(current.Asking, group.Id, member, ct);
        return Results.LocalRedirect($"/staff/groups/{key}?done=taken-out&member={member}");
    }

    static async Task<IResult> Delete(string key, SiteDb db, SaveGroup groups, CurrentMember current, CancellationToken ct)
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        await groups.Delete(current.Asking, group.Id, ct);
        return Results.LocalRedirect("/staff/groups?done=deleted");
    }

    static Task<Group?> Find(SiteDb db, string key, CancellationToken ct) =>
        db.Groups.AsNoTracking().FirstOrDefaultAsync(g => g.Key == key, ct);
}
