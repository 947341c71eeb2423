using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Community.Bulk.Tests.Harness;
using Community.Tests.Crashes;
using Npgsql;

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
        await using var caddy = await Caddy.Start($"http://127.0.0.1:{host.Port}", https, http);
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

    /// <summary>
    /// Proxy, web server and database on three machines: TLS between them, with certificates of the installation's own authority, which are
    /// renewed without a restart.
    /// </summary>
    [Fact]
    [Trait("takes", "long")]
    public async Task Between_proxy_web_server_and_database_everything_goes_by_TLS_and_a_renewed_certificate_is_used_without_a_restart()
    {
        if (!File.Exists("/usr/bin/caddy")) Assert.Skip("Caddy is not installed: ./test installs it on Debian (package caddy).");
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        using var database = new PostgreSqlServer();
        database.Make();
        foreach (var name in new[] { "ca", "ledger" }) File.Copy(authority.File(name), $"{database.Data}/{name}.pem");
        database.Own("ledger.pem");
        await File.WriteAllTextAsync(database.Data + "/pg_hba.conf", """
            hostnossl all postgres 127.0.0.1/32 trust
            hostssl all community 127.0.0.1/32 cert
            """);
        await using (var admin = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={database.Port};Username=postgres;Pooling=false"))
            foreach (var sql in new[]
            {
                "CREATE ROLE community LOGIN CREATEDB", "ALTER SYSTEM SET ssl = on", "ALTER SYSTEM SET ssl_ca_file = 'ca.pem'",
                "ALTER SYSTEM SET ssl_cert_file = 'ledger.pem'", "ALTER SYSTEM SET ssl_key_file = 'ledger.pem'", "SELECT pg_reload_conf()",
            })
            {
                await using var command = admin.CreateCommand(sql);
                await command.ExecuteNonQueryAsync();
            }
        var data = Directory.CreateTempSubdirectory("community-tls-web-").FullName;
        var (plain, tls, https, http) = (Ports.Free(), Ports.Free(), Ports.Free(), Ports.Free());
        Dictionary<string, string?> Settings(TestAuthority trusted) => new()
        {
            ["port"] = plain.ToString(),
            ["Community:Data"] = data,
            ["Community:Database"] = $"Host=localhost;Port={database.Port};Username=community;Database=community;SSL Mode=VerifyFull;"
                + $"Root Certificate={trusted.Ca};SSL Certificate={authority.File("web")}",
            ["Community:Proxies:0"] = "127.0.0.1",
            // As in docs/operating.md; the plain one is for the test.
            ["Kestrel:Endpoints:Plain:Url"] = $"http://127.0.0.1:{plain}",
            ["Kestrel:Endpoints:Proxy:Url"] = $"https://localhost:{tls}",
            ["Kestrel:Endpoints:Proxy:Certificate:Path"] = authority.File("web"),
            ["Kestrel:Endpoints:Proxy:Certificate:KeyPath"] = authority.File("web"),
        };
        try
        {
            await using (var refused = new Killable(Settings(other)))
            {
                Assert.Equal(1, await refused.Ended());
                Assert.Contains("signed by the authority in Root Certificate", refused.Said);
            }
            await using var web = new Killable(Settings(authority));
            await web.Ready();
            await using var caddy = await Caddy.Start(
                $"https://localhost:{tls}",
                https,
                http,
                $"{{\ntransport http {{\ntls_trusted_ca_certs {authority.Ca}\n}}\n}}",
                authority.Ca
            );
            using var visitor = new HttpClient(
                new SocketsHttpHandler
                {
                    SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Issuer.Contains("Caddy") },
                }
            );
            // The console's host: the proxy asks for its name by TLS, too.
            using (var page = await visitor.GetAsync($"https://localhost:{https}/healthz"))
                Assert.Equal(HttpStatusCode.OK, page.StatusCode);

            string? serial = null;
            using var direct = new HttpClient(new SocketsHttpHandler
            {
                PooledConnectionLifetime = TimeSpan.Zero,
                SslOptions =
                {
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        serial = certificate!.GetSerialNumberString();
                        return true;
                    },
                },
            });
            async Task<string?> Serial()
            {
                try
                {
                    using var answer = await direct.GetAsync($"https://localhost:{tls}/healthz");
                    return serial;
                }
                // For a moment nobody listens: the server begins anew with the renewed file.
                catch (HttpRequestException) { return null; }
            }
            var before = await Serial();
            authority.RenewAll();
            await TestSite.Until(async () => await Serial() is { } now && now != before, "the renewed certificate is used");
            await TestSite.Until(
                async () =>
                {
                    using var page = await visitor.GetAsync($"https://localhost:{https}/healthz");
                    return page.StatusCode == HttpStatusCode.OK;
                },
                "the proxy takes the renewed certificate"
            );

            // One of another authority: the proxy asks nothing of it.
            File.Copy(other.File("web"), authority.File("web") + ".new");
            File.Move(authority.File("web") + ".new", authority.File("web"), overwrite: true);
            await TestSite.Until(
                async () =>
                {
                    using var page = await visitor.GetAsync($"https://localhost:{https}/healthz");
                    return page.StatusCode == HttpStatusCode.BadGateway;
                },
                "the proxy refuses the other certificate"
            );
        }
        finally { Directory.Delete(data, recursive: true); }
    }

    sealed class Caddy(Process process, string folder) : IAsyncDisposable
    {
        /// <param name="web">Address of the web server.</param>
        /// <param name="https">Port for visitors.</param>
        /// <param name="http">The same, without TLS.</param>
        /// <param name="way">Block of the proxy, how it reaches the web server.</param>
        /// <param name="authority">That of the web server's certificate, beside the system's.</param>
        public static async Task<Caddy> Start(string web, int https, int http, string way = "", string? authority = null)
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
                    ask {{web}}/ask
                  }
                }
                https:// {
                  tls {
                    on_demand
                  }
                  reverse_proxy {{web}} {{way}}
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
            if (authority is not null) start.Environment["SSL_CERT_FILE"] = authority;
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
