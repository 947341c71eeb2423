using Microsoft.AspNetCore.ResponseCompression;

namespace Community.Web.Hosting;

/// <summary>
/// Compresses what is the same for everybody: files, style sheets, and pages made for the visitors' cache (which keeps them compressed).
/// Pages of members are not: their length would tell a stranger who can put words into them what else they hold (BREACH).
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
