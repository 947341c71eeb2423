using System.Text;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>What an account could have seen, as a file for the report.</summary>
static class ExposureEndpoints
{
    const int Batch = 500;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost(ExposurePage.Url + "/file", Save).RequireAuthorization(MembersPermissions.Audit);

    static async Task<IResult> Save(
        [FromForm] string? account,
        [FromForm] string? from,
        [FromForm] string? to,
        [FromForm] string? why,
        SiteDb db,
        Site site,
        Exposures exposures,
        Audit audit,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        if (ExposureFilter.Read(account, from, to, why, new Problems(), texts) is not { } filter)
            return Results.LocalRedirect(ExposurePage.Url);
        var exposure = await exposures.Of(filter.Account, filter.Start(site), filter.End(site), ct);
        // Committed before the first byte leaves.
        await audit.ReadNow("audit.exposure-file", exposure.People.Keys, "name", filter.Why, ct);
        var labels = await ExposurePage.Labels(db, exposure, texts);
        return Results.Stream(
            body => Write(body, exposure, labels, db, site, texts, ct),
            "text/csv; charset=utf-8",
            $"exposure-{filter.Account}-{filter.From:yyyyMMdd}-{filter.To:yyyyMMdd}.csv"
        );
    }

    static async Task Write(
        Stream body,
        Exposure exposure,
        IReadOnlyDictionary<string, string> labels,
        SiteDb db,
        Site site,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        // With a byte-order mark, or Excel reads Japanese as something else.
        await using var file = new StreamWriter(body, new UTF8Encoding(true));
        if (exposure.KeptSince is { } since) await Line(texts["staff.exposure.kept", $"{site.ToLocal(since):yyyy-MM-dd HH:mm}"]);
        await Line(texts["staff.exposure.items"], texts["staff.exposure.people"]);
        foreach (var (field, people) in exposure.Items()) await Line(labels[field], $"{people}");
        await Line(texts["staff.exposure.number"], $"{exposure.People.Count}");
        await Line(texts["staff.exposure.cause"], texts["staff.exposure.times"]);
        foreach (var ((act, purpose), times) in exposure.Acts.OrderByDescending(a => a.Value))
            await Line(
                ActChoice.NameOf(act, texts), $"{times}", Purposes.Of(purpose) is { } said ? texts["staff.purpose." + said].Value : purpose
            );
        await Line(string.Format(texts["staff.exposure.networks"].Value, string.Join(" ", exposure.Networks)));
        await Line("");
        await Line("#", texts["staff.exposure.member"], texts["staff.exposure.first"], texts["staff.exposure.last"],
            texts["staff.exposure.item"]);
        foreach (var some in exposure.People.OrderBy(p => p.Key).Chunk(Batch))
        {
            var ids = some.Select(p => p.Key).ToList();
            var names = await db.Members.Where(m => ids.Contains(m.Id)).Select(m => new { m.Id, m.Name }).ToDictionaryAsync(
                m => m.Id, m => m.Name, ct);
            foreach (var (id, seen) in some)
                await Line(
                    $"{id}",
                    names.GetValueOrDefault(id) ?? texts["staff.exposure.erased"].Value,
                    $"{site.ToLocal(seen.First):yyyy-MM-dd HH:mm}",
                    $"{site.ToLocal(seen.Last):yyyy-MM-dd HH:mm}",
                    string.Join("; ", exposure.FieldsOf(seen).Select(f => labels[f]))
                );
        }

        Task Line(params string[] cells) => file.WriteAsync(string.Join(',', cells.Select(Cell)) + "\r\n");
    }

    // RFC 4180.
    static string Cell(string text)
    {
        text = Formulas.Defused(text);
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : "\"" + text.Replace("\"", "\"\"") + "\"";
    }
}
