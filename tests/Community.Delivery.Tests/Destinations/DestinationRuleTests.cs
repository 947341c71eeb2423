using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Destinations;

/// <summary>The rules that staff of the operator keep for providers of mailboxes.</summary>
[Trait("needs", "server")]
public sealed class DestinationRuleTests(LedgerServer server)
{
    static DestinationRule Rule(string name, params string[] patterns) => new() { Name = name, Patterns = patterns };

    [Fact]
    public void The_closest_rule_counts_the_domain_s_before_that_of_its_hosts()
    {
        var rules = new DestinationRules([
            Rule("exact", "example.org"), Rule("below", "*.example.org"), Rule("deeper", "*.a.example.org"),
            Rule("host", "mx:mx1.provider.example"), Rule("hosts", "mx:*.provider.example"),
        ]);
        Assert.Equal("exact", rules.Of("example.org", ["mx1.provider.example"])!.Name);
        Assert.Equal("below", rules.Of("b.example.org", [])!.Name);
        Assert.Equal("deeper", rules.Of("x.a.example.org", [])!.Name);
        Assert.Equal("below", rules.Of("a.example.org", [])!.Name);
        Assert.Equal("host", rules.Of("company.example", ["mx1.provider.example", "mx2.provider.example"])!.Name);
        Assert.Equal("hosts", rules.Of("company.example", ["in.eu.provider.example", "mx1.provider.example"])!.Name);
        // A provider's host beside one of its own does not make a domain the provider's.
        Assert.Null(rules.Of("company.example", ["in.eu.provider.example", "mx.other.example"]));
        Assert.Null(rules.Of("provider.example", ["provider.example"]));
        Assert.Null(rules.Of("badexample.org", []));
        Assert.Null(DestinationRules.None.Of("example.org", ["mx1.provider.example"]));
    }

    [Theory]
    [InlineData("a.example, B.Example.", "a.example b.example")]
    [InlineData("*.例え.example\r\nmx:*.MX.example", "*.xn--r8jz45g.example mx:*.mx.example")]
    [InlineData("a.example a.example\u3000", "a.example")]
    [InlineData("", "")]
    public void Patterns_are_read_as_people_write_them(string written, string read) =>
        Assert.Equal(read, string.Join(' ', DestinationRule.Read(written)));

    [Fact]
    public void Every_field_has_bounds_and_says_which_one_is_out_of_them()
    {
        var good = Rule("Gmail", "gmail.com", "mx:*.google.com");
        Assert.Null(good.Problem());
        (DestinationRule Rule, string Field)[] wrong =
        [
            (good with { Name = "" }, "name"), (good with { Name = new('x', 61) }, "name"), (good with { Name = "a\nb" }, "name"),
            (good with { Name = " a" }, "name"),
            (good with { Patterns = [] }, "patterns"), (good with { Patterns = ["com"] }, "patterns"),
            (good with { Patterns = ["a.example", "a.example"] }, "patterns"), (good with { Patterns = ["a b.example"] }, "patterns"),
            (good with { Patterns = ["*.*.example"] }, "patterns"), (good with { Patterns = ["*"] }, "patterns"),
            (good with { Patterns = ["mx:"] }, "patterns"), (good with { Patterns = ["-a.example"] }, "patterns"),
            (good with { Patterns = ["a..example"] }, "patterns"), (good with { Patterns = ["A.example"] }, "patterns"),
            (good with { Patterns = ["x:a.example"] }, "patterns"),
            (good with { Patterns = [.. Enumerable.Range(0, 51).Select(i => $"a{i}.example")] }, "patterns"),
            (good with { Connections = 0 }, "connections"), (good with { Connections = 1001 }, "connections"),
            (good with { PerConnection = 0 }, "per_connection"), (good with { PerConnection = 10_001 }, "per_connection"),
            (good with { PerMinute = -1 }, "per_minute"), (good with { PerMinute = 1_000_001 }, "per_minute"),
            (good with { Rest = 0 }, "rest"), (good with { Rest = 3601 }, "rest"), (good with { Note = new('x', 501) }, "note"),
            (good with { Ip = (IpVersions)3 }, "ip"),
        ];
        Assert.All(wrong, w => Assert.Equal(w.Field, w.Rule.Problem()));
    }

    [Fact]
    public async Task A_new_ledger_has_rules_for_carriers_and_large_providers_each_with_its_reason()
    {
        await using var ledger = await server.New();
        var all = await new KeepDestinationRules(ledger.Ledger).All();
        Assert.All(all, k => Assert.Null(k.Rule.Problem()));
        Assert.All(all, k => Assert.NotEmpty(k.Rule.Note));
        var patterns = all.SelectMany(k => k.Rule.Patterns).ToList();
        Assert.Equal(patterns.Count, patterns.Distinct().Count());
        var rules = new DestinationRules(all.Select(k => k.Rule));
        foreach (var (domain, host, name) in new[]
        {
            ("docomo.ne.jp", "", "docomo"), ("ezweb.ne.jp", "", "au"), ("au.com", "", "au"), ("i.softbank.jp", "", "SoftBank"),
            ("k.vodafone.ne.jp", "", "SoftBank"), ("ymobile.ne.jp", "", "Y!mobile"), ("rakuten.jp", "", "Rakuten"),
            ("gmail.com", "gmail-smtp-in.l.google.com", "Gmail"), ("company.example", "aspmx.l.google.com", "Gmail"),
            ("hotmail.co.jp", "hotmail-co-jp.olc.protection.outlook.com", "Outlook"), ("yahoo.com", "mta5.am0.yahoodns.net", "Yahoo"),
            ("yahoo.co.jp", "mx1.mail.yahoo.co.jp", "Yahoo! JAPAN"),
        })
            Assert.Equal(name, rules.Of(domain, host.Length > 0 ? [host] : [])?.Name);
        Assert.Equal(20, rules.Of("yahoo.com", ["mta5.am0.yahoodns.net"])!.PerConnection);
        Assert.Null(rules.Of("example.org", ["mx.example.org"]));
    }

    [Fact]
    public async Task A_change_is_kept_once_with_its_history_and_two_writers_do_not_overwrite_each_other()
    {
        await using var ledger = await server.New();
        var keep = new KeepDestinationRules(ledger.Ledger);
        var count = (await keep.All()).Count;
        var rule = Rule("Corner", "corner.example");
        Assert.Null(await keep.Save(rule, 0, "anna"));
        // Written anew by somebody who thinks that there is none.
        Assert.Equal(new("stale"), await keep.Save(rule with { Rest = 30 }, 0, "ben"));
        var both = await Task.WhenAll(
            keep.Save(rule with { Rest = 40 }, 1, "ben"), keep.Save(rule with { Rest = 50 }, 1, "carl"));
        Assert.Single(both, p => p is null);
        Assert.Single(both, p => p is { Field: "stale" });
        Assert.Equal(new("taken", "Corner"), await keep.Save(Rule("Other", "other.example", "corner.example"), 0, "ben"));
        Assert.Equal(new("connections"), await keep.Save(rule with { Connections = 0 }, 2, "ben"));
        Assert.Equal(new("stale"), await keep.Remove("Corner", 1, "ben"));
        Assert.Null(await keep.Remove("Corner", 2, "dora"));
        Assert.Equal(count, (await keep.All()).Count);
        var history = await keep.History(10);
        Assert.Equal(["dora", "anna"], [history[0].By, history[^1].By]);
        Assert.Equal((null, "Corner"), (history[^1].Before, history[^1].After!.Name));
        Assert.Null(history[0].After);
        Assert.Equal(3, history.Count);
        Assert.Contains(history[1].After!.Rest, new[] { 40, 50 });
    }

    [Fact]
    public async Task Operators_change_them_on_the_command_line()
    {
        await using var ledger = await server.New();
        async Task<(int? Code, string Said)> Run(params string[] words)
        {
            var said = new StringWriter();
            return (await EngineCommands.Run(ledger.Ledger, ["rules", .. words], said), said.ToString());
        }
        Assert.Contains("docomo: domains=docomo.ne.jp,*.docomo.ne.jp connections=4", (await Run()).Said);
        Assert.Equal(0, (await Run("set", "docomo", "connections=2", "rest=90")).Code);
        Assert.Contains("docomo: domains=docomo.ne.jp,*.docomo.ne.jp connections=2 per-connection=100 per-minute=0 rest=90 tls=no",
            (await Run()).Said);
        string[] corner = ["domains=corner.example,mx:*.corner.example", "tls=yes", "ip=4", "note=They asked."];
        Assert.Equal(0, (await Run(["set", "Corner", .. corner])).Code);
        Assert.Contains("rest=15 tls=yes ip=4 note=They asked.", (await Run()).Said);
        Assert.Contains("has one of these domains", (await Run("set", "Other", "domains=corner.example")).Said);
        foreach (var wrong in new[] { "connections=x", "connections=-1", "connections=" })
        {
            var (code, said) = await Run("set", "Corner", wrong);
            Assert.Equal((1, "engine: connections is out of bounds"), (code, said.Trim()));
        }
        foreach (var none in new[] { "speed=3", "tls=perhaps", "ip=5", "connections" })
            Assert.Equal(2, (await Run("set", "Corner", none)).Code);
        Assert.Equal(0, (await Run("remove", "Corner")).Code);
        Assert.Equal(1, (await Run("remove", "Corner")).Code);
        var history = (await Run("history")).Said;
        Assert.Contains("+ Corner: domains=corner.example,mx:*.corner.example", history);
        Assert.Contains("- docomo: domains=docomo.ne.jp,*.docomo.ne.jp connections=4", history);
    }
}
