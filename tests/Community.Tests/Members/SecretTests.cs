using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Mailing;
using Community.Members;
using Community.Notifications;
using Community.Tests.Boards;
using Community.Tests.Notifications;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OtpNet;

namespace Community.Tests.Members;

/// <summary>Whoever has one of these may act as somebody else: they stand nowhere that is kept or passed on.</summary>
[OnBothDatabases]
public sealed partial class SecretTests(TestHost host)
{
    static readonly JsonSerializerOptions plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    const string Dora = "dora@example.com", Typed = "a violet bicycle rests", App = "/account/security/app";

    [Fact]
    public async Task No_secret_stands_in_a_record_a_log_or_an_address_that_is_passed_on()
    {
        var site = await host.NewSite();
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        var secrets = new Dictionary<string, string> { ["password"] = Typed };
        var links = new List<string>();
        void Link(string what, string link, string secret)
        {
            links.Add(link);
            secrets.Add(what, secret);
        }

        // Registering by an invitation and by an event's link; the link of confirmation.
        await admin.Submit("/staff/invitations", new() { ["Label"] = "Fair", ["Uses"] = "9", ["Days"] = "7" });
        var invitation = await site.Db(db => db.Invitations.Select(i => i.Code).SingleAsync());
        Link("invitation", "/register?invitation=" + invitation, invitation);
        var made = await admin.Submit("/staff/members/event", new() { ["Hours"] = "24" }, "form.form");
        var poster = new Uri(made.Document.QuerySelector("#link")!.GetAttribute("value")!).PathAndQuery;
        Link("event", poster, poster.Split('=')[^1]);
        var dora = site.Visitor();
        await dora.Submit(links[0], new() { ["Name"] = "Dora", ["Email"] = Dora, ["Password"] = Typed });
        Mailed("confirmation", await Mails.Link(site, Dora, "members.confirm"));
        await dora.Submit(links[^1], [], "main form");

        // Signing in, a forgotten password, a new address.
        var there = await site.SignInByForm("ben");
        var session = Sessions.CookieName(host.Services.GetRequiredService<IConfiguration>());
        secrets["session"] = there.Cookies.GetCookies(new Uri(site.Url))[session]!.Value;
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "ben@example.com" });
        Mailed("reset", await Mails.Link(site, "ben@example.com", "members.reset"));
        await anna.Submit("/account/email", new() { ["Email"] = "anna@new.example" });
        Mailed("new address", await Mails.Link(site, "anna@new.example", "members.new-email", path: NewEmailPage.Url));
        Mailed("present address", await Mails.Link(site, "anna@example.com", "members.present-email", path: PresentEmailPage.Url));

        // A second step: its key, a code that was used and one that was not.
        var app = await anna.Get(App);
        var shown = app.Document.QuerySelector(".secret")!.TextContent.Replace(" ", "");
        secrets["app"] = shown;
        var code = new Totp(Base32Encoding.ToBytes(shown)).ComputeTotp(host.Clock.Now);
        var codes = (await anna.Submit(app, new() { ["Code"] = code })).Document.QuerySelectorAll(".codes code");
        foreach (var (one, i) in codes.Select((c, i) => (c.TextContent, i))) secrets["recovery " + i] = one;
        links.Add(App);

        // Reading, answering and stopping without signing in.
        var carla = await site.SignIn("carla");
        var topic = await carla.Start("inner", "Mugs", "Which mug?");
        var feed = (await carla.Get("/boards/inner")).Document.QuerySelector("link[type='application/atom+xml']")!.GetAttribute("href")!;
        Link("feed", feed, feed.Split('/')[2]);
        var (carlas, post, news) = await site.Db(async db => (
            await db.Members.Where(m => m.Name == "Carla").Select(m => m.Id).SingleAsync(),
            await db.Set<Community.Boards.Post>().Where(p => p.TopicId == Conversation.Id(topic)).Select(p => p.Id).SingleAsync(),
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync()
        ));
        var unsubscribe = await site.With<UnsubscribeLinks, string>(l => l.Token(carlas, news));
        Link("unsubscribe", "/u/" + unsubscribe, unsubscribe);
        var stop = await site.With<StopLinks, string>(l => l.Token(carlas, [NoticeKind.Reply], default));
        Link("stop", "/notifications/stop/" + stop, stop);
        var options = Options.Create(new CommunityOptions { ReplyAddress = "reply@in.{host}" });
        await site.With<IServiceProvider, bool>(async services =>
        {
            var addresses = ActivatorUtilities.CreateInstance<ReplyAddresses>(services, options);
            var to = (await addresses.For(carlas, post, default))!;
            secrets["answer"] = to.Split('@')[0];
            var take = ActivatorUtilities.CreateInstance<TakeMail>(services, addresses);
            foreach (var from in new[] { "carla@example.com", "mallory@example.com" })
                await take.Take(System.Text.Encoding.UTF8.GetBytes(
                    $"From: {from}\r\nTo: {to}\r\nSubject: Re: Mugs\r\nMessage-ID: <{from}>\r\n\r\nThis one.\r\n"), default);
            return true;
        });
        await admin.Submit("/staff/mail-kinds/ask", new()
        {
            ["Event"] = "Fair",
            ["HeldOn"] = "2026-01-20",
            ["Addresses"] = "guest@example.org",
            ["Kinds"] = news.ToString(),
        });
        var guest = await site.Db(db => db.AskedAddresses.Select(a => a.Id).SingleAsync());
        var asked = await site.With<AskedLinks, string>(l => l.Token(guest));
        Link("asked", AskedPage.UrlOf(asked), asked);

        // Each is opened, wrongly copied too, and by who comes from elsewhere: its address is passed on to nobody.
        foreach (var link in links)
            foreach (var url in new[] { link, link == App ? link : link + "x" })
            {
                using var answer = await (link == App ? anna : site.Visitor()).Download(url);
                Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}: {url}");
                if (url != link) continue;
                var passedOn = !answer.Headers.TryGetValues("Referrer-Policy", out var policy) || policy.Single() != "no-referrer";
                // A feed's reader asks anew whether it has changed.
                var kept = answer.Content.Headers.ContentType?.MediaType == "text/html" && answer.Headers.CacheControl?.NoStore != true;
                Assert.False(passedOn || kept, $"{url}: {answer.Headers}");
            }
        Assert.True(secrets.Count > 20, string.Join(", ", secrets.Keys));

        await site.Rests();
        var rows = await site.Db(async db => JsonSerializer.Serialize(
            new object[]
            {
                await db.Audit.AsNoTracking().ToListAsync(), await db.Events.AsNoTracking().ToListAsync(),
                await db.SignIns.AsNoTracking().ToListAsync(), await db.ConsentEvents.AsNoTracking().ToListAsync(),
                await db.TermsAnswers.AsNoTracking().ToListAsync(), await db.Sessions.AsNoTracking().ToListAsync(),
            },
            plain
        ));
        Assert.Contains("members.", rows);
        var lines = host.Log.Lines.ToList();
        foreach (var (what, secret) in secrets)
        {
            Assert.True(secret.Length >= 8, $"{what}: {secret}");
            Assert.False(rows.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{what} stands in a record");
            Assert.False(lines.Exists(l => l.Contains(secret, StringComparison.OrdinalIgnoreCase)), $"{what} stands in a log");
        }

        void Mailed(string what, string link) => Link(what, link, Token().Match(link).Groups[1].Value);
    }

    [GeneratedRegex("token=([^&]+)")]
    private static partial Regex Token();
}
