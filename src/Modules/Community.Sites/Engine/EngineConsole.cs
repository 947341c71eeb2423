using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Community.Bulk;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>What came of asking the delivery engine.</summary>
public enum EngineWord
{
    Answered,

    /// <summary>The installation says nowhere where the engine can be asked.</summary>
    NotSet,
    Unreachable,

    /// <summary>The engine knows another token.</summary>
    Refused,

    /// <summary>It answers, and its ledger does not.</summary>
    LedgerAway,

    /// <summary>There is nothing of this name.</summary>
    NotFound,
}

/// <summary>Asks the delivery engine how it is: any of its delivery controls, the one that answered last first.</summary>
public sealed class EngineConsole(IOptions<SitesOptions> options, ILogger<EngineConsole> logger) : IDisposable
{
    readonly HttpClient http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
    })
    { Timeout = TimeSpan.FromSeconds(8), MaxResponseContentBufferSize = 8 << 20 };

    string? last;

    /// <param name="path">Below <c>/console</c>, empty for the overview.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<(EngineWord Word, T? Found)> Ask<T>(string path, CancellationToken ct) where T : class
    {
        var (word, answer) = await Send(HttpMethod.Get, path, ct);
        return await Read<T>(word, answer, ct);
    }

    async Task<(EngineWord, T?)> Read<T>(EngineWord word, HttpResponseMessage? answer, CancellationToken ct) where T : class
    {
        using (answer)
            try { return (word, word is EngineWord.Answered ? await answer!.Content.ReadFromJsonAsync<T>(EngineJson.Options, ct) : null); }
            catch (Exception error) when (error is System.Text.Json.JsonException or HttpRequestException or IOException)
            {
                logger.LogWarning("The delivery engine says what nobody understands: {Error}", error.Message);
                return (EngineWord.Unreachable, null);
            }
    }

    public async Task<EngineWord> Drain(string server, bool draining, CancellationToken ct)
    {
        var (word, answer) = await Send(
            draining ? HttpMethod.Put : HttpMethod.Delete, "/draining?name=" + Uri.EscapeDataString(server), ct);
        answer?.Dispose();
        return word;
    }

    /// <param name="path">Below <c>/console</c>.</param>
    /// <param name="body">What is to be.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<(EngineWord Word, TAnswer? Answer)> Put<TBody, TAnswer>(string path, TBody body, CancellationToken ct)
        where TAnswer : class
    {
        var (word, answer) = await Send(HttpMethod.Put, path, ct, () => JsonContent.Create(body, options: EngineJson.Options));
        return await Read<TAnswer>(word, answer, ct);
    }

    async Task<(EngineWord, HttpResponseMessage?)> Send(
        HttpMethod method, string path, CancellationToken ct, Func<HttpContent>? body = null)
    {
        var controls = options.Value.EngineConsole.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (controls.Length == 0) return (EngineWord.NotSet, null);
        var word = EngineWord.Unreachable;
        foreach (var control in controls.OrderBy(c => c != last))
            try
            {
                using var request = new HttpRequestMessage(method, control.TrimEnd('/') + "/console" + path) { Content = body?.Invoke() };
                if (options.Value.EngineToken.Length > 0)
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.EngineToken);
                var answer = await http.SendAsync(request, ct);
                last = control;
                if (answer.IsSuccessStatusCode) return (EngineWord.Answered, answer);
                word = answer.StatusCode switch
                {
                    HttpStatusCode.NotFound => EngineWord.NotFound,
                    HttpStatusCode.Unauthorized => EngineWord.Refused,
                    _ => EngineWord.LedgerAway,
                };
                answer.Dispose();
                if (word is EngineWord.NotFound) return (word, null);
            }
            catch (Exception error)
                when (!ct.IsCancellationRequested
                    && error
                        is HttpRequestException
                            or IOException
                            or OperationCanceledException
                            or UriFormatException
                            or InvalidOperationException
                )
            {
                logger.LogWarning("The delivery engine cannot be asked at {Address}: {Error}", control, error.Message);
            }
        return (word, null);
    }

    public void Dispose() => http.Dispose();
}
