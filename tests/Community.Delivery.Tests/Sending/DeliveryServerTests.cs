using System.Text;
using Community.Bulk.Tests.Harness;
using Community.Mail;
using Microsoft.Extensions.Logging.Abstractions;
using static Community.Tests.Harness.Waiting;

namespace Community.Bulk.Tests.Sending;

/// <summary>Delivery servers against a relay that misbehaves as it is told.</summary>
[Trait("needs", "server")]
public sealed class DeliveryServerTests(LedgerServer server)
{
    static DeliveryServer Server(TestLedger ledger, ScriptedSmtpServer relay, string name = "one", int connections = 5) =>
        new(
            ledger.Ledger,
            new()
            {
                Name = name,
                Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"),
                Connections = connections,
                LookEvery = TimeSpan.FromMilliseconds(50),
                Rest = TimeSpan.FromMilliseconds(20),
            },
            NullLogger<DeliveryServer>.Instance
        );

    static Task<long> In(TestLedger ledger, string state) =>
        ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state::text = $1", state);

    static List<string> Recipients(ScriptedSmtpServer relay) =>
        [
            .. relay.Messages.Select(m =>
                Encoding.ASCII.GetString(m).Split("\r\n").First(l => l.StartsWith("Message-ID", StringComparison.OrdinalIgnoreCase))
            ),
        ];

    [Fact]
    public async Task A_mailing_reaches_everybody_once_in_their_own_words()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        await ledger.Running(total: 60);
        using var stop = new CancellationTokenSource();
        var running = Task.WhenAll(Server(ledger, relay).Run(stop.Token), Server(ledger, relay, "two").Run(stop.Token));
        await Until(async () => await In(ledger, "accepted") == 60, () => $"{relay.Messages.Count} sent");
        await stop.CancelAsync();
        await running;
        Assert.Equal(60, Recipients(relay).Distinct().Count());
        Assert.Equal(60, relay.Messages.Count);
        Assert.Contains(relay.Commands, c => c.StartsWith("MAIL FROM:<b7@r.acme.example>"));
        using var first = new MemoryStream(relay.Messages.First(m => Encoding.ASCII.GetString(m).Contains(".7@acme.example>")));
        var message = await MimeKit.MimeMessage.LoadAsync(first);
        Assert.Equal(("Hello <7> & co", "To <7> & co: Hello"), (message.Subject, message.TextBody?.Trim()));
        Assert.Contains("<p>To &lt;7&gt; &amp; co: Hello</p>", message.HtmlBody);
        Assert.Equal("<news.acme.example>", message.Headers["List-Id"]);
        await EndOffers.Run(ledger.Ledger);
        Assert.Equal("ended", await ledger.OfferState());
    }

    [Fact]
    public async Task Each_answer_means_what_it_says_and_a_lost_connection_after_the_dot_is_ambiguous()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer()
            .On("RCPT member1@example.org", "550 5.1.1 Unknown")
            .On("RCPT member2@example.org", "450 4.2.1 Later")
            .On(". member3@example.org", ScriptedReply.Close)
            .On(". member4@example.org", "554 5.7.1 No")
            .Start();
        await ledger.Running(total: 5);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay).Run(stop.Token);
        await Until(
            async () => await ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state IN ('pending', 'leased', 'handing')") == 0,
            () => "open"
        );
        await stop.CancelAsync();
        await running;
        var states = new List<string>();
        for (var i = 1; i <= 5; i++) states.Add(await ledger.StateOf(i));
        Assert.Equal(["rejected", "deferred", "ambiguous", "rejected", "accepted"], states);
        Assert.Equal("5.1.1", await ledger.Ask<string>("SELECT enhanced FROM outcomes WHERE rid = 1"));
        Assert.True(
            await ledger.Ask<bool>(
                "SELECT due BETWEEN moment() + interval '4 minutes' AND moment() + interval '5 minutes' FROM recipients WHERE rid = 2"
            )
        );
        Assert.Equal(2, relay.Messages.Count(m => !Encoding.ASCII.GetString(m).Contains(".4@acme.example>")));
    }

    /// <summary>421 and lost connections are the relay's: the recipients wait unharmed, and nobody is sent to twice.</summary>
    [Fact]
    public async Task A_relay_that_turns_connections_away_spends_nobody()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer()
            .On("MAIL", ["250 Ok", "250 Ok", .. Enumerable.Repeat((ScriptedReply)"421 4.3.2 Too many", 10), "250 Ok"])
            .On("DATA", ["354 Go", ScriptedReply.Close, ScriptedReply.Close, "354 Go"])
            .Start();
        await ledger.Running(total: 20);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay, connections: 3).Run(stop.Token);
        await Until(async () => await In(ledger, "accepted") == 20, () => $"{relay.Messages.Count} sent");
        await stop.CancelAsync();
        await running;
        Assert.Equal(20, relay.Messages.Count);
        Assert.Equal(20, Recipients(relay).Distinct().Count());
        Assert.Equal((short)1, await ledger.Ask<short>("SELECT max(attempts) FROM recipients"));
        Assert.Equal(20, await ledger.Ask<long>("SELECT count(*) FROM outcomes"));
    }

    [Fact]
    public async Task A_stop_lets_what_is_in_hand_end_and_gives_the_rest_back_at_once()
    {
        await using var ledger = await server.New();
        var gate = new TaskCompletionSource();
        await using var relay = new ScriptedSmtpServer().On(".", new ScriptedReply("250 2.0.0 Ok").When(gate.Task)).Start();
        await ledger.Running(total: 100);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay, connections: 4).Run(stop.Token);
        await Until(() => Task.FromResult(relay.Messages.Count == 4), () => $"{relay.Messages.Count} in hand");
        await stop.CancelAsync();
        gate.SetResult();
        await running;
        Assert.Equal(4, await In(ledger, "accepted"));
        Assert.Equal(96, await In(ledger, "pending"));
        // The same state per recipient is where the next run goes on: nobody again, nobody left out.
        using var again = new CancellationTokenSource();
        running = Server(ledger, relay).Run(again.Token);
        await Until(async () => await In(ledger, "accepted") == 100, () => "the rest");
        await again.CancelAsync();
        await running;
        Assert.Equal(100, Recipients(relay).Distinct().Count());
        Assert.Equal(100, relay.Messages.Count);
    }

    [Fact]
    public async Task A_pause_stops_within_moments_and_a_resume_goes_on_with_the_rest()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer()
            .On(".", new ScriptedReply("250 2.0.0 Ok").After(TimeSpan.FromMilliseconds(20)))
            .Start();
        var mailing = await ledger.Running(total: 150);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay).Run(stop.Token);
        await Until(async () => await In(ledger, "accepted") > 10, () => "begun");
        await ledger.Take(Make.Control(mailing, 2, go: true, paused: true));
        var inFlight = (await ledger.Facts()).OfType<OfferProgress>().Single(p => p.ControlSeq == 2).Counts;
        await Until(async () => await In(ledger, "handing") == 0 && await In(ledger, "leased") == 0, () => "it stands");
        Assert.Equal(inFlight.Accepted + inFlight.InFlight, await In(ledger, "accepted"));
        Assert.Equal(inFlight.Accepted + inFlight.InFlight, relay.Messages.Count);
        await ledger.Take(Make.Control(mailing, 3, go: true));
        await Until(async () => await In(ledger, "accepted") == 150, () => "the rest");
        await stop.CancelAsync();
        await running;
        Assert.Equal(150, relay.Messages.Count);
    }

    /// <summary>At one message a minute, the second one's lease would have run out before its turn, and so that of all others.</summary>
    [Fact]
    public async Task What_waits_for_its_rate_is_given_back_and_leased_anew_and_what_is_under_way_keeps_its_lease()
    {
        await using var ledger = await server.New();
        var gate = new TaskCompletionSource();
        await using var relay = new ScriptedSmtpServer().On("DATA", new ScriptedReply("354 Go").When(gate.Task)).Start();
        await ledger.Running(total: 4);
        await ledger.Run("UPDATE offers SET per_minute = 1");
        using var stop = new CancellationTokenSource();
        var running = new DeliveryServer(
            ledger.Ledger,
            new()
            {
                Name = "one",
                Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"),
                LookEvery = TimeSpan.FromMilliseconds(50),
                LiveEvery = TimeSpan.FromMilliseconds(50),
                KeepFor = TimeSpan.FromMilliseconds(300),
            },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);
        await Until(async () => await In(ledger, "leased") == 4, () => "leased");
        var first = await ledger.Ask<DateTime>("SELECT max(lease_until) FROM recipients");
        await Until(
            () => ledger.Ask<bool>("SELECT count(*) = 4 AND min(lease_until) > $1 FROM recipients WHERE state = 'leased'", first),
            () => "renewed");
        // Long after the first lease has run out: the host had heard all but the dot, and may have it now.
        await ledger.Move(DeliveryLeases.Lease);
        await Until(
            () => ledger.Ask<bool>("SELECT count(*) = 4 AND min(lease_until) > moment() FROM recipients WHERE state = 'leased'"),
            () => "renewed by the clock of the ledger");
        gate.SetResult();
        await Until(async () => await In(ledger, "accepted") == 1, () => "accepted");
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_server_is_heard_of_again_after_the_ledger_was_away()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer().Start();
        var refused = 0;
        ledger.Ledger.Mistake = sql =>
        {
            if (!sql.StartsWith("UPDATE servers SET seen_at", StringComparison.Ordinal) || Volatile.Read(ref refused) >= 3) return sql;
            Interlocked.Increment(ref refused);
            return "SELECT 1 / 0";
        };
        using var stop = new CancellationTokenSource();
        var running = new DeliveryServer(
            ledger.Ledger,
            new()
            {
                Name = "one",
                Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"),
                LiveEvery = TimeSpan.FromMilliseconds(20),
            },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);
        await Until(() => Task.FromResult(Volatile.Read(ref refused) == 3), () => "refused");
        var then = await ledger.Ask<DateTime>("SELECT moment()");
        await Until(() => ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM servers WHERE seen_at > $1)", then), () => "heard of");
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_small_mailing_does_not_wait_for_a_large_one()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer()
            .On(".", new ScriptedReply("250 2.0.0 Ok").After(TimeSpan.FromMilliseconds(20)))
            .Start();
        await ledger.Running(total: 400);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay, connections: 2).Run(stop.Token);
        await Until(() => Task.FromResult(relay.Messages.Count > 20), () => "the large one runs");
        var small = Guid.CreateVersion7();
        foreach (var part in Make.Offer(small, total: 1, text: "Small")) await ledger.Take(part);
        await ledger.Take(Make.Control(small, 1, go: true));
        await Until(() => Task.FromResult(Recipients(relay).Any(m => m.Contains(small.ToString("N")))), () => "the small one");
        Assert.True(relay.Messages.Count < 300, $"{relay.Messages.Count} were sent before it");
        await stop.CancelAsync();
        await running;
    }

    /// <summary>A suspended machine: the intent is committed, and it wakes much later.</summary>
    [Fact]
    public async Task A_server_that_stood_still_between_intent_and_dot_sends_no_dot()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer().Start();
        await ledger.Running(total: 4);
        var still = 3;
        ledger.Ledger.Mistake = sql =>
        {
            // With the intents of a group, before their commit is known.
            if (sql.Contains("SET state = 'handing'", StringComparison.Ordinal) && Interlocked.Decrement(ref still) >= 0) Thread.Sleep(400);
            return sql;
        };
        using var stop = new CancellationTokenSource();
        var running = new DeliveryServer(
            ledger.Ledger,
            new()
            {
                Name = "one",
                Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"),
                Connections = 1,
                Rest = TimeSpan.FromMilliseconds(20),
                LookEvery = TimeSpan.FromMilliseconds(50),
                MaxIntentAge = TimeSpan.FromMilliseconds(300),
            },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);
        await Until(() => Task.FromResult(relay.Unfinished >= 3), () => $"{relay.Unfinished} were dropped");
        ledger.Ledger.Mistake = null;
        await Until(async () => await In(ledger, "accepted") == 4, () => $"{relay.Messages.Count} sent");
        await stop.CancelAsync();
        await running;
        Assert.Equal(4, relay.Messages.Count);
        Assert.Equal((short)1, await ledger.Ask<short>("SELECT max(attempts) FROM recipients"));
    }
}
