using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The file that the page of exports leads to.</summary>
static class ExportEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/staff/members/export/file", File).RequireAuthorization(MembersPermissions.Export);

    static async Task<IResult> File(
        HttpContext http,
        SealedSearch search,
        ExportFound exports,
        Purposes purposes,
        SiteDb db,
        CurrentMember current,
        IStringLocalizer texts,
        Flash flash
    )
    {
        var (ct, form, problems) = (http.RequestAborted, await http.Request.ReadFormAsync(http.RequestAborted), new Problems());
        var chosen = (await FoundMembers.In(http.Request.Query, search, db, current.Asking)).Read(problems, texts);
        var format = Enum.TryParse<ExportFormat>(form["format"], out var named) && Enum.IsDefined(named) ? named : ExportFormat.Csv;
        var export = problems.Any ? null
            : await exports.Begin(current.Asking, chosen, format, [.. form["column"].OfType<string>()], purposes.Current, problems, ct);
        if (export is null)
        {
            flash.Say(new FlashMessage(ReasonOf(problems)) { Tone = FlashTone.Danger });
            return Results.LocalRedirect("/staff/members/export" + http.Request.QueryString);
        }
        http.Response.Headers.CacheControl = "no-store";
        var name =
            $"{db.Site.Key}-members-{DateOnly.FromDateTime(db.Site.ToLocal(db.Now)):yyyy-MM-dd}.{format.ToString().ToLowerInvariant()}";
        return Results.Stream(
            to => exports.Write(export, to, ct),
            format switch
            {
                ExportFormat.Csv => "text/csv; charset=utf-8",
                ExportFormat.Json => "application/json",
                _ => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            },
            name
        );
    }

    static string ReasonOf(Problems problems) =>
        problems["column"] is not null ? "staff.export.problem.columns"
        : problems["purpose"] is not null ? "staff.export.problem.purpose"
        : "staff.bulk.broken";
}
