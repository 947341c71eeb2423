using System.Net;
using Community.Mail.Direct;
using Community.Mail.Tests.Server;

namespace Community.Mail.Tests.Direct;

public sealed class MxResolverTests
{
    static MxResolver Of(StubDns dns, TimeProvider? clock = null, Func<MxOptions, MxOptions>? with = null)
    {
        var options = new MxOptions { Servers = [dns.Address], Timeout = TimeSpan.FromMilliseconds(150), AllowPrivate = true };
        return new(with?.Invoke(options) ?? options, clock);
    }

    static async Task<string> Hosts(StubDns dns, string domain, Func<MxOptions, MxOptions>? with = null)
    {
        var route = await Of(dns, with: with).Find(domain);
        return route.Outcome is MxOutcome.Found ? string.Join(' ', route.Hosts.Select(h => $"{h.Name}={string.Join(',', h.Addresses)}"))
            : route.Outcome.ToString();
    }

    [Fact]
    public async Task Hosts_come_by_preference_with_all_their_addresses()
    {
        await using var dns = new StubDns()
            .WithMx("example.org", 20, "b.example.org").WithMx("example.org", 10, "A.Example.org")
            .WithAddress("a.example.org", "192.0.2.1").WithAddress("a.example.org", "2001:db8::1")
            .WithAddress("b.example.org", "192.0.2.2");
        Assert.Equal("a.example.org=2001:db8::1,192.0.2.1 b.example.org=192.0.2.2", await Hosts(dns, "Example.ORG."));
        Assert.Equal(
            "a.example.org=192.0.2.1,2001:db8::1 b.example.org=192.0.2.2",
            await Hosts(dns, "example.org", o => o with { Families = AddressFamilies.Ipv4First }));
        Assert.Equal(
            "a.example.org=192.0.2.1 b.example.org=192.0.2.2",
            await Hosts(dns, "example.org", o => o with { Families = AddressFamilies.Ipv4Only }));
        Assert.Equal("a.example.org=2001:db8::1", await Hosts(dns, "example.org", o => o with { Families = AddressFamilies.Ipv6Only }));
    }

    [Fact]
    public async Task Hosts_of_one_preference_share_the_load()
    {
        await using var dns = new StubDns { TimeToLive = 0 }.WithMx("example.org", 5, "a.example.org")
            .WithMx("example.org", 5, "b.example.org")
            .WithAddress("a.example.org", "192.0.2.1").WithAddress("b.example.org", "192.0.2.2");
        HashSet<string> first = [];
        for (var i = 0; i < 60 && first.Count < 2; i++) first.Add((await Of(dns).Find("example.org")).Hosts[0].Name);
        Assert.Equal(2, first.Count);
        var routes = new[] { await Of(dns).Find("example.org"), await Of(dns).Find("example.org") };
        Assert.All(routes, r => Assert.Equal("a.example.org b.example.org", r.Destination));
    }

    [Fact]
    public async Task Only_a_definite_none_leads_to_the_domain_s_own_address()
    {
        foreach (var code in new[] { StubDns.Silence, StubDns.ServerFailure, StubDns.Refused })
        {
            await using var dns = new StubDns().WithAddress("example.org", "192.0.2.9").Failing("example.org", "MX", code);
            var route = await Of(dns).Find("example.org");
            Assert.Equal(MxOutcome.TryLater, route.Outcome);
            Assert.Equal(SendVerdict.RecipientDeferred, route.Failure.Verdict);
        }
        await using var empty = new StubDns().WithAddress("example.org", "192.0.2.9");
        Assert.Equal("example.org=192.0.2.9", await Hosts(empty, "example.org"));
    }

    [Fact]
    public async Task A_host_that_cannot_be_looked_up_is_left_out_and_all_of_them_mean_later()
    {
        await using var dns = new StubDns().WithMx("example.org", 1, "a.example.org").WithMx("example.org", 2, "b.example.org")
            .WithAddress("a.example.org", "192.0.2.1").WithAddress("b.example.org", "192.0.2.2")
            .Failing("a.example.org", "A", StubDns.ServerFailure).Failing("a.example.org", "AAAA", StubDns.ServerFailure);
        Assert.Equal("b.example.org=192.0.2.2", await Hosts(dns, "example.org"));
        dns.Failing("b.example.org", "A", StubDns.Silence).Failing("b.example.org", "AAAA", StubDns.Silence);
        Assert.Equal("TryLater", await Hosts(dns, "example.org"));
        // One family of the host is not known: the other will do.
        dns.Mended("b.example.org", "A");
        Assert.Equal("b.example.org=192.0.2.2", await Hosts(dns, "example.org"));
    }

    [Theory]
    [InlineData(0), InlineData(10)]
    public async Task A_root_alone_says_that_there_is_no_mail(int preference)
    {
        await using var dns = new StubDns().WithMx("example.org", preference, ".").WithAddress("example.org", "192.0.2.9");
        var route = await Of(dns).Find("example.org");
        Assert.Equal((MxOutcome.NullMx, 556, "5.1.10"), (route.Outcome, route.Failure.Code, route.Failure.Enhanced));
        Assert.Equal(SendVerdict.Refused, route.Failure.Verdict);
    }

    [Fact]
    public async Task Preference_zero_alone_is_a_host_and_a_root_beside_others_is_none()
    {
        await using var zero = new StubDns().WithMx("example.org", 0, "mail.example.org").WithAddress("mail.example.org", "192.0.2.1");
        Assert.Equal("mail.example.org=192.0.2.1", await Hosts(zero, "example.org"));
        await using var both = new StubDns().WithMx("example.org", 0, ".").WithMx("example.org", 5, "mail.example.org")
            .WithAddress("mail.example.org", "192.0.2.1");
        Assert.Equal("mail.example.org=192.0.2.1", await Hosts(both, "example.org"));
    }

    [Fact]
    public async Task What_does_not_exist_is_final()
    {
        await using var dns = new StubDns().WithMx("nowhere.example.org", 1, "gone.example.org").WithText("text.example.org", "x");
        var none = await Of(dns).Find("example.com");
        Assert.Equal((MxOutcome.NoDomain, "5.1.2"), (none.Outcome, none.Failure.Enhanced));
        Assert.Equal("NoHost", await Hosts(dns, "nowhere.example.org"));
        Assert.Equal("NoHost", await Hosts(dns, "text.example.org"));
        Assert.Equal("NoDomain", await Hosts(dns, "a..b"));
        Assert.Equal("NoDomain", await Hosts(dns, new string('a', 70) + ".org"));
    }

    [Fact]
    public async Task An_alias_of_a_domain_and_of_a_host_is_followed()
    {
        await using var dns = new StubDns().WithAlias("example.org", "real.example.net").WithMx("real.example.net", 1, "mx.example.net")
            .WithAlias("mx.example.net", "host.example.net").WithAddress("host.example.net", "192.0.2.1");
        Assert.Equal("mx.example.net=192.0.2.1", await Hosts(dns, "example.org"));
    }

    [Fact]
    public async Task Mail_does_not_come_back_to_us_nor_go_to_what_stands_beside_us()
    {
        await using var dns = new StubDns().WithMx("example.org", 1, "a.example.org").WithMx("example.org", 5, "us.example.net")
            .WithMx("example.org", 9, "c.example.org").WithAddress("a.example.org", "10.0.0.1").WithAddress("a.example.org", "203.0.114.7")
            .WithAddress("us.example.net", "203.0.114.8").WithAddress("c.example.org", "203.0.114.9");
        MxOptions Ours(MxOptions o) => o with { OwnNames = ["US.example.net"], AllowPrivate = false };
        Assert.Equal("a.example.org=203.0.114.7", await Hosts(dns, "example.org", Ours));
        await using var only = new StubDns().WithMx("example.org", 5, "us.example.net").WithAddress("us.example.net", "203.0.114.8");
        Assert.Equal("NoHost", await Hosts(only, "example.org", Ours));
        await using var inside = new StubDns().WithMx("example.org", 5, "db.internal").WithAddress("db.internal", "127.0.0.1")
            .WithAddress("db.internal", "::ffff:10.1.2.3");
        Assert.Equal("NoHost", await Hosts(inside, "example.org", Ours));
        Assert.Equal("NoHost", await Hosts(inside, "[192.168.1.1]", Ours));
        Assert.Equal("NoHost", await Hosts(inside, "[IPv6:::1]", Ours));
        Assert.Equal("[ipv6:2606:4700::1]=2606:4700::1", await Hosts(inside, "[IPv6:2606:4700::1]", Ours));
    }

    [Theory]
    [InlineData("8.8.8.8", true), InlineData("2001:4860:4860::8888", true), InlineData("127.0.0.1", false), InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false), InlineData("169.254.169.254", false), InlineData("100.100.1.1", false), InlineData("::", false)]
    [InlineData("fd00::1", false), InlineData("fe80::1", false), InlineData("2002:7f00:1::", false), InlineData("255.255.255.255", false)]
    [InlineData("0.0.0.0", false), InlineData("172.32.0.1", true), InlineData("172.31.0.1", false), InlineData("::127.0.0.1", false)]
    public void The_public_internet_is_known(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    [Fact]
    public async Task An_answer_is_kept_as_long_as_it_says_within_limits_and_asked_for_once()
    {
        await using var dns = new StubDns { TimeToLive = 120 }.WithMx("example.org", 1, "a.example.org")
            .WithAddress("a.example.org", "192.0.2.1");
        var clock = new HandClock();
        var resolver = Of(dns, clock);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => resolver.Find("example.org")));
        Assert.Single(dns.Questions, q => q == "MX example.org");
        clock.Advance(TimeSpan.FromSeconds(119));
        await resolver.Find("example.org");
        Assert.Single(dns.Questions, q => q == "MX example.org");
        clock.Advance(TimeSpan.FromSeconds(2));
        await resolver.Find("example.org");
        Assert.Equal(2, dns.Questions.Count(q => q == "MX example.org"));
        resolver.Forget("example.org");
        await resolver.Find("example.org");
        Assert.Equal(3, dns.Questions.Count(q => q == "MX example.org"));
        // A failure is asked about again soon, nothing that is not there.
        dns.Failing("example.com", "MX", StubDns.ServerFailure);
        Assert.Equal(MxOutcome.TryLater, (await resolver.Find("example.com")).Outcome);
        dns.Mended("example.com", "MX");
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(MxOutcome.NoDomain, (await resolver.Find("example.com")).Outcome);
        dns.WithAddress("example.com", "192.0.2.3");
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(MxOutcome.NoDomain, (await resolver.Find("example.com")).Outcome);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(MxOutcome.Found, (await resolver.Find("example.com")).Outcome);
    }

    [Fact]
    public async Task A_mailing_to_very_many_domains_does_not_fill_the_memory()
    {
        await using var dns = new StubDns().WithAddress("mx.example", "192.0.2.1");
        var resolver = Of(dns, with: o => o with { MaxKept = 10 });
        for (var i = 0; i < 50; i++)
        {
            dns.WithMx($"d{i}.example", 10, "mx.example");
            Assert.Equal(MxOutcome.Found, (await resolver.Find($"d{i}.example")).Outcome);
            Assert.InRange(resolver.Kept, 0, 11);
        }
    }

    [Fact]
    public async Task A_thousand_hosts_are_ten()
    {
        await using var dns = new StubDns();
        for (var i = 0; i < 12; i++)
        {
            dns.WithMx("example.org", 100 - i, $"h{i}.example.org");
            for (var j = 0; j < 12; j++) dns.WithAddress($"h{i}.example.org", $"192.0.2.{j}");
        }
        var route = await Of(dns).Find("example.org");
        Assert.Equal((MxResolver.MaxHosts, "h11.example.org"), (route.Hosts.Count, route.Hosts[0].Name));
        Assert.All(route.Hosts, h => Assert.Equal(MxResolver.MaxAddressesOfHost, h.Addresses.Count));
    }
}
