using Microsoft.AspNetCore.ResponseCompression;

namespace Community.Web.Hosting;

/// <summary>
/// Compresses what is the same for everybody: files, style sheets, and pages for the visitor cache (which stores them compressed).
/// Members' pages are not compressed: an attacker who can inject text into them could infer their secrets from the length (BREACH).
/// </summary>
static class Compression
{
    static readonly string[] files = [".css", ".js", ".svg", ".json", ".txt"];

    public static void Configure(ResponseCompressionOptions o)
    {
        o.EnableForHttps = true;
        o.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"];
    }

    public static void ForFiles(WebApplication app) =>
        app.UseWhen(http => files.Contains(Path.GetExtension(http.Request.Path.Value)), branch => branch.UseResponseCompression());

    public static void ForVisitors(WebApplication app) => app.UseWhen(VisitorCache.IsMaking, branch => branch.UseResponseCompression());
}
