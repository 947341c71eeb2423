using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Community.Bulk.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Community.Bulk.Tests.Watching;

[Trait("needs", "server")]
public sealed class DoorTests(LedgerServer server)
{
    const string Token = "three-blind-mice-see-how-they-run";

    [Fact]
    public async Task Whoever_knows_the_token_is_told_and_may_drain_and_nobody_else()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        await ledger.Leases.Begin("one/of two");
        using var watch = new EngineWatch(ledger.Ledger, null, ".", []);
        await using var door = new EngineDoor(
            new() { Listen = "http://127.0.0.1:0", Token = Token },
            ledger.Ledger,
            new(ledger.Ledger, watch),
            NullLogger<EngineDoor>.Instance
        );
        await door.StartAsync(default);
        using var http = new HttpClient { BaseAddress = door.Address };
        foreach (var path in new[] { "/metrics", "/console", "/console/destinations", "/console/nothing" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path)).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token + "x");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PutAsync("/console/draining?name=one%2Fof%20two", null)).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        var overview = (await http.GetFromJsonAsync<EngineOverview>("/console", EngineJson.Options))!;
        Assert.Equal(("acme", OfferState.Running), (overview.Offers[0].Site, overview.Offers[0].State));
        Assert.Equal(ServerState.Alive, overview.Servers[0].State);
        Assert.DoesNotContain("@", await http.GetStringAsync("/console"));
        // No broker was asked. Web servers of an older version know only numbers here.
        Assert.Null(overview.DeadLetters);
        Assert.DoesNotContain("deadLetters", await http.GetStringAsync("/console"), StringComparison.OrdinalIgnoreCase);
        var detail = await http.GetFromJsonAsync<OfferDetail>("/console/mailings/" + overview.Offers[0].Id, EngineJson.Options);
        Assert.Equal(overview.Offers[0].Mailing, detail!.Offer.Mailing);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/console/mailings/987654")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PutAsync("/console/draining?name=three", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await http.PutAsync("/console/draining?name=one%2Fof%20two", null)).StatusCode);
        Assert.True(await ledger.Ask<bool>("SELECT draining FROM servers"));
        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("/console/draining?name=one%2Fof%20two")).StatusCode);
        Assert.False(await ledger.Ask<bool>("SELECT draining FROM servers"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9465", "", null)]
    [InlineData("https://10.0.0.5:9465", Token, null)]
    [InlineData("", "", null)]
    [InlineData("http://10.0.0.5:9465", Token, "https")]
    [InlineData("https://10.0.0.5:9465", "", "https")]
    [InlineData("127.0.0.1:9465", "", "written")]
    [InlineData("http://127.0.0.1:9465", "short", "characters")]
    public void A_network_is_told_only_by_https_and_with_a_token(string listen, string token, string? problem)
    {
        var options = new EngineOptions
        {
            Database = "Host=127.0.0.1",
            Broker = "amqp://127.0.0.1/",
            Server = "one",
            Listen = listen,
            Token = token,
        };
        if (problem is null) options.Check();
        else Assert.Contains(problem, Assert.Throws<FormatException>(options.Check).Message);
    }
}
