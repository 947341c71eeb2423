using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>For pages whose address is a key, such as those that links in mails lead to.</summary>
public static class SecretAddress
{
    /// <summary>A request feature: the page's address is a key.</summary>
    public sealed record Kept;

    /// <summary>Keeps the address of this page from other sites and from caches.</summary>
    public static void Keep(HttpContext http)
    {
        http.Features.Set(new Kept());
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.CacheControl = "no-store";
    }
}
