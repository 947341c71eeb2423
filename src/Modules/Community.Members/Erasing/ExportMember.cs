using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Writes everything that a site holds about a member as one ZIP: <c>data.json</c> for programs, <c>index.html</c> to read, with a table of
/// contents, and the member's files. Includes all modules, even if their feature is off. It is made in parts, so that a job can go on where
/// another one stopped.
/// </summary>
public sealed class ExportMember(SiteDb db, Files files, ModuleList modules, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    static readonly JsonSerializerOptions json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>One list of one module.</summary>
    internal sealed record Part(Module Module, PersonalData Rows)
    {
        public string Group => JsonNamingPolicy.CamelCase.ConvertName(Module.Name);
        public string Text => $"export.{Group}.{Rows.Name}";
    }

    /// <summary>The lists of all modules, in the order in which they are written.</summary>
    internal IReadOnlyList<Part> Parts =>
        [.. modules.All.SelectMany(m => m.PersonalData.Where(d => d.Name is not null).Select(d => new Part(m, d)))];

    /// <summary>Makes all parts and the ZIP at once. Recorded in the audit log before its first byte is written.</summary>
    /// <param name="member">The member's id.</param>
    /// <param name="masked">Masks addresses, names and texts, and omits files and pages: for investigating a problem, not the
    /// person.</param>
    /// <param name="to">Receives the ZIP; need not be seekable.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member; nothing is written.</returns>
    public async Task<bool> Write(long member, bool masked, Stream to, CancellationToken ct)
    {
        if (!await db.Members.AnyAsync(m => m.Id == member, ct)) return false;
        await audit.Read("members.export", [member], masked ? "masked" : "export", ct: ct);
        var folder = Directory.CreateTempSubdirectory("community-export-");
        try
        {
            for (var i = 0; i < Parts.Count; i++) await WritePart(member, masked, db.Site.Culture, i, folder.FullName, ct);
            await Zip(member, masked, db.Site.Culture, folder.FullName, to, ct);
        }
        finally { folder.Delete(recursive: true); }
        return true;
    }

    static string Json(string folder, int part) => Path.Combine(folder, $"{part}.json");
    static string Html(string folder, int part) => Path.Combine(folder, $"{part}.html");

    /// <summary>Writes one list into the folder, over what a run that died has left there.</summary>
    internal async Task WritePart(long member, bool masked, string language, int index, string folder, CancellationToken ct)
    {
        var part = Parts[index];
        await using var data = new StreamWriter(Json(folder, index), append: false, utf8);
        await using var page = new StreamWriter(Html(folder, index), append: false, utf8);
        var count = 0;
        await foreach (var row in part.Rows.Read(db, member, masked).WithCancellation(ct))
        {
            await data.WriteAsync(count++ == 0 ? "\n      {" : ",\n      {");
            await data.WriteAsync(string.Join(", ", row.Select(v => $"{Quoted(v.Name)}: {JsonOf(v.Value)}")));
            await data.WriteAsync("}");
            await page.WriteAsync("<dl>");
            foreach (var (name, value) in row.Where(v => v.Value is not null and not ""))
                await page.WriteAsync($"<dt>{Encode(Label(language, name))}</dt><dd>{HtmlOf(language, value!)}</dd>");
            await page.WriteAsync("</dl>\n");
        }
        await File.WriteAllTextAsync(Json(folder, index) + ".count", count.ToString(CultureInfo.InvariantCulture), ct);
    }

    static int CountOf(string folder, int part) => int.Parse(File.ReadAllText(Json(folder, part) + ".count"), CultureInfo.InvariantCulture);

    /// <summary>Makes the ZIP of all parts and the member's files.</summary>
    /// <returns>How many files could not be read; the pages list them.</returns>
    internal async Task<int> Zip(long member, bool masked, string language, string folder, Stream to, CancellationToken ct)
    {
        await using var zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        await using (var data = await zip.CreateEntry("data.json").OpenAsync(ct)) await WriteJson(member, folder, data, ct);
        if (masked) return 0;
        var (written, lost) = (new List<string>(), new List<string>());
        foreach (var file in await db.Files.AsNoTracking().Where(f => f.UploadedBy == member).OrderBy(f => f.Id).ToListAsync(ct))
        {
            // What cannot be read is listed; the rest is given out.
            try
            {
                await using var from = File.OpenRead(files.PathOf(file.Hash));
                if (written.Contains(file.Name)) continue;
                await using var content = await zip.CreateEntry("files/" + file.Name, CompressionLevel.NoCompression).OpenAsync(ct);
                await from.CopyToAsync(content, ct);
                written.Add(file.Name);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException) { lost.Add(file.Name); }
        }
        await using (var page = await zip.CreateEntry("index.html").OpenAsync(ct))
            await WritePage(language, folder, written, lost, page, ct);
        return lost.Count;
    }

    async Task WriteJson(long member, string folder, Stream to, CancellationToken ct)
    {
        await using var writer = new StreamWriter(to, utf8, leaveOpen: true);
        await writer.WriteAsync($"{{\n  \"site\": {Quoted(db.Site.Name)},\n  \"member\": {member},\n  \"exportedAt\": {JsonOf(Now)}");
        foreach (var group in Parts.Index().GroupBy(p => p.Item.Group))
        {
            await writer.WriteAsync($",\n  {Quoted(group.Key)}: {{");
            foreach (var (i, (index, part)) in group.Index())
            {
                await writer.WriteAsync($"{(i == 0 ? "" : ",")}\n    {Quoted(part.Rows.Name!)}: [");
                await writer.FlushAsync(ct);
                await using (var rows = File.OpenRead(Json(folder, index))) await rows.CopyToAsync(to, ct);
                await writer.WriteAsync(CountOf(folder, index) == 0 ? "]" : "\n    ]");
            }
            await writer.WriteAsync("\n  }");
        }
        await writer.WriteAsync("\n}\n");
    }

    async Task WritePage(string language, string folder, List<string> written, List<string> lost, Stream to, CancellationToken ct)
    {
        await using var writer = new StreamWriter(to, utf8, leaveOpen: true);
        string Said(string key, params object[] arguments) => Encode(texts.In(language, key, arguments));
        var parts = Parts;
        await writer.WriteAsync($"""
            <!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>{Said("export.title", db.Site.Name)}</title>
            <style>{Style}</style></head><body>
            <h1>{Said("export.title", db.Site.Name)}</h1><p>{Encode(At(language, Now))}</p><h2>{Said("export.contents")}</h2>
            <table><thead><tr><th>{Said("export.what")}</th><th>{Said("export.number")}</th></tr></thead><tbody>

            """);
        foreach (var (i, part) in parts.Index())
            await writer.WriteAsync($"<tr><td><a href=\"#p{i}\">{Said(part.Text)}</a></td><td>{CountOf(folder, i)}</td></tr>\n");
        await writer.WriteAsync(
            $"<tr><td><a href=\"#files\">{Said("export.files")}</a></td><td>{written.Count}</td></tr></tbody></table>\n"
        );
        if (lost.Count > 0)
            await writer.WriteAsync($"<h2>{Said("export.lost")}</h2><ul>{string.Concat(lost.Select(f => $"<li>{Encode(f)}</li>"))}</ul>\n");
        await writer.WriteAsync($"<h2>{Said("export.without")}</h2><ul>");
        foreach (var why in new[] { "secrets", "derived", "others" }) await writer.WriteAsync($"<li>{Said("export.without." + why)}</li>");
        await writer.WriteAsync("</ul>\n");
        foreach (var (i, part) in parts.Index())
        {
            await writer.WriteAsync($"<section id=\"p{i}\"><h2>{Said(part.Text)}</h2>\n");
            if (CountOf(folder, i) == 0) await writer.WriteAsync($"<p>{Said("export.none")}</p>");
            await writer.FlushAsync(ct);
            await using (var rows = File.OpenRead(Html(folder, i))) await rows.CopyToAsync(to, ct);
            await writer.WriteAsync("</section>\n");
        }
        await writer.WriteAsync($"<section id=\"files\"><h2>{Said("export.files")}</h2><ul>");
        foreach (var file in written) await writer.WriteAsync($"<li><a href=\"files/{file}\">{file}</a></li>");
        await writer.WriteAsync("</ul></section></body></html>\n");
    }

    const string Style =
        "body{max-width:50em;margin:2em auto;padding:0 1em;font-family:system-ui,sans-serif;line-height:1.6;overflow-wrap:anywhere}"
        + "table{border-collapse:collapse}th,td{text-align:start;padding:.2em 1em .2em 0;border-bottom:1px solid #ccc}"
        + "dl{display:grid;grid-template-columns:minmax(8em,14em) 1fr;gap:.2em 1em;border-bottom:1px solid #ccc;padding-bottom:1em}"
        + "dt{color:#555}dd{margin:0;white-space:pre-wrap}";

    // A field without a text of its own is shown by its name in data.json.
    string Label(string language, string name) =>
        ((Texts)texts).In(language, "export.field." + name) is { ResourceNotFound: false } text ? text.Value : name;

    string HtmlOf(string language, object value) => Encode(value switch
    {
        DateTime at => At(language, at),
        bool yes => texts.In(language, yes ? "settings.yes" : "settings.no"),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    });

    string At(string language, DateTime at) => db.Site.ToLocal(at).ToString("f", Texts.CultureOf(language)) + " " + db.Site.TimeZone;

    static string JsonOf(object? value) => value switch
    {
        null => "null",
        string text => Quoted(text),
        bool yes => yes ? "true" : "false",
        int or long or short => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        JsonElement element => element.GetRawText(),
        DateTime at => JsonSerializer.Serialize(DateTime.SpecifyKind(at, DateTimeKind.Utc)),
        _ => Quoted(value.ToString()!),
    };

    static string Quoted(string text) => JsonSerializer.Serialize(text, json);
    static string Encode(string text) => WebUtility.HtmlEncode(text);
    DateTime Now => time.GetUtcNow().UtcDateTime;
}
