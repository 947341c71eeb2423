using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Community.Benchmarks;

/// <summary>Somebody with cookies, who fills in forms.</summary>
sealed class Browser : IDisposable
{
    readonly CookieContainer cookies = new();
    readonly HttpClient http;

    public Browser(Server server, string host, int connections = 128)
    {
        http = new HttpClient(
            new SocketsHttpHandler
            {
                CookieContainer = cookies,
                AllowAutoRedirect = false,
                MaxConnectionsPerServer = connections,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectCallback = async (context, ct) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            BaseAddress = new Uri($"http://{host}:{server.Port}"),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    /// <summary>As the header has it, for wrk.</summary>
    public string Cookie => cookies.GetCookieHeader(http.BaseAddress!);

    public async Task<byte[]> Bytes(string path)
    {
        using var response = await http.GetAsync(path);
        if (response.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{path}: {response.StatusCode}");
        return await response.Content.ReadAsByteArrayAsync();
    }

    public async Task<string> Get(string path) => System.Text.Encoding.UTF8.GetString(await Bytes(path));

    /// <summary>The hidden fields of the form with this action, or of the form with this handler.</summary>
    public async Task<Dictionary<string, string>> Form(string path, string mark)
    {
        var page = await Get(path);
        var form = Regex.Matches(page, "<form.*?</form>", RegexOptions.Singleline).First(f => f.Value.Contains(mark)).Value;
        return Regex
            .Matches(form, "<input[^>]*type=\"hidden\"[^>]*>")
            .Select(i => i.Value)
            .ToDictionary(
                i => Regex.Match(i, "name=\"([^\"]*)\"").Groups[1].Value,
                i => WebUtility.HtmlDecode(Regex.Match(i, "value=\"([^\"]*)\"").Groups[1].Value)
            );
    }

    /// <summary>Sends a form; the answer must lead on. Where to.</summary>
    public async Task<string> Post(string path, Dictionary<string, string> fields)
    {
        using var response = await http.PostAsync(path, new FormUrlEncodedContent(fields));
        if (response.Headers.Location is not { } next)
            throw new InvalidOperationException($"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return next.IsAbsoluteUri ? next.PathAndQuery : next.OriginalString;
    }

    public async Task SignIn(string email)
    {
        var form = await Form("/sign-in", "name=\"Password\"");
        foreach (var key in form.Keys.ToList()) if (key.EndsWith("Password", StringComparison.Ordinal)) form.Remove(key);
        await Post("/sign-in", new(form) { ["Email"] = email, ["Password"] = Data.Password });
    }

    public void Dispose() => http.Dispose();
}
