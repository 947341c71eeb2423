using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Community.Web.Frame;

/// <summary>
/// Addresses of our own static files, with their content's hash: a browser keeps them for a year, an upgrade changes the address.
/// </summary>
public sealed class Assets(IWebHostEnvironment environment)
{
    readonly ConcurrentDictionary<string, string> urls = new();

    /// <summary>
    /// Kept for a year only under the hash that the file has here: during an upgrade an old node may be asked for a new file.
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
