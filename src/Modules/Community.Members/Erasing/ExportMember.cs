using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Writes everything that a site holds about a member as one ZIP: <c>data.json</c> and the member's pictures. Includes all modules, even
/// if their feature is off. The export is recorded in the audit log before its first byte is written.
/// </summary>
public sealed class ExportMember(SiteDb db, Files files, ModuleList modules, Audit audit, TimeProvider time)
{
    const int FlushAt = 64 * 1024;

    /// <param name="member">The member's id.</param>
    /// <param name="masked">Masks addresses, names and texts, and omits pictures: for investigating a problem, not the person.</param>
    /// <param name="to">Receives the ZIP; need not be seekable.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member; nothing is written.</returns>
    public async Task<bool> Write(long member, bool masked, Stream to, CancellationToken ct)
    {
        if (!await db.Members.AnyAsync(m => m.Id == member, ct)) return false;
        await audit.Read("members.export", [member], masked ? "masked" : "export", ct: ct);
        await using var zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        await using (var data = await zip.CreateEntry("data.json").OpenAsync(ct)) await WriteJson(member, masked, data, ct);
        if (masked) return true;
        foreach (var picture in await db.Files.AsNoTracking().Where(f => f.UploadedBy == member).OrderBy(f => f.Id).ToListAsync(ct))
        {
            var path = files.PathOf(picture.Hash);
            if (!File.Exists(path)) continue;
            await using var content = await zip.CreateEntry("files/" + picture.Name, CompressionLevel.NoCompression).OpenAsync(ct);
            await using var file = File.OpenRead(path);
            await file.CopyToAsync(content, ct);
        }
        return true;
    }

    async Task WriteJson(long member, bool masked, Stream to, CancellationToken ct)
    {
        await using var json = new Utf8JsonWriter(to, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("site", db.Site.Name);
        json.WriteNumber("member", member);
        json.WriteString("exportedAt", time.GetUtcNow().UtcDateTime);
        foreach (var module in modules.All)
        {
            var lists = module.PersonalData.Where(d => d.Name is not null).ToList();
            if (lists.Count == 0) continue;
            json.WriteStartObject(JsonNamingPolicy.CamelCase.ConvertName(module.Name));
            foreach (var list in lists) await list.Export(db, member, json, masked, Flush, ct);
            json.WriteEndObject();
        }
        json.WriteEndObject();

        // Bounds the memory used, however much the member wrote.
        async Task Flush()
        {
            if (json.BytesPending > FlushAt) await json.FlushAsync(ct);
        }
    }
}
