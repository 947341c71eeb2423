using System.Globalization;
using System.Text;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>The results of a mailing as a file for a spreadsheet. It names nobody.</summary>
static class ResultsEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/staff/mailings/{id:long}/results/file", File).RequireAuthorization(MailingPermissions.Write);

    static async Task<IResult> File(
        long id, string? by, SiteDb db, CurrentMember me, IStringLocalizer texts, CancellationToken ct)
    {
        if (await db.FindMailing(id, ct) is not { HasStarted: true } mailing) return Results.NotFound();
        var results = await MailingResults.Of(db, mailing, ct);
        var csv = new StringBuilder();
        Line("mailing.results.what", "mailing.results.of", "mailing.results.times", "mailing.results.persons");
        foreach (var (state, n) in results.Progress.Settled.Where(s => s.Value != 0).OrderBy(s => s.Key))
            Row(texts["mailing.delivery." + state.ToString().ToLowerInvariant()], "", n, n);
        foreach (var (meaning, n) in results.Bounces.OrderBy(b => b.Key))
            Row(texts["mailing.results.bounced"], texts["mailing.came-back." + meaning.ToString().ToLowerInvariant()], n, n);
        Row(texts["mailing.results.complaints"], "", results.Complaints, results.Complaints);
        foreach (var kind in new[] { EngagementKind.Open, EngagementKind.Click })
            foreach (var verdict in Enum.GetValues<Verdict>())
                Row(
                    texts[$"mailing.results.{kind}".ToLowerInvariant()],
                    texts[$"mailing.verdict.{verdict}".ToLowerInvariant()],
                    results.Times(kind, verdict),
                    results.Persons(kind, verdict)
                );
        Row(texts["mailing.results.leave"], "", results.Times(EngagementKind.Leave), results.Persons(EngagementKind.Leave));
        foreach (var link in results.Links) Row(texts["mailing.results.link"], link.Url, link.Clicks, link.Persons);
        foreach (var domain in results.Domains)
            Row(
                texts["mailing.results.domain"],
                domain.Domain.Length > 0 ? domain.Domain : texts["mailing.results.other-domains"],
                domain.Accepted,
                domain.Accepted
            );
        foreach (var row in string.IsNullOrEmpty(by) ? [] : await GroupedResults.Of(db, mailing, by, me.Asking, ct))
            foreach (var (what, n) in new[]
            {
                ("sent", row.Sent), ("bounced", row.Bounced), ("open", row.Opened), ("click", row.Clicked),
            })
                Row(texts["mailing.results." + what], GroupedResults.NameOf(row, texts), n, n);
        // With a byte-order mark, or Excel reads Japanese as something else.
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(csv.ToString())];
        return Results.File(bytes, "text/csv; charset=utf-8", $"{db.Site.Key}-mailing-{id}.csv");

        void Line(params string[] keys) => csv.AppendJoin(',', keys.Select(k => Quoted(texts[k]))).Append("\r\n");

        void Row(string what, string of, int times, int persons) =>
            csv.Append(Quoted(what)).Append(',').Append(Quoted(of)).Append(CultureInfo.InvariantCulture, $",{times},{persons}\r\n");
    }

    /// <summary>A cell. What a spreadsheet would take for a formula is made a text.</summary>
    static string Quoted(string text) => $"\"{Formulas.Defused(text).Replace("\"", "\"\"")}\"";
}
