using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// "View in browser": the mail of one recipient, for whoever has its link, as long as the site's settings say. Nothing is recorded: it is
/// the recipient's own mail.
/// </summary>
static class ViewEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/mail/{token}", Show).AllowAnonymous().WithMetadata(new WithoutTermsAttribute());

    static async Task<IResult> Show(
        string token,
        SiteDb db,
        ViewLinks views,
        UnsubscribeLinks links,
        Settings<MailingSettings> settings,
        IStringLocalizer texts,
        TimeProvider time,
        HttpContext http,
        CancellationToken ct
    )
    {
        SecretAddress.Keep(http);
        http.Response.Headers["X-Robots-Tag"] = "noindex";
        if (await views.Read(token, ct) is not var (id, member, language)) return Results.NotFound();
        var mailing = await db.Mailings.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id, ct);
        var to = await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == member, ct);
        var delivery = await db.Deliveries.AsNoTracking().FirstOrDefaultAsync(d => d.MailingId == id && d.MemberId == member, ct);
        // Whoever left has no mail any more; what they got, they have.
        if (mailing is not { Content: { } frozen, StartedAt: { } sent } || to?.Email is null || delivery is null) return Results.NotFound();
        if (time.GetUtcNow().UtcDateTime - sent > (await settings.Get(ct)).ViewedFor)
            return Results.Text(texts["mailing.view.over"], "text/plain; charset=utf-8", statusCode: StatusCodes.Status410Gone);
        var fields = await MergeFields.On(db, ct);
        var message = new MailingMessage(FrozenContent.Parse(frozen), texts, fields.ToLookAt(null, texts["mailing.no-value"]));
        var unsubscribe = await links.To(member, mailing.KindId, ct);
        var recipient = await message.For(
            new(
                member,
                to.Name,
                to.Email,
                language ?? to.Language ?? db.Site.Culture,
                unsubscribe,
                UnsubscribeLinks.OneClickOf(unsubscribe)
            )
            {
                Variant = delivery.Variant ?? mailing.Winner ?? 0,
            },
            http.RequestServices,
            ct
        );
        http.Response.Headers.ContentSecurityPolicy = Policy;
        return Results.Content(message.Html(recipient), "text/html; charset=utf-8");
    }

    /// <summary>Mail has styles inline, and pictures of the site; nothing else is allowed.</summary>
    const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
}
