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
        Membership membership,
        CurrentMember current,
        CancellationToken ct
    ) => Decide(key, member, true, db, membership, current, ct);

    static Task<IResult> Refuse(
        string key,
        [FromForm] long member,
        SiteDb db,
        Membership membership,
        CurrentMember current,
        CancellationToken ct
    ) => Decide(key, member, false, db, membership, current, ct);

    static async Task<IResult> Decide(
        string key,
        long member,
        bool admit,
        SiteDb db,
        Membership membership,
        CurrentMember current,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group)
            return Results.NotFound();
        if (!await membership.Decide(group.Id, member, admit, current.Id!.Value, ct))
            return Results.LocalRedirect($"/staff/groups/{key}?done=decided&member={member}");
        return Results.LocalRedirect($"/staff/groups/{key}?done={(admit ? "admitted" : "refused")}");
    }

    /// <summary>Puts in who did not ask.</summary>
    static async Task<IResult> Add(
        string key,
        [FromForm] long member,
        SiteDb db,
        Membership membership,
        Audit audit,
        CurrentMember current,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group)
            return Results.NotFound();
        if (await db.GroupMemberships.AnyAsync(g => g.GroupId == group.Id && g.MemberId == member && g.JoinedAt != null, ct))
            return Results.LocalRedirect($"/staff/groups/{key}?done=added");
        audit.Changed("groups.add", member, "", group.Name);
        return await membership.Admit(group.Id, member, current.Id!.Value, ct)
            ? Results.LocalRedirect($"/staff/groups/{key}?done=added")
            : Results.NotFound();
    }

    static async Task<IResult> TakeOut(string key, [FromForm] long member, SiteDb db, Membership membership, Audit audit, CancellationToken ct)
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        audit.Changed("groups.take-out", member, "", group.Name);
        await membership.Leave(group.Id, member, ct);
        return Results.LocalRedirect($"/staff/groups/{key}?done=taken-out&member={member}");
    }

    static async Task<IResult> Delete(string key, SiteDb db, Audit audit, CancellationToken ct)
    {
        if (await db.Groups.AsNoTracking().Where(g => g.Key == key).Select(g => (long?)g.Id).FirstOrDefaultAsync(ct) is not { } id)
            return Results.NotFound();
        await using var change = await db.Change<Group>(id, ct);
        if (change.Row is { } group)
        {
            await db.GroupMemberships.Where(g => g.GroupId == id).ExecuteDeleteAsync(ct);
            db.Groups.Remove(group);
            audit.Did("groups.delete", group.Name);
            db.Publish(new GroupDeleted(id));
            await change.Commit(ct);
        }
        return Results.LocalRedirect("/staff/groups?done=deleted");
    }

    static Task<Group?> Find(SiteDb db, string key, CancellationToken ct) =>
        db.Groups.AsNoTracking().FirstOrDefaultAsync(g => g.Key == key, ct);
}
