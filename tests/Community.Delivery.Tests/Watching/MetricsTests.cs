using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Community.Bulk.Tests.Harness;
using Community.Mail;
using Microsoft.Extensions.Logging.Abstractions;
using static Community.Tests.Harness.Waiting;

namespace Community.Bulk.Tests.Watching;

/// <summary>What Prometheus gets, what the alarms ask for, and the trace of a mailing.</summary>
[Collection("queues")]
[Trait("needs", "server")]
public sealed partial class MetricsTests(RabbitMq rabbit, LedgerServer server)
{
    [GeneratedRegex(@"\bcommunity_delivery_\w+|\bcommunity_disk_\w+|\bcommunity_certificate_\w+")]
    private static partial Regex Names();

    [GeneratedRegex(@"^[0-9a-f-]{36}$")]
    private static partial Regex Identifier();

    [Fact]
    public async Task A_mailing_over_the_broker_leaves_one_trace_and_every_metric_that_an_alarm_asks_for()
    {
        var broker = await rabbit.New();
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer()
            .On("RCPT member2@example.org", new ScriptedReply("550 5.1.1 no such user"))
            .Start();
        var mailing = Guid.CreateVersion7();
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == EngineTrace.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> o) =>
                o.TraceId == EngineTrace.IdOf(mailing) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);

        var folder = Directory.CreateTempSubdirectory("engine-").FullName;
        var options = new EngineOptions { Broker = broker.Address.ToString(), Data = folder, Listen = "http://127.0.0.1:0" };
        var certificate = Path.Combine(folder, "missing.pem");
        using var watch = new EngineWatch(ledger.Ledger, broker, folder, [certificate]);
        await using var door = new EngineDoor(options, ledger.Ledger, new(ledger.Ledger, watch), NullLogger<EngineDoor>.Instance);
        await door.StartAsync(default);
        using var control = new DeliveryControl(ledger.Ledger, options, watch, NullLogger<DeliveryControl>.Instance);
        await control.StartAsync(default);
        using var stop = new CancellationTokenSource();
        var sending = new DeliveryServer(
            ledger.Ledger,
            new() { Name = "one", Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"), Connections = 2, TraceEvery = 2 },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);
        await using var publisher = new MessagePublisher(broker, "site");
        async Task Publish(EngineMessage message)
        {
            var (exchange, key) = EngineQueues.WayOf(message);
            var confirmed = await publisher.Publish(
                [new(exchange, key, Wire.Write(message), (message as OfferMessage)?.MailingId ?? default)]);
            Assert.True(Assert.Single(confirmed));
        }
        await Publish(Make.Beat(0));
        // Of another mailing nothing more comes.
        await Publish(Make.Offer(Guid.CreateVersion7(), total: 3)[0]);
        await Until(() => ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM offers WHERE state = 'filling')"), "filling");
        foreach (var message in Make.Offer(mailing, total: 3)) await Publish(message);
        await Until(() => ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM offers WHERE state = 'armed')"), "armed");
        await Publish(Make.Control(mailing, 1, go: true));
        // A fact is no command: nobody can take this one.
        var fact = new Accepted
        {
            Site = Make.Site,
            MailingId = Guid.CreateVersion7(),
            Rev = 1,
            FactNo = 1,
            Life = 1,
            Eta = DateTime.UtcNow,
        };
        Assert.True(Assert.Single(await publisher.Publish([new(EngineQueues.Commands, "control", Wire.Write(fact))])));
        await Until(() => ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM offers WHERE state = 'ended')"), "ended");
        await Until(() => ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM dead_letters)"), "a dead letter");
        await Until(() => ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM destination_hours)"), "answers");
        await watch.Look(default);

        using var http = new HttpClient { BaseAddress = door.Address };
        string scrape = "";
        await Until(
            async () => (scrape = await http.GetStringAsync("/metrics")).Contains("community_delivery_dead_letters_made_total"),
            "a scrape"
        );
        var present = Names().Matches(scrape).Select(m => m.Value).ToHashSet();
        var rules = await File.ReadAllTextAsync(Path.Combine(Repository(), "docs", "prometheus-rules.yml"));
        // Nothing was lost, so its counter has not begun; see the row below.
        Assert.Equal(
            [],
            Names().Matches(rules).Select(m => m.Value).Distinct().Except(present).Except(["community_delivery_leases_lost_total"])
        );
        var documented = await File.ReadAllTextAsync(Path.Combine(Repository(), "docs", "operating.md"));
        Assert.Equal([], present.Select(Bare).Distinct().Except(Names().Matches(documented).Select(m => m.Value)));
        Assert.Contains("community_delivery_broker_up", scrape);
        Assert.Matches(@"community_delivery_broker_up(\{[^}]*\})? 1\b", scrape);
        Assert.Matches(@"community_delivery_filling_age_seconds(\{[^}]*\})? [0-9.]*[1-9]", scrape);
        Assert.Matches(@"community_delivery_answers_total\{[^}]*outcome=""accepted""[^}]*\} [1-9]", scrape);
        Assert.Matches(@"community_certificate_end_seconds\{[^}]*file=""missing.pem""[^}]*\} 0\b", scrape);
        foreach (var secret in new[] { "@", "acme", "Hello", "member1", "example.org" }) Assert.DoesNotContain(secret, scrape);

        await stop.CancelAsync();
        await sending;
        await control.StopAsync(default);
        await door.StopAsync(default);
        string[] steps =
        [
            "send mail.cmd", "process mail.chunk." + EngineQueues.NumberOf(mailing), "process mail.control", "deliver", "send mail.evt",
        ];
        await Until(() => Task.FromResult(steps.All(s => spans.Any(a => a.DisplayName == s))), "every step of the way");
        Assert.All(spans, a => Assert.Equal(mailing.ToString("N"), a.TraceId.ToHexString()));
        // What the control does follows from what the web server sent; each second message is traced.
        var sent = spans.Where(a => a.DisplayName == "send mail.cmd").Select(a => a.SpanId).ToHashSet();
        Assert.All(spans.Where(a => a.Kind is ActivityKind.Consumer), a => Assert.Contains(a.ParentSpanId, sent));
        Assert.Equal(2, spans.Count(a => a.DisplayName == "deliver"));
        Assert.Contains(spans, a => a.DisplayName == "deliver" && Equals(a.GetTagItem("community.answer"), "Accepted"));
        foreach (var tag in spans.SelectMany(a => a.TagObjects))
            Assert.True(
                Identifier().IsMatch(tag.Value?.ToString() ?? "")
                    || (!tag.Value!.ToString()!.Contains('@') && tag.Value.ToString() is not "acme"),
                $"{tag.Key}: {tag.Value}"
            );
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_alarms_are_what_Prometheus_understands_and_fire_when_they_should()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/promtool"), "promtool is not installed: ./test installs it on Debian (prometheus).");
        var rules = Path.Combine(Repository(), "docs", "prometheus-rules.yml");
        foreach (var words in new[]
        {
            new[] { "check", "rules", rules },
            ["test", "rules", Path.Combine(Repository(), "tests", "Community.Delivery.Tests", "Watching", "rules-test.yml")],
        })
        {
            using var tool = Process.Start(
                new ProcessStartInfo("/usr/bin/promtool", words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = await tool.StandardOutput.ReadToEndAsync() + await tool.StandardError.ReadToEndAsync();
            await tool.WaitForExitAsync();
            Assert.True(tool.ExitCode == 0, said);
        }
        // Each has its line of what to do.
        var documented = await File.ReadAllTextAsync(Path.Combine(Repository(), "docs", "operating.md"));
        Assert.Equal(
            [],
            Regex.Matches(await File.ReadAllTextAsync(rules), @"alert: (\w+)")
                .Select(m => m.Groups[1].Value)
                .Where(a => !documented.Contains(a))
        );
    }

    /// <summary>Without what a histogram and a counter add.</summary>
    static string Bare(string name) => Regex.Replace(name, "_(bucket|sum|count|created)$", "");

    static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Community.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    /// <summary>A message has some of these on its way: together they must not be felt.</summary>
    [Fact]
    public void While_nobody_listens_nothing_is_made()
    {
        var mailing = Guid.CreateVersion7();
        EngineTrace.Step("deliver", ActivityKind.Client, mailing);
        EngineMeter.Answered(AnswerKind.Accepted, "one");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            if (EngineTrace.Source.HasListeners()) return;
            EngineTrace.Step("deliver", ActivityKind.Client, mailing);
            EngineMeter.Took(EngineMeter.Start, "one");
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
    }

    [Fact]
    public void All_processes_trace_the_same_part_of_the_mailings()
    {
        var traces = Enumerable.Range(0, 2000).Select(_ => EngineTrace.IdOf(Guid.CreateVersion7())).ToList();
        Assert.All(traces, t => Assert.True(EngineTrace.IsSampled(t, 1)));
        Assert.DoesNotContain(traces, t => EngineTrace.IsSampled(t, 0));
        Assert.InRange(traces.Count(t => EngineTrace.IsSampled(t, 0.25)), 350, 650);
        Assert.All(traces.Where(t => EngineTrace.IsSampled(t, 0.1)), t => Assert.True(EngineTrace.IsSampled(t, 0.25)));
    }
}
