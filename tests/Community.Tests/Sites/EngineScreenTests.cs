using System.Net;
using Community.Bulk;
using Community.Bulk.Tests.Harness;
using Community.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Community.Tests.Sites;

/// <summary>The console's screens of the delivery engine, with the engine's own ledger and door behind them.</summary>
[Trait("needs", "server")]
public sealed class EngineScreenTests(TestHost host, LedgerServer server)
{
    const string Token = "three-blind-mice-see-how-they-run";

    SitesOptions Options => host.Services.GetRequiredService<IOptions<SitesOptions>>().Value;

    async Task<TestSite> Console() =>
        new(host, (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!);

    async Task<Visitor> Operator()
    {
        var visitor = (await Console()).Visitor();
        await visitor.Submit("/sign-in", new() { ["Email"] = "operator@localhost", ["Password"] = TestSite.Password });
        return visitor;
    }

    [Fact]
    public async Task An_operator_sees_the_engine_drains_a_server_and_is_told_when_it_cannot_be_asked()
    {
        await using var ledger = await server.New();
        await ledger.Running(total: 3);
        var one = await ledger.Leases.Begin("one");
        var offer = await ledger.Ask<long>("SELECT id FROM offers");
        var taken = await ledger.Leases.Take(one, offer, 2);
        await ledger.Run(
            """
            INSERT INTO destination_hours (hour, domain, accepted, deferred, code, enhanced, answer, answered_at)
            VALUES (date_trunc('hour', moment()), 'example.org', 5, 2, 421, '4.7.0', 'Too many from you', moment())
            """
        );
        await ledger.Run(
            "INSERT INTO dead_letters (queue, schema, site, reason) VALUES ('mail.chunk.3', 'mailing.chunk', 'acme', 'v: unknown')"
        );
        using var watch = new EngineWatch(ledger.Ledger, null, ".", []);
        await using var door = new EngineDoor(
            new() { Listen = "http://127.0.0.1:0", Token = Token },
            ledger.Ledger,
            new(ledger.Ledger, watch),
            NullLogger<EngineDoor>.Instance
        );
        await door.StartAsync(default);
        var visitor = await Operator();
        Assert.Contains("There is no delivery engine", (await visitor.Get("/engine")).Text);
        try
        {
            // The first is away: any control can be asked.
            Options.EngineConsole = $"http://127.0.0.1:9/, {door.Address}";
            Options.EngineToken = "another";
            Assert.Contains("refuses this console", (await visitor.Get("/engine")).Text);
            Options.EngineToken = Token;
            var page = await visitor.Get("/engine");
            Assert.Contains("The broker (RabbitMQ) does not answer", page.Text);
            Assert.NotNull(page.Document.QuerySelector("#engine[data-live] svg"));
            Assert.NotNull(page.Document.QuerySelector("script[src*='engine.js']"));
            var detail = await visitor.Get(page.Document.QuerySelector("a[href^='/engine/mailings/']")!.GetAttribute("href")!);
            Assert.Contains("Delivery servers take turns with it", detail.Text);
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/engine/mailings/99999999")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/engine/server?name=nobody")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/engine/destination?domain=nowhere.example")).Status);
            Assert.Contains("Too many from you", (await visitor.Get("/engine/destinations")).Text);
            Assert.Contains("421 4.7.0", (await visitor.Get("/engine/destination?domain=example.org")).Text);
            Assert.Contains("v: unknown", (await visitor.Get("/engine/dead-letters")).Text);

            page = await visitor.Get("/engine/server?name=one");
            Assert.Contains("It is the only one that sends", page.Text);
            page = await visitor.Submit(page, new() { ["Wanted"] = "drain" }, "form:has(button[name='Wanted'])");
            Assert.Contains("Wait until it is empty", page.Text);
            Assert.Equal("Draining", page.Document.QuerySelector("#server .badge")!.TextContent);
            Assert.Contains("drained the delivery server one", page.Text);
            await ledger.Leases.Return(one, taken);
            Assert.Equal("Empty", (await visitor.Get("/engine/server?name=one")).Document.QuerySelector("#server .badge")!.TextContent);
            Assert.Contains("The delivery server one is drained and empty", (await visitor.Get("/engine")).Text);
            page = await visitor.Submit("/engine/server?name=one", new() { ["Wanted"] = "undrain" }, "form:has(button[name='Wanted'])");
            Assert.Equal("Sends", page.Document.QuerySelector("#server .badge")!.TextContent);
            Assert.Equal(
                [(ConsoleLog.Drained, true), (ConsoleLog.Undrained, true)],
                (await (await Console()).Db(db => db.Audit.Where(a => a.Purpose == "one").OrderBy(a => a.Id).ToListAsync()))
                    .Select(a => (a.Action, a.ActorId is not null))
            );

            // No part of an address before the @, and no key in place of a text, in either language.
            var japanese = await Operator();
            await japanese.Get("/language/ja?back=/engine");
            foreach (var reader in new[] { visitor, japanese })
                foreach (var path in new[]
                {
                    "/engine",
                    "/engine/server?name=one",
                    "/engine/mailings/" + offer,
                    "/engine/destinations",
                    "/engine/destination?domain=example.org",
                    "/engine/dead-letters",
                })
                {
                    page = await reader.Get(path);
                    Assert.Equal(HttpStatusCode.OK, page.Status);
                    Assert.DoesNotContain("sites.engine", page.Text);
                    Assert.DoesNotContain("member1", page.Html);
                }
            Assert.Contains("対応が必要です", (await japanese.Get("/engine")).Text);

            await door.StopAsync(default);
            page = await visitor.Get("/engine");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.Contains("The delivery engine does not answer", page.Text);
        }
        finally { (Options.EngineConsole, Options.EngineToken) = ("", ""); }
    }

    [Fact]
    public async Task Nobody_but_an_operator_sees_the_engine()
    {
        Assert.StartsWith("/sign-in", (await (await Console()).Visitor().Get("/engine")).Url.AbsolutePath);
        var admin = await (await host.NewSite()).SignIn("admin");
        foreach (
            var path in new[] { "/engine", "/engine/server?name=one", "/engine/destinations", "/engine/dead-letters", "/engine/mailings/1" }
        )
            Assert.Equal(HttpStatusCode.NotFound, (await admin.Get(path)).Status);
    }
}
