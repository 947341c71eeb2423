using System.Net;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Sites;
using Community.Tests.Boards;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Mailing;

/// <summary>Merge fields of any module are offered, previewed and sent, and rejected if the feature is off.</summary>
[OnBothDatabases]
public sealed class MergeFieldTests : IAsyncDisposable
{
    readonly ScriptedSmtpServer server = new();
    TestHost host = null!;
    TestSite site = null!;
    Visitor mailer = null!;

    async Task Start()
    {
        server.Start();
        host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}" });
        site = await host.NewSite();
        mailer = await site.SignIn("mailer");
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await server.DisposeAsync();
    }

    async Task Switch(bool on)
    {
        var features = host.Services.GetRequiredService<SwitchFeature>();
        // It needs the boards.
        if (!on) await features.WithKey(site.Site.Key, "Notifications", on, default);
        Assert.Null((await features.WithKey(site.Site.Key, "Boards", on, default)).Refusal);
    }

    [Fact]
    public async Task A_field_of_another_module_is_offered_previewed_and_sent()
    {
        await Start();
        var anna = await site.SignIn("anna");
        await anna.Reply(await anna.Start("general", "Mugs"), "A reply");
        var offered = (await mailer.Get("/staff/mailings/new")).Document.QuerySelector("details.more:has(code)")!.TextContent;
        Assert.Contains("{{boards.posts}}", offered);
        Assert.Contains("How many posts the member has written", offered);
        var id = await mailer.Reserve("{{boards.posts}} posts", "{{member.name}} wrote **{{boards.posts}}**.");
        await site.Until(id, MailingState.Finished);
        var mails = server.Messages.Select(System.Text.Encoding.UTF8.GetString).ToList();
        var mail = Assert.Single(mails, m => m.Contains("To: Anna"));
        Assert.Contains("Subject: 2 posts", mail);
        Assert.Contains("Anna wrote 2.", mail);
        Assert.Contains("Subject: 0 posts", Assert.Single(mails, m => m.Contains("To: Ben")));
        var preview = await mailer.Get($"/staff/mailings/{id}/preview");
        Assert.Equal("0 posts", preview.Document.QuerySelector(".mail-subject")!.TextContent);
        Assert.Equal("Number of posts", (await mailer.Get("/staff/mailings")).Document.QuerySelector("main .merge-field")!.TextContent);
    }

    [Fact]
    public async Task A_field_of_a_feature_that_is_off_is_refused_as_one_that_there_is_not()
    {
        await Start();
        var draft = await mailer.Write("Posts", "You wrote {{boards.posts}}.");
        await Switch(false);
        var writing = await mailer.Get("/staff/mailings/new");
        Assert.DoesNotContain("boards.posts", writing.Document.QuerySelector("details.more:has(code)")!.TextContent);
        var page = await mailer.Write("{{boards.posts}}", "{{boards.posts}}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("{{boards.posts}}", page.Document.QuerySelector("[id='Form.Text-error']")!.TextContent);
        Assert.Contains("{{boards.posts}}", page.Document.QuerySelector("[id='Form.Subject-error']")!.TextContent);
        var confirm = await mailer.Get(draft.Url.AbsolutePath);
        Assert.Contains("{{boards.posts}}", confirm.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Null(confirm.Document.QuerySelector("form:has(input[name=Rev]) button.primary"));
    }

    [Fact]
    public async Task A_reserved_mailing_does_not_start_while_the_feature_of_its_field_is_off()
    {
        await Start();
        var id = await mailer.Reserve("Posts", "You wrote {{boards.posts}}.", site.Site.ToLocal(host.Clock.Now).AddHours(2));
        await Switch(false);
        host.Clock.Advance(TimeSpan.FromHours(2) + TimeSpan.FromMinutes(1));
        await site.Until(id, MailingState.Overdue);
        Assert.Equal(StopReason.FieldMissing, (await site.Mailing(id)).StopReason);
        Assert.Contains("merge field that there is no more", (await mailer.Get($"/staff/mailings/{id}")).Text);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task A_running_mailing_stops_when_the_feature_goes_off_and_goes_on_with_it()
    {
        await Start();
        server.On("RCPT", "451 4.2.0 Later", "451 4.2.0 Later", "250 Ok");
        var id = await mailer.Reserve("Posts", "You wrote {{boards.posts}}.");
        await TestSite.Until(async () => (await site.Counts(id)).GetValueOrDefault(DeliveryState.Deferred) == 2, "both are deferred");
        await Switch(false);
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        await site.Until(id, MailingState.Suspended);
        var stopped = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("{{boards.posts}}", stopped.Document.QuerySelector(".notice code")!.TextContent);
        Assert.Equal(0, Sent());
        await Switch(true);
        await mailer.Press(id, "resume");
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        await site.Until(id, MailingState.Finished);
        Assert.Equal(2, Sent());
        await site.IdentityHolds(id);

        // Who reserved it is told by another mail that it stopped.
        int Sent() => server.Messages.Count(m => System.Text.Encoding.ASCII.GetString(m).Contains("List-Unsubscribe-Post"));
    }

    [Fact]
    public async Task A_field_of_an_attribute_has_a_default_or_keeps_the_mailing_from_being_sent()
    {
        await Start();
        var drink = await AttributeTests.Define(
            site,
            "Drink",
            AttributeType.OneOf,
            d => d with { Key = "drink", NewOptions = "Red wine | 赤ワイン\nTea" }
        );
        await AttributeTests.Give(site, "anna", drink, "red wine");
        var offered = (await mailer.Get("/staff/mailings/new")).Document.QuerySelector("details.more:has(code)")!.TextContent;
        Assert.Contains("{{attribute.drink}}", offered);
        Assert.Contains("Drink.", offered);
        var lacking = await mailer.Write("Drinks", "You like {{attribute.drink}}.");
        Assert.Contains("{{attribute.drink}} (1)", lacking.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Null(lacking.Document.QuerySelector("form:has(input[name=Rev]) button.primary"));
        var id = await mailer.Reserve("{{attribute.drink|nothing}}", "You like ｛｛ attribute.drink ｜ water & *milk* ｝｝.");
        await site.Until(id, MailingState.Finished);
        var mails = server.Messages.Select(System.Text.Encoding.UTF8.GetString).ToList();
        var anna = Assert.Single(mails, m => m.Contains("To: Anna"));
        Assert.Contains("Subject: Red wine", anna);
        Assert.Contains("You like Red wine.", anna);
        var ben = Assert.Single(mails, m => m.Contains("To: Ben"));
        Assert.Contains("Subject: nothing", ben);
        Assert.Contains("You like water & *milk*.", ben);
        Assert.Contains("Drinks", (await (await site.SignIn("admin")).Get($"/staff/attributes/{drink}")).Text);
    }

    [Fact]
    public async Task A_preview_masks_what_its_reader_may_not_see_and_a_retired_attribute_stops_a_reserved_mailing()
    {
        await Start();
        var secret = await AttributeTests.Define(
            site,
            "Diagnosis",
            AttributeType.Text,
            d => d with { Key = "secret", Visibility = Visibility.Personal }
        );
        await AttributeTests.Give(site, "anna", secret, "quinsy");
        await AttributeTests.Give(site, "ben", secret, "quinsy");
        var id = await mailer.Reserve("For you", "Of {{attribute.secret}}", site.Site.ToLocal(host.Clock.Now).AddHours(2));
        Task<Page> AsAnna(Visitor staff) => staff.Submit($"/staff/mailings/{id}/preview", new() { ["as"] = "anna" }, "form[role=search]");
        var preview = await AsAnna(mailer);
        Assert.Contains("To Anna", preview.Text);
        Assert.DoesNotContain("quinsy", preview.Html);
        Assert.Contains("Of •••", preview.Text);
        var frame = preview.Document.QuerySelectorAll("iframe").Select(f => f.GetAttribute("src")!).Single();
        Assert.DoesNotContain("quinsy", (await mailer.Get(frame)).Html);
        Assert.Contains("Of quinsy", (await AsAnna(await site.SignIn("admin"))).Text);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.preview" && a.Fields.Contains("attribute.secret"))));
        var admin = await site.Reader("admin");
        await site.With<SaveAttribute, bool>(s => s.Retire(admin, secret, true));
        host.Clock.Advance(TimeSpan.FromHours(2) + TimeSpan.FromMinutes(1));
        await site.Until(id, MailingState.Overdue);
        Assert.Equal(StopReason.FieldMissing, (await site.Mailing(id)).StopReason);
        Assert.Empty(server.Messages);
    }
}
