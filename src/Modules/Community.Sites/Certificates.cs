using System.Net;
using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>
/// <c>GET /ask?domain=NAME</c>: a proxy asks whether it should obtain a certificate for a host name.
/// 200 for a host of an active site, 404 for all others. Whatever the Host header says, it is answered before any site is looked for,
/// and only to the proxy itself: a stranger would learn which customers there are.
/// </summary>
public static class Certificates
{
    /// <summary>Put it after the forwarded headers, which tell a stranger behind the proxy from the proxy.</summary>
    public static void Use(WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<CommunityOptions>>().Value.ProxyNetworks.ToArray();
        app.MapWhen(http => http.Request.Path == "/ask" && MayAsk(http, proxies), ask => ask.Run(Answer));
    }

    static bool MayAsk(HttpContext http, IPNetwork[] proxies)
    {
        // These headers mean that the request was forwarded for a client; the proxy's own request carries none.
        if (
            http.Request.Headers.ContainsKey("X-Forwarded-For")
            || http.Request.Headers.ContainsKey("X-Original-For")
            || http.Request.Headers.ContainsKey("Forwarded")
        )
            return false;
        var from = http.Connection.RemoteIpAddress;
        if (from is null) return false;
        if (from.IsIPv4MappedToIPv6) from = from.MapToIPv4();
        return IPAddress.IsLoopback(from) || proxies.Any(p => p.Contains(from));
    }

    static async Task Answer(HttpContext http)
    {
        var sites = http.RequestServices.GetRequiredService<SiteDirectory>();
        var site = HttpMethods.IsGet(http.Request.Method)
            ? await sites.Find(http.Request.Query["domain"].ToString(), http.RequestAborted)
            : null;
        http.Response.StatusCode = site?.State == SiteState.Active ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
    }
}
