using System.Net;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Crashes;

/// <summary>Killed at a random moment, while many users write.</summary>
[OnBothDatabases]
[Trait("needs", "server")]
public sealed class LoadTests
{
    [Fact]
    public async Task The_program_killed_while_many_write_loses_nothing_that_it_confirmed()
    {
        var seed = Seeds.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        var writers = new Writers(site);
        var program = await installation.Run();
        await writers.Begin();
        await TestSite.Until(() => Task.FromResult(writers.Confirmed > 20), "they write");
        await Task.Delay(random.Next(300), TestContext.Current.CancellationToken);
        await program.Kill();
        // Past the dead node's leases on the site's queues.
        await installation.StartHost(TimeSpan.FromMinutes(16));
        await writers.End();
        await writers.NothingIsLost(installation.Now(site));
        Assert.Empty(writers.Refusals);
        Assert.InRange(writers.Unanswered, 1, int.MaxValue);
        Assert.Empty(installation.Host.Log.Errors);
    }

    [Fact]
    public async Task PostgreSQL_killed_under_load_comes_back_without_a_restart_of_ours()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "It is about PostgreSQL.");
        using var server = new PostgreSqlServer(isKilled: true).Make();
        await using var relay = new ScriptedSmtpServer()
            .On(".", new ScriptedReply("250 2.0.0 Ok").After(TimeSpan.FromMilliseconds(20)))
            .Start();
        await using var host = await TestHost.Start(
            new() { ["Community:Database"] = server.NewCatalogue(), ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" }
        );
        var site = await host.NewSite();
        const int Readers = 300;
        await site.AddReaders(Readers - 2);
        var mailing = await (await site.SignIn("mailer")).Reserve();
        var writers = new Writers(site);
        await writers.Begin();
        await More(writers, 10);

        PostgreSqlServer.KillBackend(await site.Db(db => db.Database.SqlQuery<int>($"SELECT pg_backend_pid() AS \"Value\"").SingleAsync()));
        await More(writers, 10);

        server.Kill();
        var refused = writers.Refusals.Count;
        await TestSite.Until(() => Task.FromResult(writers.Refusals.Count >= refused + 10), "they are refused");
        server.Start();
        await More(writers, 10);
        await writers.End();
        writers.RefusedInWords();
        // Deliveries leased when the database died are reclaimed when their lease expires; the site's queues are leased again.
        host.Clock.Advance(LeaseDeliveries.Lease + TimeSpan.FromMinutes(1));
        await writers.NothingIsLost(site);
        await site.Until(mailing, MailingState.Finished);
        await site.IdentityHolds(mailing);
        var counts = await site.Counts(mailing);
        Assert.Equal(Readers, counts.Values.Sum());
        Assert.Equal(Readers, counts[DeliveryState.Accepted] + counts.GetValueOrDefault(DeliveryState.Ambiguous));
        var got = relay
            .Messages.Select(m => MimeMessage.Load(new MemoryStream(m)))
            .Where(m => m.Subject == "News of the week")
            .CountBy(m => m.To.Mailboxes.First().Address)
            .ToList();
        Assert.All(got, g => Assert.Equal(1, g.Value));
        Assert.InRange(got.Count, counts[DeliveryState.Accepted], Readers);
    }

    [Fact]
    public async Task A_PostgreSQL_with_room_for_few_connections_serves_many_sites()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "It is about PostgreSQL.");
        // PostgreSQL reserves three connections for the superuser; ten sites would use eight each.
        using var server = new PostgreSqlServer(connections: 20).Make();
        await using var host = await TestHost.Start(new() { ["Community:Database"] = server.NewCatalogue() });
        var sites = new List<TestSite>();
        for (var i = 0; i < 10; i++) sites.Add(await host.NewSite());
        var members = await Task.WhenAll(sites.Select(site => site.SignIn("ben")));
        var pages = await Task.WhenAll(members.SelectMany(member => Enumerable.Range(0, 10).Select(_ => member.Get("/boards/general"))));
        Assert.All(pages, page => Assert.Equal(HttpStatusCode.OK, page.Status));
    }

    static async Task More(Writers writers, int n)
    {
        var before = writers.Confirmed;
        await TestSite.Until(() => Task.FromResult(writers.Confirmed >= before + n), "they go on writing");
    }
}
