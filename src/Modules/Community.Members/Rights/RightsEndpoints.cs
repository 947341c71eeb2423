using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>Downloads of archives, and the buttons of staff about requests.</summary>
static class RightsEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        // Open to whoever has just proved who they are; the archive is found only by its own member.
        app.MapPost("/account/data/{archive:long}/download", Download)
            .RequireRateLimiting("account")
            .WithMetadata(new WithoutTermsAttribute(), new ConfirmIdentityAttribute());
        var staff = app.MapGroup("/staff/requests").RequireAuthorization(MembersPermissions.Rights);
        staff.MapPost("/{id:long}/done", Done);
        staff.MapPost("/{id:long}/archive", MakeArchive);
        staff.MapPost("/{id:long}/typed-seen", SeenTyped);
        staff.MapPost("/archives/{archive:long}/download", DownloadByStaff);
    }

    static async Task<IResult> Download(
        long archive,
        HttpResponse response,
        RightsHolder holder,
        Archives archives,
        Site site,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await holder.Find(ct) is not { } member) return Results.LocalRedirect(SignInPage.Url + "?returnUrl=" + DataPage.Url);
        return await archives.Open(holder, archive, ct) is { } file
            ? Send(response, file, $"{site.Key}-{member.Handle}.zip")
            : Back(flash, "rights.archive.gone");
    }

    static IResult Back(Flash flash, string said)
    {
        flash.Say(new FlashMessage(said) { Tone = FlashTone.Danger });
        return Results.LocalRedirect(DataPage.Url);
    }

    static IResult Send(HttpResponse response, FileStream file, string name)
    {
        response.Headers.CacheControl = "no-store";
        return Results.File(file, "application/zip", name);
    }

    static async Task<IResult> DownloadByStaff(
        long archive,
        HttpResponse response,
        Archives archives,
        CurrentMember current,
        Site site,
        CancellationToken ct
    ) =>
        await archives.OpenByStaff(current.Asking, archive, ct) is { } file
            ? Send(response, file, $"{site.Key}-{archive}.zip")
            : Results.NotFound();

    static async Task<IResult> Done(long id, AnswerRequests requests, CurrentMember current, Flash flash)
    {
        var done = await requests.Done(current.Asking, id);
        flash.Say(done ? new FlashMessage("rights.done.answered") : new("rights.done.not-open") { Tone = FlashTone.Danger });
        return Results.LocalRedirect($"{StaffRequestsPage.Url}/{id}");
    }

    static async Task<IResult> MakeArchive(long id, Archives archives, RequestList list, CurrentMember current, Flash flash)
    {
        var made = await list.MemberOf(id) is { } member && await archives.AskByStaff(current.Asking, member);
        flash.Say(made ? new FlashMessage("rights.done.archive") : new("rights.done.archive-not") { Tone = FlashTone.Danger });
        return Results.LocalRedirect($"{StaffRequestsPage.Url}/{id}");
    }

    static async Task<IResult> SeenTyped(long id, AnswerRequests requests, CurrentMember current, Flash flash)
    {
        await requests.SeenTyped(current.Asking, id);
        flash.Say("rights.done.typed");
        return Results.LocalRedirect($"{StaffRequestsPage.Url}/{id}");
    }
}
