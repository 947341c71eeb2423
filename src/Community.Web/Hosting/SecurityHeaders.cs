namespace Community.Web.Hosting;

/// <summary>
/// The headers on every response of a site. Inline code is never allowed; scripts come only from our assets.
/// </summary>
sealed class SecurityHeaders(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        Set(http);
        return next(http);
    }

    /// <summary>The host name was found in the catalogue, so it cannot break out of the header.</summary>
    public static void Set(HttpContext http)
    {
        var request = http.Request;
        var origin = $"{request.Scheme}://{request.Host}";
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src {origin}/_content/ {origin}/scripts/; style-src 'self'; img-src 'self'; font-src 'self'; " +
            "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), interest-cohort=()";
        if (request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
    }
}
