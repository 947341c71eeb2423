using Community.Mail.Tests.Server;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>Two servers on one PostgreSQL: both send for the same site concurrently.</summary>
[Trait("needs", "server")]
public sealed class TwoServersTests
{
    [Fact]
    public async Task Two_servers_share_a_mailing_and_mails_and_nobody_gets_one_twice()
    {
        // It answers once both servers have some in hand.
        var both = new TaskCompletionSource();
        await using var relay = new ScriptedSmtpServer().On(".", new ScriptedReply("250 2.0.0 Ok").When(both.Task)).Start();
        var start = await Installed(relay);
        await using var one = await start("one", 0);
        await using var two = await start("two", 0);
        var site = await one.NewSite();
        await site.AddReaders(150);
        var mails = Enumerable.Range(0, 40).Select(i => $"mail{i}@example.org").ToList();
        foreach (var (here, some) in new[] { site, new TestSite(two, site.Site) }.Zip(mails.Chunk(20)))
            await here.Db(async db =>
            {
                foreach (var to in some) db.Send(new SystemMail { Kind = "test.mail", To = to, Subject = "s", Text = "t", Culture = "en" });
                return await db.SaveChangesAsync();
            });
        var id = await (await site.SignIn("mailer")).Reserve();
        await TestSite.Until(
            () => site.Db(async db => await db.Deliveries.Where(d => d.Owner != null).Select(d => d.Owner).Distinct().CountAsync() == 2),
            "both send"
        );
        both.SetResult();
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        Assert.Equal(152, (await site.Counts(id))[DeliveryState.Accepted]);
        await TestSite.Until(() => site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent)), "mails are sent");
        var to = relay.Messages.Select(m => MimeMessage.Load(new MemoryStream(m)).To.Mailboxes.First().Address).ToList();
        Assert.Equal(152 + 40, to.Count);
        Assert.Equal(152 + 40, to.Distinct().Count());
        var servers = await site.Db(db => db.DeliveryAttempts.GroupBy(a => a.Server).Select(g => g.Key).ToListAsync());
        Assert.Equal(["one", "two"], servers.Order());
    }

    [Fact]
    public async Task Each_server_keeps_to_its_own_rate_and_a_restart_gives_it_no_more()
    {
        await using var relay = new ScriptedSmtpServer().Start();
        var start = await Installed(relay);
        await using var one = await start("one", 3);
        var site = await one.NewSite();
        await site.AddReaders(10);
        var id = await (await site.SignIn("mailer")).Reserve();
        await Sent(3);
        await using (await start("two", 3)) await Sent(6);
        await using var again = await start("two", 3);
        // Two hours: two tokens for each server. If the restart had given some, all twelve would go.
        one.Clock.Advance(TimeSpan.FromHours(2));
        again.Clock.Advance(TimeSpan.FromHours(2));
        await Sent(10);
        var byServer = await site.Db(db => db.DeliveryAttempts.GroupBy(a => a.Server).ToDictionaryAsync(g => g.Key, g => g.Count()));
        Assert.Equal((5, 5), (byServer["one"], byServer["two"]));

        // Also written down, and nothing more is under way.
        async Task Sent(int n)
        {
            await TestSite.Until(() => Task.FromResult(relay.Messages.Count >= n), $"{n} are sent");
            await TestSite.Until(
                () => site.Db(async db =>
                    await db.DeliveryAttempts.CountAsync() >= n
                    && !await db.Deliveries.AnyAsync(d => d.State == DeliveryState.Leased || d.State == DeliveryState.InFlight)),
                $"{n} are written down"
            );
            Assert.Equal(n, relay.Messages.Count);
        }
    }

    static async Task<Func<string, int, Task<TestHost>>> Installed(ScriptedSmtpServer relay)
    {
        var database = await PostgreSql.NewCatalogue();
        return (node, burst) => TestHost.Start(new()
        {
            ["Community:Database"] = database,
            ["Community:Node"] = node,
            ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}",
            ["Community:MailingsPerHour"] = burst > 0 ? "1" : "0",
            ["Community:MailingBurst"] = burst.ToString(),
        });
    }
}
