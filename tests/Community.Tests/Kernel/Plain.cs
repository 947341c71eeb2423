namespace Community.Tests.Kernel;

/// <summary>Requests as they stand on the wire: no cookies, no decompression, no redirects, any Host.</summary>
static class Plain
{
    static readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public static Task<HttpResponseMessage> Get(TestSite site, string path, params (string Name, string Value)[] headers) =>
        Send(site, HttpMethod.Get, path, headers);

    public static async Task<HttpResponseMessage> Send(
        TestSite site,
        HttpMethod method,
        string path,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{site.Host.Port}{path}");
        request.Headers.Host = $"{site.Site.CanonicalHost}:{site.Host.Port}";
        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await http.SendAsync(request);
    }

    public static Task<string> Text(this HttpResponseMessage response) => response.Content.ReadAsStringAsync();
    public static bool FromCache(this HttpResponseMessage response) => response.Headers.Age is not null;
}
