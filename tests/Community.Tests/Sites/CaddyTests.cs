using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Community.Tests.Sites;

/// <summary>
/// The configuration of docs/operating.md with the real proxy: certificates on demand (by Caddy's own authority here), forwarded headers,
/// redirects.
/// </summary>
[Trait("needs", "server")]
public sealed class CaddyTests
{
    [Fact]
    public async Task A_new_site_has_https_behind_caddy_as_soon_as_it_is_made()
    {
        if (!File.Exists("/usr/bin/caddy")) Assert.Skip("Caddy is not installed: ./test installs it on Debian (package caddy).");
        await using var host = await TestHost.Start(new() { ["Community:Proxies:0"] = "127.0.0.1", ["Community:PublicScheme"] = "https" });
        var (https, http) = (Ports.Free(), Ports.Free());
        await using var caddy = await Caddy.Start(host.Port, https, http);
        var site = await host.NewSite(r => r["hosts"]!.AsArray().Add((JsonNode)("www." + r["hosts"]![0])));
        var name = site.Site.CanonicalHost;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Issuer.Contains("Caddy") == true },
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        using var page = await client.GetAsync($"https://{name}:{https}/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.True(page.Headers.Contains("Strict-Transport-Security"), "the host does not believe that it is https");

        using var alias = await client.GetAsync($"https://www.{name}:{https}/boards/general");
        Assert.Equal(HttpStatusCode.PermanentRedirect, alias.StatusCode);
        Assert.Equal($"https://{name}:{https}/boards/general", alias.Headers.Location!.ToString());

        // A client's own forwarded headers do not pass the proxy.
        using var forged = new HttpRequestMessage(HttpMethod.Get, $"https://{name}:{https}/ask?domain={name}")
        {
            Headers =
            {
                { "X-Forwarded-For", "127.0.0.1" },
                { "X-Forwarded-Host", "evil.example.test" },
                { "X-Forwarded-Proto", "http" },
            },
        };
        using var answer = await client.SendAsync(forged);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.True(answer.Headers.Contains("Strict-Transport-Security"));

        // Nobody's name gets no certificate.
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"https://nobody.example.test:{https}/"));
    }

    sealed class Caddy(Process process, string folder) : IAsyncDisposable
    {
        public static async Task<Caddy> Start(int port, int https, int http)
        {
            var folder = Directory.CreateTempSubdirectory("community-caddy-").FullName;
            // Beside the ports, the admin endpoint and the issuer, this is the Caddyfile of docs/operating.md.
            await File.WriteAllTextAsync(Path.Combine(folder, "Caddyfile"), $$"""
                {
                  admin off
                  storage file_system {{folder}}
                  http_port {{http}}
                  https_port {{https}}
                  local_certs
                  skip_install_trust
                  on_demand_tls {
                    ask http://127.0.0.1:{{port}}/ask
                  }
                }
                https:// {
                  tls {
                    on_demand
                  }
                  reverse_proxy 127.0.0.1:{{port}}
                }
                """
            );
            var start = new ProcessStartInfo(
                "/usr/bin/caddy",
                ["run", "--config", Path.Combine(folder, "Caddyfile"), "--adapter", "caddyfile"]
            )
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                Environment =
                {
                    ["HOME"] = folder,
                    ["XDG_DATA_HOME"] = folder,
                    ["XDG_CONFIG_HOME"] = folder,
                },
            };
            var process = Process.Start(start)!;
            var log = new System.Text.StringBuilder();
            process.ErrorDataReceived += (_, line) => log.AppendLine(line.Data);
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            await TestSite.Until(async () =>
            {
                if (process.HasExited) Assert.Fail("Caddy ended: " + log);
                using var socket = new TcpClient();
                try { await socket.ConnectAsync(IPAddress.Loopback, https); return true; }
                catch (SocketException) { return false; }
            }, "Caddy listens");
            return new(process, folder);
        }

        public async ValueTask DisposeAsync()
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }
}
