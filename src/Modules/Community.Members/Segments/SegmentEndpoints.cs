using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The buttons of segments, tags and acts on many members. Each redirects with a word for the outcome.</summary>
static class SegmentEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var segment = app.MapGroup("/staff/segments/{id:long}");
        segment.MapPost("/freeze", Freeze).RequireAuthorization(MembersPermissions.Segments);
        segment.MapPost("/delete", Delete).RequireAuthorization(MembersPermissions.Segments);
        app.MapPost("/staff/tags/{id:long}/delete", DeleteTag).RequireAuthorization(MembersPermissions.Tags);
        var act = app.MapGroup("/staff/members/acts/{id:long}");
        act.MapPost("/stop", (long id, DoInBulk bulk, CurrentMember current, Flash flash, CancellationToken ct) =>
            Act(id, bulk.Stop(current.Asking, id, ct), flash)).RequireAuthorization(MembersPermissions.Bulk);
        act.MapPost("/resume", (long id, DoInBulk bulk, CurrentMember current, Flash flash, CancellationToken ct) =>
            Act(id, bulk.Resume(current.Asking, id, ct), flash)).RequireAuthorization(MembersPermissions.Bulk);
        act.MapPost("/undo", (long id, DoInBulk bulk, CurrentMember current, Flash flash, CancellationToken ct) =>
            Act(id, bulk.Undo(current.Asking, id, ct), flash)).RequireAuthorization(MembersPermissions.Bulk);
    }

    static async Task<IResult> Act(long id, Task<bool> done, Flash flash)
    {
        if (!await done) flash.Say(new FlashMessage("staff.bulk.late") { Tone = FlashTone.Danger });
        return Results.LocalRedirect($"/staff/members/acts/{id}");
    }

    static async Task<IResult> Freeze(
        long id,
        SiteDb db,
        SaveSegment save,
        CurrentMember current,
        Flash flash,
        IStringLocalizer texts,
        ReaderClock clock,
        CancellationToken ct
    )
    {
        if (await db.Segments.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, ct) is not { } segment) return Results.NotFound();
        var (problems, name) = (new Problems(), texts["staff.segments.frozen.name", segment.Name, clock.DateInWords(db.Now)].Value);
        var made = await save.Make(
            current.Asking, Truncate.To(Segment.MaxNameLength, name), segment.Chosen, frozen: true, problems, ct);
        if (made is null) flash.Say(new FlashMessage("staff.segments.freeze.not") { Tone = FlashTone.Danger });
        return Results.LocalRedirect($"/staff/segments/{made ?? id}");
    }

    static async Task<IResult> Delete(long id, SaveSegment save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        await save.Delete(current.Asking, id, ct);
        flash.Say("staff.segments.deleted");
        return Results.LocalRedirect("/staff/segments");
    }

    static async Task<IResult> DeleteTag(long id, SaveTags save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        await save.Delete(current.Asking, id, ct);
        flash.Say("staff.tags.deleted");
        return Results.LocalRedirect("/staff/tags");
    }
}
