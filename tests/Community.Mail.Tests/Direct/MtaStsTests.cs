using System.Net;
using System.Net.Sockets;
using System.Text;
using Community.Mail.Direct;
using Community.Mail.Tests.Server;
using DnsClient;

namespace Community.Mail.Tests.Direct;

public sealed class MtaStsTests
{
    const string Enforced = "version: STSv1\r\nmode: enforce\r\nmx: mx1.example.org\r\nmx: *.mail.example.org\r\nmax_age: 604800\r\n";

    /// <summary>The web server of the policies.</summary>
    sealed class Web : HttpMessageHandler
    {
        public string? Policy { get; set; } = Enforced;
        public string Type { get; set; } = "text/plain";
        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;
        public List<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            Asked.Add(request.RequestUri!.ToString());
            if (Policy is null) throw new HttpRequestException("The certificate is of somebody else.");
            return Task.FromResult(new HttpResponseMessage(Status) { Content = new StringContent(Policy, Encoding.UTF8, Type) });
        }
    }

    static (MtaSts Sts, Web Web, HandClock Clock) Of(StubDns dns)
    {
        var (web, clock) = (new Web(), new HandClock());
        var lookup = new LookupClient(new LookupClientOptions(dns.Address)
        {
            UseCache = false,
            ThrowDnsErrors = false,
            Timeout = TimeSpan.FromMilliseconds(150),
            Retries = 0,
        });
        return (new(lookup, new HttpClient(web), clock), web, clock);
    }

    [Fact]
    public async Task A_policy_is_read_kept_and_read_anew_when_its_id_changes()
    {
        await using var dns = new StubDns().WithText("_mta-sts.example.org", "v=STSv1; id=20261128T000000;");
        var (sts, web, clock) = Of(dns);
        var policy = await sts.Of("example.org");
        Assert.True(policy.IsEnforced);
        Assert.True(policy.Names("mx1.example.org") && policy.Names("a.mail.example.org") && !policy.Names("a.b.mail.example.org"));
        Assert.Equal(["https://mta-sts.example.org/.well-known/mta-sts.txt"], web.Asked);
        await sts.Of("example.org");
        clock.Advance(TimeSpan.FromHours(1));
        await sts.Of("example.org");
        Assert.Single(web.Asked);
    }

    [Fact]
    public async Task A_policy_that_was_read_holds_though_record_and_web_server_are_gone()
    {
        await using var dns = new StubDns().WithText("_mta-sts.example.org", "v=STSv1; id=1;");
        var (sts, web, clock) = Of(dns);
        Assert.True((await sts.Of("example.org")).IsEnforced);
        web.Policy = null;
        dns.Failing("_mta-sts.example.org", "TXT", 3);
        clock.Advance(TimeSpan.FromDays(6));
        Assert.True((await sts.Of("example.org")).IsEnforced);
        clock.Advance(TimeSpan.FromDays(2));
        Assert.False((await sts.Of("example.org")).IsEnforced);
    }

    [Fact]
    public async Task A_policy_in_use_is_read_again_each_day_so_nobody_gets_rid_of_it_at_its_end()
    {
        await using var dns = new StubDns().WithText("_mta-sts.example.org", "v=STSv1; id=1;");
        var (sts, web, clock) = Of(dns);
        for (var day = 0; day < 6; day++, clock.Advance(TimeSpan.FromDays(1)))
            Assert.True((await sts.Of("example.org")).IsEnforced);
        Assert.Equal(6, web.Asked.Count);
        // Its first week ends while its web server cannot be reached.
        web.Policy = null;
        clock.Advance(TimeSpan.FromDays(2));
        Assert.True((await sts.Of("example.org")).IsEnforced);
        clock.Advance(TimeSpan.FromDays(6));
        Assert.False((await sts.Of("example.org")).IsEnforced);
    }

    [Fact]
    public async Task A_policy_is_not_asked_for_at_what_stands_beside_us()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var port = ((IPEndPoint)inside.LocalEndpoint).Port;
        using var client = MtaSts.Client();
        foreach (var host in new[] { "127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "10.255.255.1" })
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"https://{host}:{port}/.well-known/mta-sts.txt"));
        Assert.False(inside.Pending());
        using var closed = MtaSts.Client(allowPrivate: true);
        var asking = closed.GetAsync($"https://127.0.0.1:{port}/.well-known/mta-sts.txt");
        (await inside.AcceptSocketAsync()).Dispose();
        await Assert.ThrowsAsync<HttpRequestException>(() => asking);
    }

    [Fact]
    public async Task No_record_two_records_or_no_policy_mean_none()
    {
        await using var dns = new StubDns()
            .WithText("_mta-sts.two.example", "v=STSv1; id=1;").WithText("_mta-sts.two.example", "v=STSv1; id=2;")
            .WithText("_mta-sts.spf.example", "v=spf1 -all").WithText("_mta-sts.noid.example", "v=STSv1;")
            .WithText("_mta-sts.moved.example", "v=STSv1; id=1").WithText("_mta-sts.html.example", "v=STSv1; id=1");
        var (sts, web, _) = Of(dns);
        foreach (var domain in new[] { "none.example", "two.example", "spf.example", "noid.example" })
            Assert.Same(TlsPolicy.None, await sts.Of(domain));
        Assert.Empty(web.Asked);
        web.Status = HttpStatusCode.Moved;
        Assert.Same(TlsPolicy.None, await sts.Of("moved.example"));
        (web.Status, web.Type) = (HttpStatusCode.OK, "text/html");
        Assert.Same(TlsPolicy.None, await sts.Of("html.example"));
    }

    [Theory]
    [InlineData(Enforced, true), InlineData("version: STSv1\nmode: testing\nmx: a.example\nmax_age: 1", false)]
    [InlineData("version: STSv1\nmode: none\nmax_age: 0\n", false)]
    [InlineData("version:STSv1\nmode:enforce\nmx:A.example.\nmax_age:86400\nnew_field: x", true)]
    public void A_text_that_is_a_policy(string text, bool enforced) => Assert.Equal(enforced, MtaSts.Parse(text)!.Value.Policy.IsEnforced);

    [Theory]
    [InlineData(""), InlineData("<html>"), InlineData("version: STSv2\nmode: enforce\nmx: a\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1"), InlineData("version: STSv1\nmode: enforce\nmx: a")]
    [InlineData("mode: enforce")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a\nmax_age: -1"), InlineData("version: STSv1\nmode: strict\nmx: a\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a\nmax_age: 99999999999999999999")]
    public void A_text_that_is_none(string text) => Assert.Null(MtaSts.Parse(text));
}
