using System.Net.Sockets;
using System.Text;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Mailing;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Crashes;

/// <summary>
/// The real program, killed while its door takes in what comes back. The mail server in front of it keeps what was not answered with 250
/// and brings it again: nothing that was answered is lost, and nothing counts twice.
/// </summary>
[Trait("needs", "server")]
public sealed class ReturnKilledTests
{
    const string Domain = "r.example.test";

    const string Gone = """
        From: MAILER-DAEMON@mx.example
        Subject: Undelivered
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b

        Sorry.
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example

        Final-Recipient: rfc822; somebody@else.example
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550 5.1.1 User unknown

        --b--
        """;

    [Fact]
    public async Task Killed_before_the_commit_before_the_answer_and_behind_it_each_message_counts_once()
    {
        await using var relay = new ScriptedSmtpServer().Start();
        var door = Ports.Free();
        await using var installation = await Installation.Start(new()
        {
            ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}",
            ["Community:ReturnDomain"] = Domain,
            ["Community:ReturnListen"] = $"127.0.0.1:{door}",
        });
        var sites = new Dictionary<string, (TestSite Site, string Path)>();
        foreach (var name in new[] { "answered", "uncommitted", "committed" })
        {
            var site = await installation.Host.NewSite();
            var id = await (await site.SignIn("mailer")).Reserve();
            await site.Until(id, MailingState.Finished);
            var sent = await site.Db(db => db.Deliveries.Where(d => d.MailingId == id).OrderBy(d => d.Seq)
                .Join(db.Members, d => d.MemberId, m => m.Id, (d, m) => new { d.Id, m.AddressHash }).FirstAsync());
            sites[name] = (site, (await site.With<ReturnAddresses, string?>(r => r.Of(sent.Id, sent.AddressHash!, default)))!);
        }
        var uncommitted = $"mailing.returning@{sites["uncommitted"].Site.Site.Key}";
        var program = await installation.Run($"{uncommitted},mailing.returned@{sites["committed"].Site.Site.Key}");
        await TestSite.Until(() => Opens(door), "the door is open");
        Assert.True(await Bring(door, sites["answered"].Path));
        var first = Bring(door, sites["uncommitted"].Path);
        await program.At(uncommitted);
        Assert.False(await Bring(door, sites["committed"].Path));
        Assert.False(await first);
        await program.Dead();

        await installation.StartHost(TimeSpan.Zero);
        await TestSite.Until(() => Opens(door), "the door is open");
        foreach (var name in new[] { "uncommitted", "committed" }) Assert.True(await Bring(door, sites[name].Path));
        foreach (var (name, (before, _)) in sites)
        {
            var site = installation.Now(before);
            var taken = await site.Db(db => db.Returns.AsNoTracking().ToListAsync());
            Assert.True(taken is [{ Closed: true }], $"{name}: {taken.Count}");
            Assert.Equal(1, await site.Db(db => db.ReturnCounts.SumAsync(c => c.N)));
            Assert.Equal(1, await site.Db(db => db.Suppressions.CountAsync()));
        }
    }

    static async Task<bool> Opens(int door)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", door);
            return true;
        }
        catch (SocketException) { return false; }
    }

    /// <summary>Whether it was answered with 250.</summary>
    static async Task<bool> Bring(int door, string to)
    {
        using var client = new SmtpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", door, SecureSocketOptions.None);
            using var message = new MemoryStream(Encoding.UTF8.GetBytes(Gone.ReplaceLineEndings("\r\n")));
            await client.SendAsync(
                await MimeMessage.LoadAsync(message), new MailboxAddress("", "mailer-daemon@mx.example"), [MailboxAddress.Parse(to)]);
            return true;
        }
        catch (Exception error) when (error is SmtpProtocolException or IOException or SocketException) { return false; }
    }
}
