using Community.Kernel;
using Community.Ui;
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
        group.MapPost("/lead", Lead).RequireAuthorization(MembersPermissions.Groups);
        group.MapPost("/lift", Lift).RequireAuthorization(MembersPermissions.Groups);
        group.MapPost("/delete", Delete).RequireAuthorization(MembersPermissions.Groups);
    }

    /// <summary>404 for a group that does not exist.</summary>
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
        EarlierDecision earlier,
        Audit audit,
        Flash flash,
        CancellationToken ct
    ) => Decide(key, member, true, db, memberships, current, earlier, audit, flash, ct);

    static Task<IResult> Refuse(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        EarlierDecision earlier,
        Audit audit,
        Flash flash,
        CancellationToken ct
    ) => Decide(key, member, false, db, memberships, current, earlier, audit, flash, ct);

    static async Task<IResult> Decide(
        string key,
        long member,
        bool admit,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        EarlierDecision earlier,
        Audit audit,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group)
            return Results.NotFound();
        if (await memberships.Decide(current.Asking, group.Id, member, admit, ct))
            return Back(flash, key, admit ? "staff.groups.done.admitted" : "staff.groups.done.refused");
        if (await earlier.On(group, member, ct) is { } said)
        {
            await audit.Read("groups.members", [member], "name groups", ct: ct);
            flash.Say(said);
        }
        return Back(key);
    }

    /// <summary>Adds a member, with or without a request.</summary>
    static async Task<IResult> Add(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    ) =>
        await Find(db, key, ct) is { } group && await memberships.Admit(current.Asking, group.Id, member, ct)
            ? Back(flash, key, "staff.groups.done.added")
            : Results.NotFound();

    static async Task<IResult> TakeOut(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        await memberships.TakeOut(current.Asking, group.Id, member, ct);
        var name = await db.Members.Where(m => m.Id == member).Select(m => m.Name).FirstOrDefaultAsync(ct);
        FlashButton? putBack = name is null
            ? null
            : new($"/staff/groups/{key}/add", "staff.groups.put-back", name) { Field = "member", Value = $"{member}" };
        flash.Say(new FlashMessage("staff.groups.done.taken-out") { Button = putBack });
        return Back(key);
    }

    static async Task<IResult> Lead(
        string key,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] long lead = 0,
        [FromForm(Name = "no-more")] long noMore = 0
    )
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        if (!await memberships.Lead(current.Asking, group.Id, lead > 0 ? lead : noMore, lead > 0, ct)) return Results.NotFound();
        return Back(flash, key, lead > 0 ? "staff.groups.done.leads" : "staff.groups.done.leads-no-more");
    }

    static async Task<IResult> Lift(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        if (!await memberships.LiftExclusion(current.Asking, group.Id, member, ct)) return Results.NotFound();
        return Back(flash, key, "staff.groups.done.lifted");
    }

    static async Task<IResult> Delete(string key, SiteDb db, SaveGroup groups, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        await groups.Delete(current.Asking, group.Id, ct);
        flash.Say("staff.groups.deleted");
        return Results.LocalRedirect("/staff/groups");
    }

    static IResult Back(Flash flash, string key, string said)
    {
        flash.Say(said);
        return Back(key);
    }

    static IResult Back(string key) => Results.LocalRedirect($"/staff/groups/{key}");

    static Task<Group?> Find(SiteDb db, string key, CancellationToken ct) =>
        db.Groups.AsNoTracking().FirstOrDefaultAsync(g => g.Key == key, ct);
}
