using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>The buttons on the staff's page of one member. Each leads back to it with a word on how it went.</summary>
static class StaffMemberEndpoints
{
    public static readonly IReadOnlySet<string> Words = new HashSet<string>
    {
        "saved",
        "saved-email",
        "registered",
        "confirmed",
        "sent",
        "not-sent",
        "suspended",
        "not-suspended",
        "lifted",
        "role",
        "not-role",
        "groups",
        "mail-stopped",
        "signed-out",
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/staff/first-steps", PutFirstStepsAway).RequireAuthorization(MembersPermissions.Roles);
        var conditions = app
            .ServiceProvider.GetRequiredService<ModuleList>()
            .All.SelectMany(m => m.MemberConditions)
            .Cast<MemberCondition>();
        SealedSearch.Map(
            app,
            "/staff/members",
            MembersPermissions.Search,
            "q",
            [.. conditions.Where(c => c.Places.HasFlag(ConditionPlaces.Search)).SelectMany(c => c.Fields), "sort", "purpose"]
        );
        SealedSearch.Map(app, "/staff/audit", MembersPermissions.Audit, "member", "actor", "action", "from", "to", "changes");
        var member = app.MapGroup("/staff/members/{id:long}");
        member.MapPost("/confirm", Confirm).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/send-confirmation", SendConfirmation).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/stop-mail", StopMail).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/groups", PutInGroups).RequireAuthorization(MembersPermissions.Groups);
        member.MapPost("/role", GiveRole).RequireAuthorization(MembersPermissions.Roles);
        member.MapPost("/lift", Lift).RequireAuthorization(MembersPermissions.Suspend);
        member.MapPost("/sessions/end", SignOut).RequireAuthorization(MembersPermissions.Suspend);
        member.MapPost("/sessions/{session:long}/end", EndSession).RequireAuthorization(MembersPermissions.Suspend);
    }

    public const string FirstStepsAway = "staff.first-steps";

    /// <summary>For all administrators of the site, and on the record who did it.</summary>
    static async Task<IResult> PutFirstStepsAway(SiteDb db, Audit audit, CancellationToken ct)
    {
        audit.Did("staff.first-steps", "");
        await db.SaveChangesAsync(ct);
        return Results.LocalRedirect("/staff");
    }

    static IResult Back(long id, string result) => Results.LocalRedirect($"/staff/members/{id}?done={result}");

    static async Task<IResult> Confirm(long id, Registration registration, CancellationToken ct) =>
        await registration.ConfirmByStaff(id, ct) ? Back(id, "confirmed") : Results.NotFound();

    static async Task<IResult> SendConfirmation(long id, SiteDb db, Registration registration, CancellationToken ct) =>
        await Find(db, id, ct) is null ? Results.NotFound() : Back(id, await registration.SendByStaff(id, ct) ? "sent" : "not-sent");

    static async Task<IResult> StopMail(long id, SiteDb db, Consents consents, Audit audit, CurrentMember current, CancellationToken ct)
    {
        if (await Find(db, id, ct) is null) return Results.NotFound();
        audit.Changed("members.stop-mail", id, "consents");
        await consents.WithdrawAll(id, ConsentSource.Staff, "", current.Id, ct);
        return Back(id, "mail-stopped");
    }

    static async Task<IResult> PutInGroups(
        long id,
        SiteDb db,
        Membership membership,
        Audit audit,
        CurrentMember current,
        CancellationToken ct,
        [FromForm] long[]? groups
    )
    {
        if (await Find(db, id, ct) is null)
            return Results.NotFound();
        var inside = await db
            .GroupMemberships.AsNoTracking()
            .Where(g => g.MemberId == id && g.JoinedAt != null)
            .Select(g => g.GroupId)
            .ToListAsync(ct);
        var wanted = (groups ?? []).ToHashSet();
        if (wanted.SetEquals(inside))
            return Back(id, "groups");
        var names = await db
            .Groups.AsNoTracking()
            .Where(g => inside.Contains(g.Id) || wanted.Contains(g.Id))
            .ToDictionaryAsync(g => g.Id, g => g.Name, ct);
        wanted.IntersectWith(names.Keys);
        audit.Changed(
            "members.groups",
            id,
            "",
            changes:
            [
                .. wanted.Except(inside).Select(g => new AuditChange("group-joined", To: names[g])),
                .. inside.Except(wanted).Select(g => new AuditChange("group-left", From: names[g])),
            ]
        );
        foreach (var group in inside.Where(g => !wanted.Contains(g)))
            await membership.Leave(group, id, ct);
        foreach (var group in wanted.Where(g => !inside.Contains(g)))
            await membership.Admit(group, id, current.Id!.Value, ct);
        await db.SaveChangesAsync(ct);
        return Back(id, "groups");
    }

    static async Task<IResult> GiveRole(long id, MemberRoles roles, CancellationToken ct, [FromForm] string? role) =>
        Back(id, await roles.Give(id, string.IsNullOrEmpty(role) ? null : role, ct) ? "role" : "not-role");

    static async Task<IResult> Lift(long id, SiteDb db, MemberRoles roles, CurrentMember current, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } member) return Results.NotFound();
        if (!member.MayBeSuspendedBy(current)) return Results.StatusCode(StatusCodes.Status403Forbidden);
        return await roles.Lift(id, current.Id!.Value, ct) ? Back(id, "lifted") : Results.NotFound();
    }

    static Task<IResult> SignOut(long id, SiteDb db, Sessions sessions, Audit audit, CurrentMember current, CancellationToken ct) =>
        End(id, db, audit, current, async () => await sessions.EndAll(id, ct: ct) > 0, ct);

    static Task<IResult> EndSession(
        long id,
        long session,
        SiteDb db,
        Sessions sessions,
        Audit audit,
        CurrentMember current,
        CancellationToken ct
    ) => End(id, db, audit, current, () => sessions.End(id, session, ct), ct);

    static async Task<IResult> End(long id, SiteDb db, Audit audit, CurrentMember current, Func<Task<bool>> end, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } member) return Results.NotFound();
        if (!member.MayBeSuspendedBy(current)) return Results.StatusCode(StatusCodes.Status403Forbidden);
        await using var change = await db.Change(ct);
        if (await end())
        {
            audit.Changed("members.end-sessions", id, "sessions");
            await change.Commit(ct);
        }
        return Back(id, "signed-out");
    }

    static Task<Member?> Find(SiteDb db, long id, CancellationToken ct) => db.Members.FirstOrDefaultAsync(m => m.Id == id, ct);
}
