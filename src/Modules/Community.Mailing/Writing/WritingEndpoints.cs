using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>The HTML of a preview, a test to oneself, a copy to write on from, and throwing a draft away.</summary>
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
        app.MapPost("/staff/mailings/{id:long}/delete", Delete).RequireAuthorization(MailingPermissions.Write);
    }

    static async Task<IResult> Html(long id, string member, SiteDb db, Previews previews, CurrentMember me, Audit audit, HttpContext http)
    {
        var mailing = await db.Mailings.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id && m.TestOfId == null);
        if (mailing is null) return Results.NotFound();
        var mine = me.Id;
        var receiving = Audience.Receivers(mailing, db).Select(m => m.Id);
        var shown = await db
            .Members.AsNoTracking()
            .FirstOrDefaultAsync(m => m.Handle == member && (m.Id == mine || receiving.Contains(m.Id)));
        if (shown is null || await previews.Of(mailing, shown) is not { } preview)
            return Results.NotFound();
        if (shown.Id != mine)
            await audit.Read("mailing.preview", [shown.Id], "name email", $"#{id}");
        // A mail carries its styles in attributes. Nothing else of it may act: no script, no form; of pictures, the site's logo alone. It
        // keeps our origin, so that the page around it, whose script is our own, can ask how tall it is.
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox allow-same-origin";
        http.Response.Headers.CacheControl = "no-store";
        return Results.Content(preview.Message.Html(preview.To), "text/html; charset=utf-8");
    }

    /// <summary>One message to who asks, over the same way as all others.</summary>
    static async Task<IResult> Test(
        long id,
        [FromForm] Guid key,
        SiteDb db,
        CurrentMember me,
        IStringLocalizer texts,
        TimeProvider time
    )
    {
        var mailing = await db.Mailings.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id && m.TestOfId == null);
        if (mailing is null) return Results.NotFound();
        var now = time.GetUtcNow().UtcDateTime;
        var subject = texts["mailing.test.subject", mailing.Subject].Value;
        // The same button once more is one message; that of an old page, of words that were changed since, is another.
        var sent = await db.Mailings.AsNoTracking().FirstOrDefaultAsync(m => m.FormKey == key);
        if (sent is not null && (sent.Subject, sent.Text) != (subject, mailing.Text)) (sent, key) = (null, Guid.NewGuid());
        if (sent is null)
        {
            var test = new Mailing
            {
                FormKey = key,
                TestOfId = id,
                KindId = mailing.KindId,
                Subject = subject,
                Text = mailing.Text,
                CreatedBy = me.Id!.Value,
                CreatedAt = now,
            };
            test.Arm(me.Id!.Value, null, db.Site.TimeZone, now);
            db.Mailings.Add(test);
            db.Schedule(MailingSender.Queue, now);
            try { await db.SaveChangesAsync(); }
            catch (DbUpdateException error) when (error.IsDuplicate()) { /* The same form, sent twice at once: the other one made it. */ }
        }
        return Results.LocalRedirect(mailing.Url + "/preview?tested=true");
    }

    /// <summary>A new draft with the same words for the same members. When it goes is decided anew.</summary>
    static async Task<IResult> Copy(long id, [FromForm] Guid key, SiteDb db, CurrentMember me, Audit audit, TimeProvider time)
    {
        var mailing = await db.Mailings.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id && m.TestOfId == null);
        if (mailing is null) return Results.NotFound();
        if (!await db.Mailings.AnyAsync(m => m.FormKey == key))
        {
            db.Mailings.Add(new Mailing
            {
                FormKey = key,
                KindId = mailing.KindId,
                Subject = mailing.Subject,
                Text = mailing.Text,
                AudienceJson = mailing.AudienceJson,
                CreatedBy = me.Id!.Value,
                CreatedAt = time.GetUtcNow().UtcDateTime,
            });
            audit.Did("mailing.write", $"copy of #{id}");
            try { await db.SaveChangesAsync(); }
            catch (DbUpdateException error) when (error.IsDuplicate()) { /* The same form, sent twice at once: the other one made it. */ }
        }
        var made = await db.Mailings.AsNoTracking().FirstAsync(m => m.FormKey == key);
        return Results.LocalRedirect(made.Url + "/edit?copied=true");
    }

    static async Task<IResult> Delete(long id, [FromForm] int rev, SiteDb db, Audit audit)
    {
        await using var change = await db.Change<Mailing>(id);
        if (change.Row is not { State: MailingState.Draft, IsTest: false } row || row.Rev != rev)
            return Results.LocalRedirect($"/staff/mailings/{id}?late=true");
        db.Remove(row);
        audit.Did("mailing.delete", "#" + id);
        await change.Commit();
        return Results.LocalRedirect("/staff/mailings?deleted=true");
    }
}
