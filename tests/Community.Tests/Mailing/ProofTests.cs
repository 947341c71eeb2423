using System.Net;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>The proof of each message, mail that comes back by a pipe or a folder, and members by how much they got.</summary>
[OnBothDatabases]
public sealed class ProofTests(TestHost host)
{
    [Fact]
    public async Task Each_message_has_its_proof_and_looking_at_it_is_recorded()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        var (delivery, member) = await site.Db(async db =>
        {
            var first = await db.Deliveries.Where(d => d.MailingId == id && d.Seq == 1).SingleAsync();
            db.Returns.Add(new()
            {
                DeliveryId = first.Id,
                MailingId = id,
                MemberId = first.MemberId,
                At = db.Now,
                Kind = ReturnKind.Bounce,
                Class = BounceClass.Full,
                Text = "552 mailbox full",
                Digest = "proof",
            });
            await db.SaveChangesAsync();
            return (first.Id, first.MemberId);
        });
        var list = await mailer.Get($"/staff/mailings/{id}/recipients");
        var url = $"/staff/mailings/{id}/recipients/{delivery}";
        Assert.NotNull(list.Document.QuerySelector($"a[href='{url}']"));
        var page = await mailer.Get(url);
        Assert.Contains("Send me news by e-mail.", page.Document.QuerySelector("[aria-labelledby=consent]")!.TextContent);
        Assert.DoesNotContain("not handed over", page.Document.QuerySelector("[aria-labelledby=relay]")!.TextContent);
        Assert.Contains("552 mailbox full", page.Document.QuerySelector("[aria-labelledby=after]")!.TextContent);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.proof")));
        Assert.Contains("News of the week", page.Document.QuerySelector("[aria-labelledby=message]")!.TextContent);
        // As a file: to whom, which words were agreed to, which were sent, when, and what was answered.
        var link = page.Document.QuerySelector("a[href$='/file']")!.GetAttribute("href")!;
        var file = System.Text.Json.JsonDocument.Parse((await mailer.Get(link)).Html).RootElement;
        Assert.Equal("Send me news by e-mail.", file.GetProperty("consent").GetProperty("words").GetString());
        var sent = file.GetProperty("message");
        Assert.Equal("accepted", sent.GetProperty("state").GetString());
        Assert.Contains("@", sent.GetProperty("messageId").GetString());
        Assert.Equal("News of the week", sent.GetProperty("version").GetProperty("subject").GetString());
        Assert.Equal(64, sent.GetProperty("version").GetProperty("contentDigest").GetString()!.Length);
        Assert.NotEqual(0, file.GetProperty("relay").GetArrayLength());
        Assert.Equal("552 mailbox full", file.GetProperty("cameBack")[0].GetProperty("text").GetString());
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.proof-file")));
        Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn("mod")).Get(link)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await mailer.Get(link.Replace($"/mailings/{id}/", $"/mailings/{id + 1000}/"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await mailer.Get($"/staff/mailings/{id + 1000}/recipients/{delivery}")).Status);
        // The member's page says when, how often lately, and what came of it.
        var panel = (await (await site.SignIn("admin")).Get($"/staff/members/{member}")).Document
            .QuerySelector("[aria-labelledby=received]")!;
        Assert.Contains("1 within the last 30 days", panel.TextContent);
        Assert.Contains("Mailbox full", panel.TextContent);
        Assert.NotNull(panel.QuerySelector($"a[href='{url}']"));
        // The panel shows the latest; all stand on a page of their own.
        Assert.Null(panel.QuerySelector("a[href$='/mails']"));
        await site.Db(async db =>
        {
            for (var n = 2; n <= 12; n++)
            {
                var other = new Community.Mailing.Mailing { FormKey = Guid.NewGuid(), Title = $"Other {n}" };
                other.State = MailingState.Cancelled;
                db.Mailings.Add(other);
                await db.SaveChangesAsync();
                var of = new Delivery { MailingId = other.Id, MemberId = member, Seq = 1, AddressHash = "x" };
                of.State = DeliveryState.Cancelled;
                db.Deliveries.Add(of);
            }
            return await db.SaveChangesAsync();
        });
        var all = (await (await site.SignIn("admin")).Get($"/staff/members/{member}")).Document
            .QuerySelector("[aria-labelledby=received] a[href$='/mails']")!.GetAttribute("href")!;
        var received = await mailer.Get(all);
        Assert.Equal(12, received.Document.QuerySelectorAll("[aria-labelledby=received] a[href*='/recipients/']").Length);
        Assert.NotNull(received.Document.QuerySelector($"a[href='{url}']"));
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.received")));
        Assert.Equal(HttpStatusCode.NotFound, (await mailer.Get("/staff/members/999999/mails")).Status);
        // By how many mailings they got.
        Assert.Equal(2, await Often(1));
        Assert.Equal(0, await Often(2));

        Task<int> Often(int times) => site.Db(async db =>
        {
            var condition = (await MemberCondition.On(db)).Single(c => c.Key == "mailing.often");
            var values = System.Text.Json.JsonSerializer.SerializeToElement(new { times, days = 30 });
            var where = await condition.Predicate(values, new Selecting(db), default);
            return await db.Members.CountAsync(where!);
        });
    }

    [Theory]
    [InlineData("X-Original-To: b00112233445566778899@r.example.net\r\nTo: somebody@else.example\r\n\r\nb99@r.example.net", 1)]
    [InlineData("Received: x\nDelivered-To:\n B00112233445566778899@R.example.net\n\n", 1)]
    [InlineData("To: b00112233445566778899@r.example.org\n\n", 0)]
    [InlineData("Subject: b00112233445566778899@r.example.net\n\n", 0)]
    [InlineData("", 0)]
    public void A_message_of_a_pipe_is_for_the_address_in_the_fields_of_the_mail_server(string message, int found) =>
        Assert.Equal(found, MailCommands.Addressed(System.Text.Encoding.Latin1.GetBytes(message), "r.example.net").Count);
}
