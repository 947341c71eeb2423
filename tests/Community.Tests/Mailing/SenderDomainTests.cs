using Community.Mail.Tests.Server;
using Community.Mailing;
using Microsoft.Extensions.Options;

namespace Community.Tests.Mailing;

/// <summary>What receivers find in the DNS of a sender's domain, and what the page says of it.</summary>
public sealed class SenderDomainTests
{
    const string Key = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDUqHKY0LK1GY8Lh2l3JYYXzJZPZpVfLxv9Yh1LkQ";

    static async Task<Dictionary<DomainRecord, DomainFinding>> Of(StubDns dns, string from = "news@club.gear.example", bool isOurs = true)
    {
        var options = new MailingOptions
        {
            DnsResolver = dns.Address.ToString(),
            DkimSelector = "c1",
            SpfTerm = "include:spf.host.example",
        };
        var domain = new SenderDomain(Options.Create(options));
        return (await domain.Of(from, "", isOurs, null, TestContext.Current.CancellationToken)).ToDictionary(f => f.Record);
    }

    [Fact]
    public async Task A_domain_in_order_is_called_so_however_its_records_are_written()
    {
        await using var dns = new StubDns()
            .WithText("club.gear.example", "google-site-verification=1")
            .WithText("club.gear.example", "V=spf1 ip4:192.0.2.1 Include:spf.host.example -all")
            .WithText("c1._domainkey.club.gear.example", $"v=DKIM1; k=rsa; p={Key}AA{new string('B', 200)} ")
            .WithText("_dmarc.gear.example", "v=DMARC1; p=quarantine; sp=none")
            .WithMx("club.gear.example", 10, "mx.gear.example");
        var found = await Of(dns);
        Assert.All(found.Values, f => Assert.Null(f.Fault));
        Assert.Equal("_dmarc.gear.example", found[DomainRecord.Dmarc].Name);
        Assert.Equal("mx.gear.example", Assert.Single(found[DomainRecord.Mx].Found));
        // Longer than one piece of a record.
        Assert.Contains(new string('B', 200), Assert.Single(found[DomainRecord.Dkim].Found));
    }

    [Fact]
    public async Task What_is_missing_is_named_with_the_record_to_publish()
    {
        await using var dns = new StubDns();
        var found = await Of(dns);
        Assert.All(found.Values, f => Assert.Equal(DomainFault.Missing, f.Fault));
        Assert.Equal("v=spf1 include:spf.host.example ~all", found[DomainRecord.Spf].Publish);
        Assert.Equal("_dmarc.club.gear.example", found[DomainRecord.Dmarc].Name);
        Assert.StartsWith("v=DMARC1; p=none;", found[DomainRecord.Dmarc].Publish);
        Assert.Equal(DomainFault.NoSelector, (await Of(dns, isOurs: false))[DomainRecord.Dkim].Fault);
        Assert.Equal("xn--bcher-kva.example", (await Of(dns, "news@bücher.example"))[DomainRecord.Spf].Name);
    }

    [Theory]
    [InlineData(null, "v=spf1 include:spf.host.example ~all")]
    [InlineData(null, "v=spf1 redirect=spf.host.example")]
    [InlineData(DomainFault.NotUs, "v=spf1 mx -all")]
    [InlineData(DomainFault.AllowsAll, "v=spf1 include:spf.host.example +all")]
    [InlineData(DomainFault.AllowsAll, "v=spf1 all")]
    [InlineData(DomainFault.TooMany, "v=spf1 a mx ptr include:a include:b include:c include:d include:e include:f include:g ?exists:h")]
    [InlineData(DomainFault.Several, "v=spf1 include:spf.host.example ~all", "v=spf1 -all")]
    public void What_a_record_of_SPF_is_worth(DomainFault? fault, params string[] records) =>
        Assert.Equal(fault, SenderDomain.FaultOfSpf(records, "include:spf.host.example"));

    [Theory]
    [InlineData(null, $"v=DKIM1; p={Key}AA")]
    [InlineData(null, $"k=rsa; p={Key} AA ")]
    [InlineData(DomainFault.Revoked, "v=DKIM1; p=")]
    [InlineData(DomainFault.Broken, "v=DKIM1; k=rsa")]
    [InlineData(DomainFault.Broken, "v=DKIM1; p=not base64!")]
    [InlineData(DomainFault.Broken, $"v=DKIM2; p={Key}AA")]
    public void What_a_key_is_worth(DomainFault? fault, string record) => Assert.Equal(fault, SenderDomain.FaultOfDkim([record]));

    [Theory]
    [InlineData(null, "v=DMARC1; p=reject")]
    [InlineData(null, "v=DMARC1;p=NONE")]
    [InlineData(DomainFault.Broken, "v=DMARC1; rua=mailto:a@b.example")]
    [InlineData(DomainFault.Broken, "v=DMARC1; p=maybe")]
    public void What_a_rule_is_worth(DomainFault? fault, string record) => Assert.Equal(fault, SenderDomain.FaultOfDmarc([record]));

    [Fact]
    public async Task The_page_says_in_plain_words_what_to_publish_and_when_nobody_answers()
    {
        await using var dns = new StubDns();
        await using var host = await TestHost.Start(
            new() { ["Community:DnsResolver"] = dns.Address.ToString(), ["Community:SpfTerm"] = "include:spf.host.example" }
        );
        var site = await host.NewSite();
        dns.WithText($"{site.Site.Key}.example.test", "v=spf1 mx -all");
        var mailer = await site.SignIn("mailer");
        var page = await mailer.Get(SenderPage.Url);
        Assert.Contains("does not name the servers that send this mail", page.Text);
        Assert.Contains("v=spf1 include:spf.host.example ~all", page.Text);
        await using var silent = await TestHost.Start();
        var other = await silent.NewSite();
        Assert.Contains("The DNS did not answer", (await (await other.SignIn("mailer")).Get(SenderPage.Url)).Text);
    }
}
