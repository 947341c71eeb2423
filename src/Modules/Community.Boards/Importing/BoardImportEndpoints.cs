using System.Globalization;
using System.Text;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The upload of a file of posts, the buttons of an import, and the list of what was not imported.</summary>
static class BoardImportEndpoints
{
    const string Root = "/staff/boards/import";

    public static void Map(IEndpointRouteBuilder app)
    {
        var imports = app.MapGroup(Root).RequireAuthorization(BoardsPermissions.Manage);
        // Larger than other forms.
        imports.MapPost("/upload", Upload).WithMetadata(
            new RequestSizeLimitAttribute(BoardImport.MaxUpload + 64 * 1024),
            new RequestFormLimitsAttribute { MultipartBodyLengthLimit = BoardImport.MaxUpload + 64 * 1024 }
        );
        imports.MapPost("/take", Take);
        imports.MapPost("/{id:long}/run", (long id, ImportBoard acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Run(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/stop", (long id, ImportBoard acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Stop(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/resume", (long id, ImportBoard acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Resume(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/undo", (long id, ImportBoard acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Undo(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/discard", Discard);
        imports.MapPost("/{id:long}/faults", Faults);
        imports.MapPost("/guest", EraseGuest);
    }

    static async Task<IResult> Upload(HttpRequest request, ImportBoard imports, CurrentMember current, Flash flash, CancellationToken ct)
    {
        try
        {
            var form = await request.ReadFormAsync(ct);
            var file = form.Files["file"] ?? throw new FileRefused("files.refused.empty");
            await using var content = file.OpenReadStream();
            var board = long.TryParse(form["board"], CultureInfo.InvariantCulture, out var chosen) ? chosen : 0;
            var id = await imports.Upload(current.Asking, board, file.FileName, content, form["members"] == "yes", ct);
            return Results.LocalRedirect($"{Root}/{id}");
        }
        catch (FileRefused error) { return Refused(error, flash); }
    }

    static IResult Refused(FileRefused error, Flash flash)
    {
        flash.Say(new FlashMessage(error.Text, [.. error.Arguments.Select(a => a.ToString()!)]) { Tone = FlashTone.Danger });
        return Results.LocalRedirect(Root);
    }

    static async Task<IResult> Take(
        [FromForm] long board, [FromForm] string file, [FromForm] string? members, ImportBoard imports, CurrentMember current,
        Flash flash, CancellationToken ct)
    {
        try { return Results.LocalRedirect($"{Root}/{await imports.Take(current.Asking, board, file, members == "yes", ct)}"); }
        catch (FileRefused error) { return Refused(error, flash); }
    }

    static async Task<IResult> Then(Task<bool> act, long id, Flash flash)
    {
        if (!await act) flash.Say(new FlashMessage("import.not-now") { Tone = FlashTone.Danger });
        return Results.LocalRedirect($"{Root}/{id}");
    }

    static async Task<IResult> Discard(long id, ImportBoard imports, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await imports.Discard(current.Asking, id, ct)) return await Then(Task.FromResult(false), id, flash);
        flash.Say("boards.import.discarded");
        return Results.LocalRedirect(Root);
    }

    static async Task<IResult> EraseGuest(
        [FromForm] string who,
        ImportBoard imports,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        var erased = await imports.EraseGuest(current.Asking, who ?? "", ct);
        flash.Say(erased > 0
            ? new FlashMessage("boards.guest.erased")
            : new FlashMessage("boards.guest.none") { Tone = FlashTone.Danger });
        return Results.LocalRedirect(Root);
    }

    /// <summary>All that was not imported, and all notes, as CSV.</summary>
    static async Task<IResult> Faults(
        long id, SiteDb db, ImportBoard imports, CurrentMember current, HttpResponse response, IStringLocalizer texts, CancellationToken ct)
    {
        if (await imports.ReadFaults(current.Asking, id, ct) is null) return Results.NotFound();
        response.Headers.CacheControl = "no-store";
        return Results.Stream(Write, "text/csv; charset=utf-8", $"import-{id}.csv");

        async Task Write(Stream to)
        {
            await using var writer = new StreamWriter(to, new UTF8Encoding(true), 64 * 1024, leaveOpen: true) { NewLine = "\r\n" };
            await writer.WriteLineAsync(Line(
                texts["boards.import.number"], texts["import.csv.line"], texts["boards.import.place"], texts["boards.import.key"],
                texts["import.csv.reason"], texts["import.csv.value"], texts["import.csv.kind"]));
            for (var after = 0L; ;)
            {
                var some = await db.BoardImportFaults.AsNoTracking().Where(f => f.ImportId == id && f.Id > after).OrderBy(f => f.Id)
                    .Take(500).ToListAsync(ct);
                foreach (var fault in some)
                    await writer.WriteLineAsync(Line(
                        $"{fault.Number}", $"{fault.Line}", $"{fault.Place}", fault.Key ?? "", texts[fault.Reason], fault.What,
                        texts[fault.IsNote ? "import.csv.note" : "boards.import.bad"]));
                await writer.FlushAsync(ct);
                if (some.Count < 500) return;
                after = some[^1].Id;
            }
        }

        static string Line(params IEnumerable<string> cells) =>
            string.Join(',', cells.Select(c => '"' + Formulas.Defused(c).Replace("\"", "\"\"") + '"'));
    }
}
