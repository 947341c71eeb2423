using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The buttons on the staff's page of a group.</summary>
static class StaffGroupEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/staff/groups/{key}");
        group.MapPost("/admit", Admit).RequireAuthorization(MembersPermissions.Admit);
        group.MapPost("/refuse", Refuse).RequireAuthorization(MembersPermissions.Admit);
        group.MapPost("/take-out", TakeOut).RequireAuthorization(MembersPermissions.Groups);
        group.MapPost("/delete", Delete).RequireAuthorization(MembersPermissions.Groups);
    }

    static async Task<IResult> Admit(string key, [FromForm] long member, SiteDb db, GroupDoor door, Audit audit, CurrentMember current, CancellationToken ct)
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        // Who may only decide on requests puts nobody in who did not ask.
        if (!current.May(MembersPermissions.Groups) && !await Waits(db, group.Id, member, ct)) return Results.LocalRedirect($"/staff/groups/{key}");
        audit.Changed("groups.admit", member, "groups", group.Name);
        await door.Admit(group.Id, member, current.Id!.Value, ct);
        return Results.LocalRedirect($"/staff/groups/{key}?done=admitted");
    }

    static async Task<IResult> Refuse(string key, [FromForm] long member, SiteDb db, GroupDoor door, Audit audit, CancellationToken ct)
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        if (!await Waits(db, group.Id, member, ct)) return Results.LocalRedirect($"/staff/groups/{key}");
        audit.Changed("groups.refuse", member, "groups", group.Name);
        await door.Leave(group.Id, member, ct);
        return Results.LocalRedirect($"/staff/groups/{key}?done=refused");
    }

    static async Task<IResult> TakeOut(string key, [FromForm] long member, SiteDb db, GroupDoor door, Audit audit, CancellationToken ct)
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        audit.Changed("groups.take-out", member, "groups", group.Name);
        await door.Leave(group.Id, member, ct);
        return Results.LocalRedirect($"/staff/groups/{key}?done=taken-out&member={member}");
    }

    static async Task<IResult> Delete(string key, SiteDb db, Audit audit, CancellationToken ct)
    {
        if (await db.Groups.AsNoTracking().Where(g => g.Key == key).Select(g => (long?)g.Id).FirstOrDefaultAsync(ct) is not { } id) return Results.NotFound();
        await using var change = await db.Change<Group>(id, ct);
        if (change.Row is { } group)
        {
            await db.GroupMemberships.Where(g => g.GroupId == id).ExecuteDeleteAsync(ct);
            db.Groups.Remove(group);
            audit.Did("groups.delete", key);
            db.Publish(new GroupDeleted(id));
            await change.Commit(ct);
        }
        return Results.LocalRedirect("/staff/groups?done=deleted");
    }

    static Task<Group?> Find(SiteDb db, string key, CancellationToken ct) => db.Groups.AsNoTracking().FirstOrDefaultAsync(g => g.Key == key, ct);

    static Task<bool> Waits(SiteDb db, long group, long member, CancellationToken ct) =>
        db.GroupMemberships.AnyAsync(g => g.GroupId == group && g.MemberId == member && g.JoinedAt == null, ct);
}
