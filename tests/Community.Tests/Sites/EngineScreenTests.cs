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
            // Nobody knows how many there are: 0 would be a lie.
            Assert.Equal("–", page.Document.QuerySelector(".figures a[href='/engine/dead-letters']")!.TextContent);
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

            // One that has fallen silent, also while its page was open, is given no order that it does not hear.
            var open = await visitor.Get("/engine/server?name=one");
            await ledger.Run("UPDATE servers SET seen_at = moment() - interval '2 hours'");
            page = await visitor.Submit(open, new() { ["Wanted"] = "drain" }, "form:has(button[name='Wanted'])");
            Assert.Contains("Nothing was changed. It does not run", page.Text);
            Assert.False(await ledger.Ask<bool>("SELECT draining FROM servers"));
            page = await visitor.Get("/engine/server?name=one");
            Assert.Equal("Lost", page.Document.QuerySelector("#server .badge")!.TextContent);
            Assert.Contains("It was last heard of at", page.Text);
            Assert.Contains("No mail server has answered it in the last hour", page.Text);
            Assert.Empty(page.Document.QuerySelectorAll("button[name='Wanted'], #server svg"));
            // Back from maintenance it would stand idle.
            await ledger.Run("UPDATE servers SET draining = true");
            page = await visitor.Submit("/engine/server?name=one", new() { ["Wanted"] = "undrain" }, "form:has(button[name='Wanted'])");
            Assert.False(await ledger.Ask<bool>("SELECT draining FROM servers"));
            await ledger.Run("UPDATE servers SET seen_at = moment()");

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
            var path in new[] { "/engine", "/engine/server?name=one", "/engine/destinations", "/engine/dead-letters", "/engine/mailings/1",
                "/engine/rules", "/engine/rule" }
        )
            Assert.Equal(HttpStatusCode.NotFound, (await admin.Get(path)).Status);
    }

    [Fact]
    public async Task An_operator_writes_rules_for_destinations_and_sees_who_changed_what()
    {
        await using var ledger = await server.New();
        using var watch = new EngineWatch(ledger.Ledger, null, ".", []);
        await using var door = new EngineDoor(
            new() { Listen = "http://127.0.0.1:0", Token = Token },
            ledger.Ledger,
            new(ledger.Ledger, watch),
            NullLogger<EngineDoor>.Instance);
        await door.StartAsync(default);
        var visitor = await Operator();
        const string form = "form:has(input[name='Rev'])";
        try
        {
            (Options.EngineConsole, Options.EngineToken) = (door.Address!.ToString(), Token);
            var page = await visitor.Get("/engine/rules");
            Assert.Contains("docomo.ne.jp, *.docomo.ne.jp", page.Text);
            Assert.Contains("Nothing has been changed since", page.Text);
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/engine/rule?name=nobody")).Status);

            // What is wrong is named at its field, and what was typed stays.
            page = await visitor.Submit("/engine/rule", new()
            {
                ["Form.Name"] = "",
                ["Form.Patterns"] = "no domain at all",
                ["Form.Connections"] = "0",
                ["Form.PerConnection"] = "ten",
                ["Form.PerMinute"] = "2000000",
                ["Form.Rest"] = "4000",
                ["Form.Note"] = "They asked.",
            }, form);
            // All at once: nobody wants to hear of them one after the other.
            foreach (var wrong in new[]
            {
                "Give a name of 1 to 60 characters", "“no” is no domain", "Give a whole number from 1 to 1,000",
                "Give a whole number from 1 to 10,000", "Give a whole number from 1 to 3,600", "or nothing for no such limit",
            })
                Assert.Contains(wrong, page.Text);
            page = await visitor.Submit(page, new()
            {
                ["Form.Name"] = "Corner",
                ["Form.Patterns"] = "Corner.example\n*.corner.example, gmail.com",
                ["Form.Connections"] = "３",
                ["Form.PerConnection"] = "10",
                ["Form.PerMinute"] = "",
            }, form);
            Assert.DoesNotContain("1 to 1,000.", page.Text);
            page = await visitor.Submit(page, new() { ["Form.Rest"] = "30" }, form);
            Assert.Contains("The rule “Gmail” has one of these domains already", page.Text);
            Assert.Contains("They asked.", page.Html);
            page = await visitor.Submit(page, new()
            {
                ["Form.Patterns"] = "Corner.example\n*.corner.example",
                ["Form.Tls"] = "yes",
                ["Form.Ip"] = "Ipv4",
            }, form);
            Assert.EndsWith("/engine/rules", page.Url.AbsolutePath);
            Assert.Contains("Delivery servers follow it within seconds", page.Text);
            Assert.Contains("never without TLS · IPv4 alone", page.Text);
            var kept = (await new KeepDestinationRules(ledger.Ledger).All()).Single(k => k.Rule.Name == "Corner");
            Assert.Equal(
                ("corner.example *.corner.example", 3, 10, 0, 30, true, IpVersions.Ipv4, "They asked."),
                (string.Join(' ', kept.Rule.Patterns), kept.Rule.Connections, kept.Rule.PerConnection, kept.Rule.PerMinute, kept.Rule.Rest,
                    kept.Rule.RequiresTls, kept.Rule.Ip, kept.Rule.Note)
            );
            Assert.Contains("There is a rule of this name already", (await visitor.Submit("/engine/rule", new()
            {
                ["Form.Name"] = "Corner",
                ["Form.Patterns"] = "elsewhere.example",
            }, form)).Text);

            // Two at once: the second is told, and does not overwrite what they have not seen.
            var open = await visitor.Get("/engine/rule?name=Corner");
            await visitor.Submit("/engine/rule?name=Corner", new() { ["Form.Connections"] = "5", ["Form.Ip"] = "Both" }, form);
            page = await visitor.Submit(open, new() { ["Form.Rest"] = "60" }, form);
            Assert.Contains("Somebody has changed this rule meanwhile", page.Text);
            Assert.Contains("Messages at once: 3 → 5", page.Text);
            Assert.Contains("IP version: IPv4 alone → IPv4 and IPv6", page.Text);
            await visitor.Submit(page, new() { ["Form.Connections"] = "5" }, form);
            kept = (await new KeepDestinationRules(ledger.Ledger).All()).Single(k => k.Rule.Name == "Corner");
            Assert.Equal((5, 60), (kept.Rule.Connections, kept.Rule.Rest));
            // Whoever wants to remove another rule than it is now is told as well.
            open = await visitor.Get("/engine/rule?name=Corner");
            await visitor.Submit("/engine/rule?name=Corner", new() { ["Form.Note"] = "They asked again." }, form);
            page = await visitor.Submit(open, [], "form:has(input[name='Removed'])");
            Assert.Contains("it was not removed", page.Text);
            page = await visitor.Submit("/engine/rule?name=Corner", [], "form:has(input[name='Removed'])");
            Assert.Contains("The rule is removed", page.Text);
            Assert.Contains("removed the rule “Corner”", page.Text);
            // What somebody else had written meanwhile is not lost with it.
            page = await visitor.Submit(open, new() { ["Form.Rest"] = "77" }, form);
            Assert.Contains("Save to add it again", page.Text);
            page = await visitor.Submit(page, [], form);
            Assert.Contains("The rule is saved", page.Text);
            kept = (await new KeepDestinationRules(ledger.Ledger).All()).Single(k => k.Rule.Name == "Corner");
            Assert.Equal((77, 1), (kept.Rule.Rest, kept.Rev));
            var log = await (await Console()).Db(db => db.Audit.Where(a => a.Purpose == "Corner").OrderBy(a => a.Id).ToListAsync());
            Assert.Equal(
                [
                    ConsoleLog.RuleChanged, ConsoleLog.RuleChanged, ConsoleLog.RuleChanged, ConsoleLog.RuleChanged, ConsoleLog.RuleRemoved,
                    ConsoleLog.RuleChanged,
                ],
                log.Select(a => a.Action));
            var japanese = await Operator();
            await japanese.Get("/language/ja?back=/engine");
            foreach (var path in new[] { "/engine/rules", "/engine/rule", "/engine/rule?name=docomo" })
                foreach (var reader in new[] { visitor, japanese })
                    Assert.DoesNotContain("sites.engine", (await reader.Get(path)).Text);
            open = await visitor.Get("/engine/rule?name=Corner");
            await door.StopAsync(default);
            page = await visitor.Get("/engine/rules");
            Assert.Contains("The delivery engine does not answer", page.Text);
            // Nor is it lost with the engine.
            page = await visitor.Submit(open, new() { ["Form.Rest"] = "88" }, form);
            Assert.Contains("Nothing was changed", page.Text);
            Assert.Equal("88", page.Document.QuerySelector("[name='Form.Rest']")!.GetAttribute("value"));
        }
        finally { (Options.EngineConsole, Options.EngineToken) = ("", ""); }
    }
}
