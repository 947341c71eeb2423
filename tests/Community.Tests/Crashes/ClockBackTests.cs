using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Crashes;

/// <summary>The system clock is set back by an hour while everything is running.</summary>
[Trait("takes", "long")]
public sealed class ClockBackTests
{
    [Fact]
    public async Task With_the_clock_put_back_by_an_hour_nothing_is_sent_twice_and_nothing_stands_still()
    {
        await using var relay = new ScriptedSmtpServer().Start();
        // Two messages per second.
        await using var host = await TestHost.Start(
            new()
            {
                ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}",
                ["Community:MailingsPerHour"] = "7200",
                ["Community:MailingBurst"] = "2",
            }
        );
        var site = await host.NewSite();
        await site.AddReaders(6);
        var (mailer, anna) = (await site.SignIn("mailer"), await site.SignIn("anna"));
        var later = await mailer.Reserve("Later news", local: site.Site.ToLocal(host.Clock.Now.AddMinutes(30)));
        var topic = await anna.Start("general", "Before");
        await Forgets("ben");
        await TestSite.Until(() => Task.FromResult(SystemMails("ben") == 1), "ben's mail is sent");
        var running = await mailer.Reserve("Running news");
        await TestSite.Until(() => Task.FromResult(News("Running news").Count >= 2), "the mailing runs");

        host.Clock.Advance(TimeSpan.FromHours(-1));

        await site.Until(running, MailingState.Finished);
        // A password reset can be requested again.
        await Forgets("ben");
        await Forgets("carla");
        await TestSite.Until(() => Task.FromResult(SystemMails("ben") == 2 && SystemMails("carla") == 1), "mails go on");
        await anna.Reply(topic, "After");
        await TestSite.Until(
            () => site.Db(db => db.Set<Community.Boards.Board>().AnyAsync(b => b.Key == "general" && b.PostCount == 2)),
            "work goes on"
        );
        // Sessions survive, and can still be revoked immediately.
        Assert.Contains("Anna", (await anna.Get("/account")).Text);
        await site.Db(db =>
            db.Members.Where(m => m.Email == "mailer@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.SecurityStamp, "another"))
        );
        Assert.Equal("/sign-in", (await mailer.Get("/account")).Url.AbsolutePath);

        // The scheduled mailing is sent once, when the clock reaches its time.
        host.Clock.Advance(TimeSpan.FromMinutes(60));
        Assert.Empty(News("Later news"));
        host.Clock.Advance(TimeSpan.FromMinutes(31));
        await site.Until(later, MailingState.Finished);
        foreach (var (id, subject) in new[] { (running, "Running news"), (later, "Later news") })
        {
            await site.IdentityHolds(id);
            Assert.Equal(8, News(subject).Count);
            Assert.Equal(8, News(subject).Distinct().Count());
        }
        Assert.Empty(host.Log.Errors);

        List<string> News(string subject) =>
            [
                .. relay
                    .Messages.Select(m => MimeMessage.Load(new MemoryStream(m)))
                    .Where(m => m.Subject == subject)
                    .Select(m => m.To.Mailboxes.First().Address),
            ];
        int SystemMails(string key) =>
            relay.Commands.Count(c => c.StartsWith($"RCPT TO:<{key}@"))
            - News("Running news").Count(a => a.StartsWith(key))
            - News("Later news").Count(a => a.StartsWith(key));
        Task<Page> Forgets(string key) => site.Visitor().Submit("/forgotten-password", new() { ["Email"] = $"{key}@example.com" });
    }

    [Fact]
    public void Each_change_of_a_site_is_a_version_of_its_own_whatever_the_clock_says()
    {
        var (clock, seen) = (new TestClock(), new HashSet<long>());
        var row = new CatalogueSite { Key = "a", Name = "A", Culture = "en", TimeZone = "UTC", Theme = "plain", Version = clock.Now.Ticks };
        seen.Add(row.Version);
        foreach (var by in new[] { TimeSpan.Zero, TimeSpan.FromHours(-1), TimeSpan.FromHours(1), TimeSpan.Zero })
        {
            clock.Advance(by);
            var before = row.Version;
            row.Changed(clock);
            Assert.True(row.Version > before);
            Assert.True(seen.Add(row.Version));
        }
    }
}
