using System.Net;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Sites;
using Community.Tests.Boards;
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

    Task Switch(bool on) => host.Services.GetRequiredService<SwitchFeature>().WithKey(site.Site.Key, "Boards", on, default);

    [Fact]
    public async Task A_field_of_another_module_is_offered_previewed_and_sent()
    {
        await Start();
        var anna = await site.SignIn("anna");
        await anna.Reply(await anna.Start("general", "Mugs"), "A reply");
        var offered = (await mailer.Get("/staff/mailings/new")).Document.QuerySelector("details.more")!.TextContent;
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
        Assert.DoesNotContain("boards.posts", writing.Document.QuerySelector("details.more")!.TextContent);
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
        Assert.Contains("merge field of a feature", (await mailer.Get($"/staff/mailings/{id}")).Text);
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
        Assert.Empty(server.Messages);
        await Switch(true);
        await mailer.Press(id, "resume");
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        await site.Until(id, MailingState.Finished);
        Assert.Equal(2, server.Messages.Count);
        await site.IdentityHolds(id);
    }
}
