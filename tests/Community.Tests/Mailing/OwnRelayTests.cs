using System.Text;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>A relay, sender and rate of a site's own, from the page to the wire.</summary>
[OnBothDatabases]
[Trait("takes", "long")]
public sealed class OwnRelayTests : IAsyncDisposable
{
    const string Password = "kettle & 薬缶 4711";
    readonly ScriptedSmtpServer common = new(), own = new();
    TestHost host = null!;

    async Task<TestSite> Start(params (string Name, string Value)[] settings)
    {
        common.Start();
        own.Offer("AUTH PLAIN").Start();
        host = await TestHost.Start(
            settings
                .ToDictionary(s => "Community:" + s.Name, s => (string?)s.Value)
                .Append(new("Community:Relay", $"smtp://127.0.0.1:{common.Port}"))
                .ToDictionary()
        );
        return await host.NewSite();
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await common.DisposeAsync();
        await own.DisposeAsync();
    }

    Dictionary<string, string> Fields() =>
        new()
        {
            ["Form.Host"] = "127.0.0.1",
            ["Form.Port"] = own.Port.ToString(),
            ["Form.Security"] = nameof(RelaySecurity.None),
            ["Form.User"] = "gear",
            ["Form.Password"] = Password,
            ["Form.From"] = "news@gear.example",
            ["Form.FromName"] = "Gear news",
        };

    static Task<Page> Save(Visitor admin, Dictionary<string, string> fields) =>
        admin.Submit(RelayPage.Url, fields, "form:has([name='Form.Host'])");

    static Task<Page> Try(Visitor admin) => admin.Submit(RelayPage.Url, [], "section form");

    [Fact]
    public async Task A_sites_direct_mail_goes_by_its_own_relay_from_its_own_sender_at_its_own_rate()
    {
        var site = await Start(("MailingsPerHour", "1"), ("MailingBurst", "1"));
        var admin = await site.SignIn("admin");
        var saved = await Save(admin, Fields());
        Assert.Contains("One is kept and never shown", saved.Text);
        Assert.DoesNotContain(Password, saved.Html);
        Assert.Contains("has taken the message", (await Try(admin)).Text);
        var trial = MimeMessage.Load(new MemoryStream(Assert.Single(own.Messages)));
        Assert.Equal("news@gear.example", trial.From.Mailboxes.Single().Address);
        Assert.Equal("admin@example.com", trial.To.Mailboxes.Single().Address);
        Assert.Contains(own.Commands, c => c.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes("\0gear\0" + Password))));

        await site.AddReaders(10);
        var id = await (await site.SignIn("mailer")).Reserve();
        // The server's rate of one an hour is not theirs.
        await site.Until(id, MailingState.Finished);
        Assert.Equal(13, own.Messages.Count);
        Assert.Equal(13, own.Commands.Count(c => c.StartsWith("MAIL FROM:<news@gear.example>")));
        Assert.All(own.Messages.Skip(1), m => Assert.Contains("Gear news", Encoding.UTF8.GetString(m)));
        await site.IdentityHolds(id);

        var other = await host.NewSite();
        var plain = await (await other.SignIn("mailer")).Reserve();
        await other.Accepted(plain, 1);
        Assert.Equal((1, 13), (common.Messages.Count, own.Messages.Count));

        // Neither the database, nor the log, nor the record of the act has the password.
        var kept = await site.Db(db => db.StoredSettings.Where(s => s.Part == "mailing.relay").Select(s => s.Json).SingleAsync());
        Assert.DoesNotContain("kettle", kept);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("kettle"));
        Assert.False(await site.Db(db => db.Audit.AnyAsync(a => a.Changes!.Contains("kettle"))));

        await admin.Submit(RelayPage.Url, [], "details:has(summary.danger) form");
        Assert.Equal("", (await site.Db(db => KeptOf(db)))?.Host ?? "");
    }

    static async Task<KeptRelay?> KeptOf(SiteDb db) =>
        System.Text.Json.JsonSerializer.Deserialize<KeptRelay>(
            await db.StoredSettings.Where(s => s.Part == "mailing.relay").Select(s => s.Json).SingleAsync()
        );

    [Fact]
    public async Task A_relay_in_the_servers_own_network_is_not_reached_and_the_page_says_what_failed()
    {
        var site = await Start(("RelaysInPrivateNetworks", "false"));
        var admin = await site.SignIn("admin");
        var plain = await Save(admin, Fields());
        Assert.Contains("needs a protected connection", plain.Text);
        var fields = Fields();
        (fields["Form.User"], fields["Form.Password"]) = ("", "");
        await Save(admin, fields);
        Assert.Contains("no address on the public internet", (await Try(admin)).Text);
        Assert.Equal(0, own.Connections);
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_another_server_is_not_given_the_kept_password()
    {
        var site = await Start();
        var admin = await site.SignIn("admin");
        var fields = Fields();
        (fields["Form.Host"], fields["Form.Port"], fields["Form.From"], fields["Form.FromName"]) = ("no host", "99999", "news", "");
        var wrong = await Save(admin, fields);
        foreach (var said in new[] { "name of a mail server", "port from 1 to 65535", "e-mail address, such as", "name of at most 100" })
            Assert.Contains(said, wrong.Text);
        await Save(admin, Fields());
        fields = Fields();
        (fields["Form.Password"], fields["Form.Host"]) = ("", "localhost");
        Assert.Contains("Type the password", (await Save(admin, fields)).Text);
        fields["Form.Host"] = "127.0.0.1";
        Assert.DoesNotContain("Type the password", (await Save(admin, fields)).Text);
        own.On("AUTH", "535 5.7.8 Authentication failed");
        Assert.Contains("535 5.7.8 Authentication failed", (await Try(admin)).Text);
        Assert.DoesNotContain("kettle", (await admin.Get(RelayPage.Url)).Html);
    }
}
