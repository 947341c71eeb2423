using System.Text;
using System.Text.Json;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The upload of a file of members, the buttons of an import, and the list of its bad rows.</summary>
static class ImportEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var imports = app.MapGroup("/staff/members/import").RequireAuthorization(MembersPermissions.Import);
        // Larger than other forms.
        imports.MapPost("/upload", Upload).WithMetadata(
            new RequestSizeLimitAttribute(MemberImport.MaxBytes + 64 * 1024),
            new RequestFormLimitsAttribute { MultipartBodyLengthLimit = MemberImport.MaxBytes + 64 * 1024 }
        );
        imports.MapPost("/{id:long}/run", (long id, ImportMembers acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Run(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/stop", (long id, ImportMembers acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Stop(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/resume", (long id, ImportMembers acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Resume(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/undo", (long id, ImportMembers acts, CurrentMember current, Flash flash, CancellationToken ct) =>
            Then(acts.Undo(current.Asking, id, ct), id, flash));
        imports.MapPost("/{id:long}/discard", Discard);
        imports.MapPost("/{id:long}/problems", Problems);
    }

    static async Task<IResult> Upload(HttpRequest request, ImportMembers imports, CurrentMember current, Flash flash, CancellationToken ct)
    {
        try
        {
            var form = await request.ReadFormAsync(ct);
            var file = form.Files["file"] ?? throw new FileRefused("files.refused.empty");
            await using var content = file.OpenReadStream();
            var id = await imports.Upload(current.Asking, file.FileName, content, ct);
            return Results.LocalRedirect("/staff/members/import/" + id);
        }
        catch (FileRefused error)
        {
            flash.Say(new FlashMessage(error.Text, [.. error.Arguments.Select(a => a.ToString()!)]) { Tone = FlashTone.Danger });
        }
        catch (FileUnreadable error)
        {
            flash.Say(new FlashMessage(error.Text, [.. error.Arguments.Select(a => a.ToString()!)]) { Tone = FlashTone.Danger });
        }
        return Results.LocalRedirect("/staff/members/import");
    }

    static async Task<IResult> Then(Task<bool> act, long id, Flash flash)
    {
        if (!await act) flash.Say(new FlashMessage("import.not-now") { Tone = FlashTone.Danger });
        return Results.LocalRedirect("/staff/members/import/" + id);
    }

    static async Task<IResult> Discard(long id, ImportMembers imports, SiteDb db, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await imports.Discard(current.Asking, id, ct)) return await Then(Task.FromResult(false), id, flash);
        flash.Say("import.done.discarded");
        return Results.LocalRedirect("/staff/members/import" + (await db.MemberImports.AnyAsync(i => i.Id == id, ct) ? "/" + id : ""));
    }

    /// <summary>All bad rows and notes as CSV. What the reader may not see of members is masked.</summary>
    static async Task<IResult> Problems(
        long id,
        SiteDb db,
        ImportMembers imports,
        CurrentMember current,
        HttpResponse response,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        if (await imports.ReadProblems(current.Asking, id, ct) is not { } import) return Results.NotFound();
        var (reader, headings) = (current.Asking, import.Mapping.Columns.Select((_, i) => import.Mapping.Said(i, texts)).ToList());
        var attributes = await db.Attributes(ct);
        response.Headers.CacheControl = "no-store";
        return Results.Stream(Write, "text/csv; charset=utf-8", $"import-{id}-rows.csv");

        async Task Write(Stream to)
        {
            await using var writer = new StreamWriter(to, new UTF8Encoding(true), 64 * 1024, leaveOpen: true) { NewLine = "\r\n" };
            await writer.WriteLineAsync(
                Line(
                    texts["import.csv.line"],
                    texts["import.csv.column"],
                    texts["import.csv.value"],
                    texts["import.csv.reason"],
                    texts["import.csv.kind"]
                )
            );
            for (var after = 0L; ;)
            {
                var some = await db
                    .ImportProblems.AsNoTracking()
                    .Where(p => p.ImportId == id && p.Id > after)
                    .OrderBy(p => p.Id)
                    .Take(500)
                    .ToListAsync(ct);
                foreach (var problem in some)
                    await writer.WriteLineAsync(Line(
                        problem.Line.ToString(System.Globalization.CultureInfo.InvariantCulture),
                        problem.Column < 0 || problem.Column >= headings.Count ? "" : headings[problem.Column],
                        Shown(problem, reader, attributes),
                        Said(problem, reader, attributes, texts),
                        texts[problem.IsNote ? "import.csv.note" : "import.csv.bad"]
                    ));
                await writer.FlushAsync(ct);
                if (some.Count < 500) return;
                after = some[^1].Id;
            }
        }

        static string Line(params IEnumerable<string> cells) =>
            string.Join(',', cells.Select(c => '"' + Formulas.Defused(c).Replace("\"", "\"\"") + '"'));
    }

    /// <summary>Whether a reader may see what stands in a column.</summary>
    internal static bool MaySee(ImportProblem problem, Reader reader, SiteAttributes attributes) =>
        problem.Target == ImportTargets.Email ? reader.May(MembersPermissions.Email)
        : !problem.Target.StartsWith(ImportTargets.Attribute, StringComparison.Ordinal)
            || attributes.OfTarget(problem.Target)?.IsVisibleTo(reader) == true;

    internal static string Shown(ImportProblem problem, Reader reader, SiteAttributes attributes) =>
        problem.Value is null ? "" : MaySee(problem, reader, attributes) ? problem.Value : EmailAddress.MaskedText("");

    /// <summary>The reason as a sentence.</summary>
    internal static string Said(ImportProblem problem, Reader reader, SiteAttributes attributes, IStringLocalizer texts)
    {
        var args = JsonSerializer.Deserialize<string[]>(problem.Args)!;
        if (!MaySee(problem, reader, attributes) && problem.Reason != "import.bad.twice")
            args = [.. args.Select(_ => EmailAddress.MaskedText(""))];
        return texts[problem.Reason, [.. args]];
    }
}
