using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The buttons on the staff's page of one member. Each leads back to it with a word on how it went.</summary>
static class StaffMemberEndpoints
{
    public static readonly IReadOnlySet<string> Words = new HashSet<string>
    {
        "saved", "registered", "confirmed", "sent", "not-sent", "suspended", "not-suspended", "not-reasoned", "lifted", "role", "not-role", "groups", "mail-stopped",
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        var member = app.MapGroup("/staff/members/{id:long}");
        member.MapPost("/confirm", Confirm).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/send-confirmation", SendConfirmation).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/stop-mail", StopMail).RequireAuthorization(MembersPermissions.Edit);
        member.MapPost("/groups", PutInGroups).RequireAuthorization(MembersPermissions.Groups);
        member.MapPost("/role", GiveRole).RequireAuthorization(MembersPermissions.Roles);
        member.MapPost("/suspend", Suspend).RequireAuthorization(MembersPermissions.Suspend);
        member.MapPost("/lift", Lift).RequireAuthorization(MembersPermissions.Suspend);
    }

    static IResult Back(long id, string result) => Results.LocalRedirect($"/staff/members/{id}?done={result}");

    static async Task<IResult> Confirm(long id, SiteDb db, Audit audit, TimeProvider time, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } member) return Results.NotFound();
        if (member.ConfirmedAt is null)
        {
            member.Confirm(time.GetUtcNow().UtcDateTime);
            audit.Changed("members.confirm", id, "state");
            await db.SaveChangesAsync(ct);
        }
        return Back(id, "confirmed");
    }

    static async Task<IResult> SendConfirmation(long id, SiteDb db, MemberLetters letters, Audit audit, TimeProvider time, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } member) return Results.NotFound();
        if (member.State is not MemberState.Unconfirmed || !member.TakeLetter(time.GetUtcNow().UtcDateTime)) return Back(id, "not-sent");
        if (member.PasswordHash is null) letters.Invite(member); else letters.Confirm(member);
        audit.Changed("members.send-confirmation", id, "");
        await db.SaveChangesAsync(ct);
        return Back(id, "sent");
    }

    static async Task<IResult> StopMail(long id, SiteDb db, Consents consents, Audit audit, CurrentMember current, CancellationToken ct)
    {
        if (await Find(db, id, ct) is null) return Results.NotFound();
        audit.Changed("members.stop-mail", id, "consents");
        await consents.WithdrawAll(id, ConsentSource.Staff, "", current.Id, ct);
        return Back(id, "mail-stopped");
    }

    static async Task<IResult> PutInGroups(long id, SiteDb db, GroupDoor door, Audit audit, CurrentMember current, CancellationToken ct, [FromForm] long[]? groups)
    {
        if (await Find(db, id, ct) is null) return Results.NotFound();
        var inside = await db.GroupMemberships.AsNoTracking().Where(g => g.MemberId == id && g.JoinedAt != null).Select(g => g.GroupId).ToListAsync(ct);
        var wanted = (groups ?? []).ToHashSet();
        if (wanted.SetEquals(inside)) return Back(id, "groups");
        audit.Changed("members.groups", id, "groups");
        foreach (var group in inside.Where(g => !wanted.Contains(g))) await door.Leave(group, id, ct);
        foreach (var group in wanted.Where(g => !inside.Contains(g))) await door.Admit(group, id, current.Id!.Value, ct);
        await db.SaveChangesAsync(ct);
        return Back(id, "groups");
    }

    static async Task<IResult> GiveRole(long id, MemberRoles roles, CancellationToken ct, [FromForm] string? role) =>
        Back(id, await roles.Give(id, string.IsNullOrEmpty(role) ? null : role, ct) ? "role" : "not-role");

    static async Task<IResult> Suspend(long id, SiteDb db, MemberRoles roles, CurrentMember current, CancellationToken ct, [FromForm] string? reason)
    {
        // Not tracked: of two who press the button at once the second finds it done.
        if (await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id && m.ErasedAt == null, ct) is not { } member) return Results.NotFound();
        // The reason is what the member reads at sign-in: without one nobody could answer it.
        if (member.MayBeSuspendedBy(current) && string.IsNullOrWhiteSpace(reason)) return Back(id, "not-reasoned");
        if (!member.MayBeSuspendedBy(current) || !await roles.Suspend(id, Cut.To(500, reason!.Trim()), current.Id!.Value, ct)) return Back(id, "not-suspended");
        return Back(id, "suspended");
    }

    static async Task<IResult> Lift(long id, SiteDb db, Audit audit, CurrentMember current, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } member) return Results.NotFound();
        if (!member.MayBeSuspendedBy(current)) return Results.StatusCode(StatusCodes.Status403Forbidden);
        member.Lift();
        audit.Changed("members.lift", id, "state");
        await db.SaveChangesAsync(ct);
        return Back(id, "lifted");
    }

    static Task<Member?> Find(SiteDb db, long id, CancellationToken ct) => db.Members.FirstOrDefaultAsync(m => m.Id == id && m.ErasedAt == null, ct);
}
