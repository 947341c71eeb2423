using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>Endpoints for the preview's HTML, a test to oneself, copying a mailing, and deleting a draft.</summary>
static class WritingEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/staff/mailings/{id:long}/preview.html", Html)
            .RequireAuthorization(MailingPermissions.Write)
            .WithMetadata(new LoadedByPagesAttribute("iframe"));
        SealedSearch.Map(app, "/staff/mailings/{id:long}/preview", MailingPermissions.Write, "as");
        app.MapPost("/staff/mailings/{id:long}/test", Test).RequireAuthorization(MailingPermissions.Write);
        app.MapPost("/staff/mailings/{id:long}/copy", Copy).RequireAuthorization(MailingPermissions.Write);
        app.MapPost("/staff/mailings/{id:long}/wave", Wave).RequireAuthorization(MailingPermissions.Write);
        app.MapPost("/staff/mailings/{id:long}/template", Template).RequireAuthorization(MailingPermissions.Write);
        app.MapPost("/staff/mailings/{id:long}/winner", Winner).RequireAuthorization(MailingPermissions.Send);
        app.MapPost("/staff/mailings/{id:long}/delete", Delete).RequireAuthorization(MailingPermissions.Write);
    }

    static async Task<IResult> Html(
        long id,
        string member,
        string? look,
        string? language,
        byte? variant,
        SiteDb db,
        Previews previews,
        CurrentMember me,
        Audit audit,
        HttpContext http
    )
    {
        var mailing = await db.FindMailing(id);
        if (mailing is null) return Results.NotFound();
        var mine = me.Id;
        var receiving = (await Audience.Receivers(mailing, db)).Select(m => m.Id);
        var shown = await db
            .Members.AsNoTracking()
            .FirstOrDefaultAsync(m => m.Handle == member && (m.Id == mine || receiving.Contains(m.Id)));
        if (shown is null || await previews.Of(mailing, shown, language, variant ?? 0) is not { } preview)
            return Results.NotFound();
        if (shown.Id != mine)
            await audit.Read("mailing.preview", [shown.Id], "name email", $"#{id}");
        // Mail HTML has inline styles. Nothing else is allowed: no scripts, no forms, and only images from this site (the logo). It
        // keeps our origin, so that our script in the surrounding page can measure its height.
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox allow-same-origin";
        http.Response.Headers.CacheControl = "no-store";
        return Results.Content(MailingLayout.As(preview.Message.Html(preview.To), look), "text/html; charset=utf-8");
    }

    static async Task<IResult> Test(
        long id,
        [FromForm] Guid key,
        [FromForm] long[]? to,
        [FromForm] byte? variant,
        SiteDb db,
        ScheduleMailing schedule,
        Flash flash,
        IStringLocalizer texts
    )
    {
        if (await db.FindMailing(id) is not { } mailing) return Results.NotFound();
        if (variant >= mailing.Variants) variant = 0;
        var refusal = await schedule.SendTest(mailing, subject => texts["mailing.test.subject", subject], key, to, variant ?? 0);
        if (refusal is ScheduleRefusal.NotAllowed) return Results.StatusCode(StatusCodes.Status403Forbidden);
        flash.Say(refusal is null
            ? new FlashMessage("mailing.tested") { At = "test" }
            : new FlashMessage("mailing.test.nobody") { At = "test", Tone = FlashTone.Warn });
        return Results.LocalRedirect(mailing.Url + "/preview#test");
    }

    static async Task<IResult> Copy(long id, [FromForm] Guid key, SaveMailing save, Flash flash)
    {
        if (await save.Copy(id, key) is not { } made) return Results.NotFound();
        flash.Say("mailing.copied");
        return Results.LocalRedirect(made.Url + "/edit");
    }

    static async Task<IResult> Winner(
        long id, [FromForm] byte variant, SaveVariants save, CurrentMember me, Flash flash, CancellationToken ct)
    {
        await save.ChooseWinner(me.Asking, id, variant, ct);
        flash.Say("mailing.winner.chosen");
        return Results.LocalRedirect("/staff/mailings/" + id);
    }

    static async Task<IResult> Wave(
        long id, [FromForm] Guid key, [FromForm] string who, SaveMailing save, Flash flash, IStringLocalizer texts)
    {
        var made = await save.NextWave(id, key, who, title => texts["mailing.wave.title." + who, title]);
        if (made is null) return Results.NotFound();
        flash.Say("mailing.wave.made");
        return Results.LocalRedirect(made.Url + "/edit");
    }

    static async Task<IResult> Template(long id, [FromForm] Guid key, SaveMailing save, Flash flash)
    {
        if (await save.MakeTemplate(id, key) is not { } made) return Results.NotFound();
        flash.Say("mailing.template-made");
        return Results.LocalRedirect(made.Url + "/edit");
    }

    static async Task<IResult> Delete(long id, [FromForm] int rev, SaveMailing save, Flash flash)
    {
        var deleted = await save.Delete(id, rev);
        flash.Say(deleted ? new FlashMessage("mailing.deleted") : MailingDone.Late);
        return Results.LocalRedirect(deleted ? "/staff/mailings" : $"/staff/mailings/{id}");
    }
}
