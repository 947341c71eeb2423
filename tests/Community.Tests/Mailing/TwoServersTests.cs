using Community.Mail.Tests.Server;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Two servers over one PostgreSQL: both send for the same mailing at once.</summary>
[Trait("needs", "server")]
public sealed class TwoServersTests
{
    [Fact]
    public async Task Two_servers_share_a_mailing_and_nobody_gets_it_twice()
    {
        await using var relay = new ScriptedSmtpServer().Start();
        var database = await PostgreSql.NewCatalogue();
        Dictionary<string, string?> Settings(string node) => new() { ["Community:Database"] = database, ["Community:Node"] = node, ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" };
        await using var one = await TestHost.Start(Settings("one"));
        await using var two = await TestHost.Start(Settings("two"));
        var site = await one.NewSite();
        await site.AddReaders(150);
        var id = await (await site.SignIn("mailer")).Reserve();
        await site.Until(id, MailingState.Finished, 60);
        await site.IdentityHolds(id);
        Assert.Equal(152, (await site.Counts(id))[DeliveryState.Accepted]);
        var to = relay.Commands.Where(c => c.StartsWith("RCPT")).ToList();
        Assert.Equal(152, to.Count);
        Assert.Equal(152, to.Distinct().Count());
        var servers = await site.Db(db => db.DeliveryAttempts.GroupBy(a => a.Server).Select(g => g.Key).ToListAsync());
        Assert.Equal(["one", "two"], servers.Order());
    }
}
