using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Community.Web.Frame;

/// <summary>Addresses of our own static files, with their content's hash: a browser keeps them for a year, an upgrade changes the address.</summary>
public sealed class Assets(IWebHostEnvironment environment)
{
    readonly ConcurrentDictionary<string, string> urls = new();

    public static StaticFileOptions Options => new()
    {
        OnPrepareResponse = context => context.Context.Response.Headers[HeaderNames.CacheControl] =
            context.Context.Request.Query.ContainsKey("v") ? "public, max-age=31536000, immutable" : "public, max-age=300",
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
