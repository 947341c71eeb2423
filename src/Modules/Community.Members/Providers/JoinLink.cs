using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Community.Members;

/// <summary>
/// The token of the link that <see cref="JoinByMail"/> sends, in a cookie of the browser that opened it: whoever has to sign in first comes
/// back to <see cref="JoinPage"/>, and an address that is handed on from page to page ends up in logs and histories.
/// </summary>
public sealed class JoinLink(IHttpContextAccessor accessor, IConfiguration configuration)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);
    /// <summary>Browsers keep cookies of 4096 octets, with name and attributes.</summary>
    const int MaxLength = 3900;

    readonly string cookie = CookieNames.For("join", configuration);

    HttpContext Http => accessor.HttpContext!;

    internal void Keep(string token)
    {
        if (token.Length <= MaxLength) Http.Response.Cookies.Append(cookie, token, SiteCookie.Options(Http, Lifetime));
    }

    public string? Read() => Http.Request.Cookies[cookie];

    public void Forget() => Http.Response.Cookies.Delete(cookie, SiteCookie.Options(Http, lifetime: null));
}
