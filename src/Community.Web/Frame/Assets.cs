using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Community.Web.Frame;

/// <summary>
/// URLs of our own static files, with a content hash: a browser caches them for a year, and an upgrade changes the URL.
/// </summary>
public sealed class Assets(IWebHostEnvironment environment)
{
    readonly ConcurrentDictionary<string, string> urls = new();

    /// <summary>
    /// Cached for a year only if the URL has this node's hash of the file: during an upgrade an old node may be asked for a new file.
    /// </summary>
    public StaticFileOptions Options =>
        new()
        {
            OnPrepareResponse = context =>
            {
                var request = context.Context.Request;
                context.Context.Response.Headers[HeaderNames.CacheControl] =
                    request.Query["v"] is [{ } version] && Url(request.Path.Value!) == $"{request.Path}?v={version}"
                        ? "public, max-age=31536000, immutable"
                        : "public, max-age=300";
            },
        };

    public string Url(string path) => environment.IsDevelopment() ? Versioned(path) : urls.GetOrAdd(path, Versioned);

    string Versioned(string path)
    {
        var file = environment.WebRootFileProvider.GetFileInfo(path);
        if (!file.Exists) return path;
        using var stream = file.CreateReadStream();
        return $"{path}?v={Convert.ToHexStringLower(SHA256.HashData(stream).AsSpan(0, 6))}";
    }
}
