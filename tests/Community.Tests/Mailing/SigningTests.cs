using Community.Mail;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;

namespace Community.Tests.Mailing;

/// <summary>The verbs of the keys that sign mail.</summary>
public sealed class SigningActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("ChangeSigning.Make", "admin", c => c.Get<ChangeSigning>().Make(c.Actor)),
            ("ChangeSigning.Start", "admin", c => c.Get<ChangeSigning>().Start(c.Actor)),
            ("ChangeSigning.Stop", "admin", c => c.Get<ChangeSigning>().Stop(c.Actor)),
        ];
}

/// <summary>A site signs its mail: from the page to what the relay gets.</summary>
[OnBothDatabases]
public sealed class SigningTests : IAsyncDisposable
{
    readonly ScriptedSmtpServer relay = new();
    readonly StubDns dns = new();
    TestHost host = null!;

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await relay.DisposeAsync();
        await dns.DisposeAsync();
    }

    sealed class Published(SigningPair pair) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken ct) =>
            GetPublicKey(selector == pair.Selector ? pair.RsaRecord : pair.Ed25519Record);

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken ct) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, ct));
    }

    static Task<Page> Press(Visitor admin, string form) => admin.Submit(SigningPage.Url, [], $"form:has([value='{form}'])");

    static Task<SigningKeys> Keys(TestSite site) => site.Db(async db => (await SigningKeys.Of(db, default)).Keys);

    /// <summary>The selectors with which the latest message is signed, all of which hold.</summary>
    List<string> Signed(SigningPair pair)
    {
        var message = MimeMessage.Load(new MemoryStream(relay.Messages.Last()));
        var verifier = new DkimVerifier(new Published(pair));
        var found = message.Headers.Where(h => h.Id == HeaderId.DkimSignature).ToList();
        Assert.All(found, header => Assert.True(verifier.Verify(message, header), header.Value));
        return [.. found.Select(h => h.Value.Replace(" ", "").Split(';').Single(t => t.Trim().StartsWith("s=")).Trim()[2..])];
    }

    [Fact]
    public async Task Keys_are_made_published_used_replaced_and_removed_and_every_mail_of_the_domain_is_signed()
    {
        relay.Start();
        host = await TestHost.Start(
            new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}", ["Community:DnsResolver"] = dns.Address.ToString() }
        );
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        Assert.Contains("Mail is not signed here", (await admin.Get(SigningPage.Url)).Text);
        var made = await Press(admin, "make-signing");
        var first = (await Keys(site)).Next!;
        Assert.Equal($"{site.Site.Key}.example.test", first.Domain);
        foreach (var shown in new[] { first.RsaName, first.RsaRecord, first.Ed25519Name, first.Ed25519Record })
            Assert.Contains(shown, made.Text);

        // Nothing is signed with a key that nobody finds.
        Assert.Contains("no record under this name yet", (await Press(admin, "start-signing")).Text);
        Assert.Null((await Keys(site)).Present);
        await Sent(site, 1);
        Assert.Empty(Signed(first));

        dns.WithText(first.RsaName, first.RsaRecord);
        Assert.Contains("Mail is signed with these keys", (await Press(admin, "start-signing")).Text);
        Assert.False((await Keys(site)).Present!.SignsTwice);
        await Sent(site, 2);
        Assert.Equal([first.Selector], Signed(first));
        Assert.Contains("In order", (await (await site.SignIn("mailer")).Get(SenderPage.Url)).Text);

        // Others, both published: the first go on until then, and their record is named for removal.
        await Press(admin, "make-signing");
        var second = (await Keys(site)).Next!;
        await Sent(site, 3);
        Assert.Equal([first.Selector], Signed(first));
        dns.WithText(second.RsaName, first.RsaRecord);
        Assert.Contains("has another key", (await Press(admin, "start-signing")).Text);
        await Press(admin, "make-signing");
        second = (await Keys(site)).Next!;
        dns.WithText(second.RsaName, second.RsaRecord).WithText(second.Ed25519Name, second.Ed25519Record);
        Assert.Contains(first.RsaName, (await Press(admin, "start-signing")).Text);
        await Sent(site, 4);
        Assert.Equal([second.Selector, second.Selector + "e"], Signed(second));

        // A mail for one person is signed with the same keys.
        await site.Db(db =>
        {
            db.Send(new SystemMail { Kind = "test.mail", To = "x@example.org", Subject = "s", Text = "t", Culture = "en" });
            return db.SaveChangesAsync();
        });
        await TestSite.Until(() => site.Db(db => db.SystemMails.AnyAsync(m => m.State == SystemMailState.Sent)), "the mail is sent");
        Assert.Equal(2, Signed(second).Count);

        // The private halves stand nowhere in the open, and no page shows them.
        var kept = await site.Db(db => db.StoredSettings.Where(s => s.Part == SigningKeys.Part).Select(s => s.Json).SingleAsync());
        var shownNow = (await admin.Get(SigningPage.Url)).Html;
        foreach (var secret in new[] { second.Rsa, second.Ed25519 })
            Assert.DoesNotContain(Convert.ToBase64String(secret), shownNow);
        Assert.DoesNotContain(first.Selector + "\",\"MadeAt", kept);
        Assert.Equal(
            ["mailing.signing"],
            await site.Db(db => db.Audit.Where(a => a.Action.StartsWith("mailing.signing")).Select(a => a.Action).Distinct().ToListAsync())
        );

        await Press(admin, "stop-signing");
        await Sent(site, 5);
        Assert.Empty(Signed(second));
        Assert.DoesNotContain("Rsa\":\"C", await site.Db(db =>
            db.StoredSettings.Where(s => s.Part == SigningKeys.Part).Select(s => s.Json).SingleAsync()));
    }

    async Task Sent(TestSite site, int mailings)
    {
        var id = await (await site.SignIn("mailer")).Reserve("News " + mailings);
        await site.Until(id, MailingState.Finished);
    }
}
