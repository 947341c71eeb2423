using System.Text.Json.Nodes;
using Community.Sites;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Sites;

/// <summary>Behind a proxy: 127.0.0.2 is listed, every other loopback address is not.</summary>
public sealed class ProxyTests
{
    const string Listed = "127.0.0.2", Stranger = "127.0.0.3", Client = "X-Forwarded-For: 203.0.113.9";

    static Task<TestHost> Start() => TestHost.Start(new() { ["Community:Proxies:0"] = Listed, ["Community:Proxies:1"] = "10.0.0.0/8" });

    [Fact]
    public async Task Forwarded_headers_are_believed_from_a_listed_proxy_alone()
    {
        await using var host = await Start();
        var site = await host.NewSite(r => r["hosts"]!.AsArray().Add((JsonNode)("www." + r["hosts"]![0])));
        var name = site.Site.CanonicalHost;

        var proxied = await Raw.Get(
            host.Port,
            "/x",
            "127.0.0.1:9",
            Listed,
            Client,
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: www." + name
        );
        Assert.Equal((308, $"https://{name}/x"), (proxied.Status, proxied.Header("Location")));
        Assert.NotNull(
            (await Raw.Get(host.Port, "/", name, Listed, Client, "X-Forwarded-Proto: https")).Header("Strict-Transport-Security")
        );

        var forged = await Raw.Get(
            host.Port,
            "/x",
            "www." + name,
            Stranger,
            Client,
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: evil.example.test"
        );
        Assert.Equal((308, $"http://{name}/x"), (forged.Status, forged.Header("Location")));
        Assert.Null(
            (await Raw.Get(host.Port, "/", name, Stranger, Client, "X-Forwarded-Proto: https")).Header("Strict-Transport-Security")
        );
    }

    [Fact]
    public async Task Only_the_last_hop_is_believed()
    {
        await using var host = await Start();
        var name = (await host.NewSite()).Site.CanonicalHost;
        // What the client wrote itself stands before what the proxy added.
        var answer = await Raw.Get(
            host.Port,
            "/",
            name,
            Listed,
            "X-Forwarded-For: 127.0.0.1, 203.0.113.9",
            "X-Forwarded-Proto: http, https"
        );
        Assert.NotNull(answer.Header("Strict-Transport-Security"));
        Assert.NotEqual(
            200,
            (await Raw.Get(host.Port, $"/ask?domain={name}", name, Listed, "X-Forwarded-For: 127.0.0.1, 203.0.113.9")).Status
        );
    }

    [Fact]
    public async Task The_proxy_is_told_for_which_names_it_may_get_a_certificate()
    {
        await using var host = await Start();
        var site = await host.NewSite(r => r["hosts"]!.AsArray().Add((JsonNode)("www." + r["hosts"]![0])));
        var name = site.Site.CanonicalHost;
        async Task<int> Ask(string domain, string asked = "127.0.0.1:5080", string from = Listed, params string[] headers) =>
            (await Raw.Get(host.Port, "/ask?domain=" + domain, asked, from, headers)).Status;

        Assert.Equal(200, await Ask(name));
        Assert.Equal(200, await Ask("www." + name));
        Assert.Equal(200, await Ask(name.ToUpperInvariant()));
        Assert.Equal(200, await Ask(name, asked: "whatever.example.test", from: "127.0.0.1"));
        Assert.Equal(404, await Ask("nobody.example.test"));
        Assert.Equal(404, await Ask(""));
        Assert.Equal(404, await Ask(new string('a', 5000)));
        Assert.Equal(404, await Ask("%00%0d%0aX:y"));
        // Somebody who comes through a proxy is a visitor: the site answers, and has no such page.
        Assert.Equal(404, await Ask(name, asked: name, headers: Client));
        Assert.Equal(404, await Ask(name, asked: name, from: Stranger, headers: Client));
        await host.Services.GetRequiredService<SuspendSite>().WithKey(Operators.OfMachine, site.Site.Key, default);
        Assert.Equal(404, await Ask(name));
    }
}
