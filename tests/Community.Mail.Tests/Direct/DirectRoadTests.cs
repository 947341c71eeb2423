using System.Net;
using System.Net.Sockets;
using Community.Mail.Direct;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Sending.Relay;

namespace Community.Mail.Tests.Direct;

public sealed class DirectRoadTests
{
    static MxRoute To(params (string Name, string[] Addresses)[] hosts) =>
        new(
            MxOutcome.Found,
            [.. hosts.Select((h, i) => new MxHost(h.Name, i, [.. h.Addresses.Select(IPAddress.Parse)]))],
            "",
            DateTimeOffset.MaxValue
        );

    static DirectRoad Road(ScriptedSmtpServer server, TimeProvider? clock = null, bool trusted = false) =>
        new(new() { Port = server.Port, LocalDomain = "out.example.net", Limits = Brief }, clock, trusted ? (_, _, _, _) => true : null);

    static async Task<(SendResult Result, IPAddress? At)> Send(DirectRoad road, MxRoute route, TlsPolicy? policy = null)
    {
        var (way, failure) = await road.Connect("example.org", route, policy ?? TlsPolicy.None);
        if (way is null) return (failure!, null);
        using (way.Client) return (await way.Client.Deliver(Message(), Sender, Recipient), way.Address);
    }

    [Fact]
    public async Task All_addresses_of_a_host_come_before_the_next_host()
    {
        // Nobody listens at 127.0.0.3 nor at ::1; 127.0.0.4 belongs to the next host.
        await using var server = new ScriptedSmtpServer("127.0.0.2").Start();
        await using var next = new ScriptedSmtpServer("127.0.0.4", server.Port).Start();
        var road = Road(server);
        var route = To(("a.example.org", ["::1", "127.0.0.3", "127.0.0.2"]), ("b.example.org", ["127.0.0.4"]));
        Assert.Equal((SendStatus.Accepted, IPAddress.Parse("127.0.0.2")), await Sent());
        Assert.Equal(0, next.Connections);
        Assert.Contains("EHLO out.example.net", server.Commands);
        // Which failed a moment ago come last.
        await Sent();
        Assert.Equal((2, 0), (server.Connections, next.Connections));

        async Task<(SendStatus, IPAddress?)> Sent()
        {
            var (result, at) = await Send(road, route);
            return (result.Status, at);
        }
    }

    [Theory]
    [InlineData("421 4.3.2 Busy"), InlineData("554 5.7.1 Go away"), InlineData("")]
    public async Task A_host_that_does_not_greet_sends_us_to_the_next(string greeting)
    {
        await using var server = new ScriptedSmtpServer().On("CONNECT", greeting.Length > 0 ? greeting : ScriptedReply.Close).Start();
        await using var next = new ScriptedSmtpServer("127.0.0.2", server.Port).Start();
        var (result, at) = await Send(Road(server), To(("a.example.org", ["127.0.0.1"]), ("b.example.org", ["127.0.0.2"])));
        Assert.Equal((SendStatus.Accepted, "127.0.0.2"), (result.Status, at!.ToString()));
    }

    [Fact]
    public async Task A_host_that_takes_the_connection_and_says_nothing_leaves_time_to_the_next()
    {
        await using var silent = new ScriptedSmtpServer().On("CONNECT", ScriptedReply.Silence).Start();
        await using var next = new ScriptedSmtpServer("127.0.0.2", silent.Port).Start();
        var clock = new HandClock();
        var sending = Send(Patient(silent, clock), To(("a.example.org", ["127.0.0.1"]), ("b.example.org", ["127.0.0.2"])));
        while (silent.Connections == 0) await Task.Delay(10);
        // Half of the two minutes for all of them.
        clock.Advance(TimeSpan.FromSeconds(61));
        var (result, at) = await sending;
        Assert.Equal((SendStatus.Accepted, "127.0.0.2"), (result.Status, at!.ToString()));
    }

    /// <summary>Whose limits are those of the clock alone.</summary>
    static DirectRoad Patient(ScriptedSmtpServer server, TimeProvider clock) =>
        new(new() { Port = server.Port, Limits = new() { Tls = TimeSpan.FromSeconds(20) } }, clock);

    [Fact]
    public async Task Where_nobody_answers_nothing_is_said_of_the_recipient()
    {
        await using var server = new ScriptedSmtpServer().On("CONNECT", "554 5.7.1 Go away").Start();
        var (result, _) = await Send(Road(server), To(("a.example.org", ["127.0.0.1", "127.0.0.9"])));
        Assert.Equal(SendVerdict.RelayAway, result.Verdict);
    }

    /// <summary>What comes together with the answer would be thrown away, so the rest comes later.</summary>
    static readonly ScriptedReply Garbage = new("220 Go\r\nthis is no TLS\r\n") { Piece = 8, Pause = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task TLS_is_used_with_any_certificate_and_left_where_it_does_not_work()
    {
        await using var good = new ScriptedSmtpServer().Offer("STARTTLS").Start();
        Assert.Equal(SendStatus.Accepted, (await Send(Road(good), To(("a.example.org", ["127.0.0.1"])))).Result.Status);
        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "MAIL"], good.Commands.Select(c => c.Split(' ', ':')[0]).Take(4));
        ScriptedReply[] broken = [Garbage, new ScriptedReply("220 Go\r\n").ThenClose(), "454 4.7.0 Not now"];
        foreach (var reply in broken)
        {
            await using var server = new ScriptedSmtpServer().Offer("STARTTLS").On("STARTTLS", reply).Start();
            var (clock, route) = (new HandClock(), To(("a.example.org", ["127.0.0.1"])));
            var road = Road(server, clock);
            Assert.Equal(SendStatus.Accepted, (await Send(road, route)).Result.Status);
            var asked = server.Commands.Count(c => c == "STARTTLS");
            Assert.True(asked == 1, $"{reply.Text}: {string.Join('|', server.Commands)}");
            // The second message does not fail first; after an hour TLS gets another chance.
            Assert.Equal(SendStatus.Accepted, (await Send(road, route)).Result.Status);
            asked = server.Commands.Count(c => c == "STARTTLS");
            Assert.True(asked == 1, $"{reply.Text}: {string.Join('|', server.Commands)}");
            clock.Advance(TimeSpan.FromMinutes(61));
            Assert.Equal(SendStatus.Accepted, (await Send(road, route)).Result.Status);
            Assert.Equal(2, server.Commands.Count(c => c == "STARTTLS"));
        }
    }

    [Fact]
    public async Task TLS_that_is_begun_and_never_ended_or_breaks_at_the_first_command_is_left()
    {
        await using var hangs = new ScriptedSmtpServer().Offer("STARTTLS").On("STARTTLS", ScriptedReply.Silence).Start();
        var clock = new HandClock();
        var sending = Send(Patient(hangs, clock), To(("a.example.org", ["127.0.0.1"])));
        while (!clock.Pending.Contains(TimeSpan.FromSeconds(20))) await Task.Delay(10);
        clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(SendStatus.Accepted, (await sending).Result.Status);

        // As one that wants a certificate of ours does with TLS 1.3.
        ScriptedReply offer = "250-scripted\r\n250 STARTTLS\r\n";
        await using var breaks = new ScriptedSmtpServer().Offer("STARTTLS").On("EHLO", offer, ScriptedReply.Close, offer).Start();
        Assert.Equal(SendStatus.Accepted, (await Send(Road(breaks), To(("a.example.org", ["127.0.0.1"])))).Result.Status);
        Assert.Equal(1, breaks.Commands.Count(c => c == "STARTTLS"));
    }

    [Fact]
    public async Task A_policy_of_the_receiver_is_kept_or_nothing_is_sent()
    {
        var policy = new TlsPolicy(true, ["*.example.org"]);
        var route = To(("mx.example.org", ["127.0.0.1"]));
        await using var plain = new ScriptedSmtpServer().Start();
        Assert.Equal(SendVerdict.RelayAway, (await Send(Road(plain), route, policy)).Result.Verdict);
        await using var untrusted = new ScriptedSmtpServer().Offer("STARTTLS").Start();
        Assert.Equal(SendVerdict.RelayAway, (await Send(Road(untrusted), route, policy)).Result.Verdict);
        Assert.Empty(untrusted.Messages);
        await using var good = new ScriptedSmtpServer().Offer("STARTTLS").Start();
        Assert.Equal(SendStatus.Accepted, (await Send(Road(good, trusted: true), route, policy)).Result.Status);
        // A host that the policy does not name, as a forged MX.
        var (result, _) = await Send(Road(good, trusted: true), To(("mx.evil.example", ["127.0.0.1"])), policy);
        Assert.Equal(SendVerdict.RelayAway, result.Verdict);
        Assert.False(policy.Names("a.b.example.org"));
        Assert.False(policy.Names("example.org"));
    }

    [Fact]
    public async Task A_refusal_of_our_IPv6_address_alone_is_no_bounce()
    {
        await using var four = new ScriptedSmtpServer().Start();
        await using var six = new ScriptedSmtpServer("::1", four.Port)
            .On("RCPT", "550 5.7.25 The IP address sending this message does not have a PTR record").Start();
        var (clock, route) = (new HandClock(), To(("a.example.org", ["::1", "127.0.0.1"])));
        var road = Road(four, clock);
        var (way, _) = await road.Connect("example.org", route, TlsPolicy.None);
        using (way!.Client)
        {
            var result = await way.Client.Deliver(Message(), Sender, Recipient);
            var unknown = result with { Enhanced = "5.1.1", Text = "5.1.1 No such user" };
            Assert.True(road.RefusesOurIpv6("example.org", way, result));
            Assert.False(road.RefusesOurIpv6("example.org", way, unknown));
        }
        Assert.Equal(IPAddress.Loopback, (await Send(road, route)).At);
        // Another domain is not concerned, nor one that has no other address.
        Assert.Equal(IPAddress.IPv6Loopback, (await road.Connect("example.com", route, TlsPolicy.None)).Connection!.Address);
        Assert.Equal(IPAddress.IPv6Loopback, (await Send(road, To(("a.example.org", ["::1"])))).At);
        // One that has no other address, and refuses this one again and again, is not asked for ever.
        (way, _) = await road.Connect("example.org", To(("a.example.org", ["::1"])), TlsPolicy.None);
        using (way!.Client) Assert.False(road.RefusesOurIpv6("example.org", way, await way.Client.Deliver(Message(), Sender, Recipient)));
        clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(IPAddress.IPv6Loopback, (await Send(road, route)).At);
    }

    [Fact]
    public async Task Where_one_family_of_addresses_is_wanted_the_other_is_not_tried()
    {
        await using var four = new ScriptedSmtpServer().Start();
        await using var six = new ScriptedSmtpServer("::1", four.Port).Start();
        var (road, both) = (Road(four, new HandClock()), To(("a.example.org", ["::1", "127.0.0.1"])));
        foreach (var (family, address) in new[]
        {
            (AddressFamily.InterNetwork, IPAddress.Loopback), (AddressFamily.InterNetworkV6, IPAddress.IPv6Loopback),
        })
        {
            var (way, _) = await road.Connect("example.org", both, TlsPolicy.None, only: family);
            using (way!.Client) Assert.Equal(address, way.Address);
        }
        // Nothing is said of the recipient, and nothing goes the way that was ruled out.
        var (none, failure) = await road.Connect(
            "example.org", To(("a.example.org", ["::1"])), TlsPolicy.None, only: AddressFamily.InterNetwork);
        Assert.Null(none);
        Assert.Equal(SmtpPhase.Connect, failure!.Phase);
        Assert.Contains("IP version", failure.Text);
    }
}
