using System.Net;
using System.Text.RegularExpressions;
using Community.Boards;
using Community.Mail.Tests.Server;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Community.Tests.Crashes;

/// <summary>
/// The real program, killed as by kill -9 while it registers, posts, counts, saves read marks and sends e-mails, each on its own site
/// but all in one crash; then restarted on the same data.
/// </summary>
[OnBothDatabases]
[Trait("needs", "server")]
public sealed partial class KilledTests
{
    const string Password = "a violet bicycle rests";

    [Fact]
    public async Task Killed_while_registering_posting_and_sending_mails_nothing_confirmed_is_lost()
    {
        await using var relay = new ScriptedSmtpServer().On(".", ScriptedReply.Silence, "250 2.0.0 Ok").Start();
        await using var installation = await Installation.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" });
        var sites = new Dictionary<string, TestSite>();
        foreach (
            var name in new[]
            {
                "unanswered",
                "leased",
                "dotless",
                "answered",
                "register",
                "registered",
                "post",
                "posted",
                "counted",
                "read",
                "older",
            }
        )
            sites[name] = await installation.Host.NewSite();
        string At(string place, string site) => $"{place}@{sites[site].Site.Key}";

        // Forms opened before the crash, and a topic being read.
        var anna = new Dictionary<string, (Visitor Visitor, string Topic, Page Form)>();
        foreach (var name in new[] { "post", "posted", "counted", "read" })
        {
            var visitor = await sites[name].SignIn("anna");
            var topic = await visitor.Start("general", "A topic");
            anna[name] = (visitor, topic, await visitor.Get($"{topic}/reply?to=1"));
        }
        var ben = await sites["read"].SignIn("ben");
        await ben.Get(anna["read"].Topic);
        await anna["read"].Visitor.Reply(anna["read"].Topic, "The second");
        foreach (var name in anna.Keys) await Counted(sites[name], name == "read" ? 2 : 1);

        // A site whose database schema is older than the program.
        await installation.Host.Stop();
        await sites["older"]
            .Db(async db =>
            {
                await db.GetService<IMigrator>().MigrateAsync("0");
                return 0;
            });
        await Catalogue(
            installation,
            db => db.Sites.Where(s => s.Id == sites["older"].Site.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.Schema, "older"))
        );

        var last = At("commit.after", "registered");
        var program = await installation.Run(
            string.Join(
                ',',
                At("mail.leased", "leased"),
                At("mail.before-dot", "dotless"),
                At("mail.answered", "answered"),
                At("commit.before", "register"),
                At("commit.before", "post"),
                At("commit.after", "posted"),
                At("events.handled", "counted"),
                At("read.marked", "read"),
                At("site.upgraded", "older"),
                last
            )
        );

        await Confirmed(sites["unanswered"]);
        await TestSite.Until(() => Task.FromResult(relay.Messages.Count == 1), "the relay has the dot of a mail, and says nothing");
        foreach (
            var (name, place) in new[] { ("leased", "mail.leased"), ("dotless", "mail.before-dot"), ("answered", "mail.answered") }
        )
        {
            await Confirmed(sites[name]);
            await program.At(At(place, name));
        }
        List<Task> pending = [.. Enumerable.Range(0, 3).Select(_ => sites["older"].Visitor().Get("/"))];
        await program.At(At("site.upgraded", "older"));
        pending.Add(Register(sites["register"]));
        await program.At(At("commit.before", "register"));
        foreach (var (name, place) in new[] { ("post", "commit.before"), ("posted", "commit.after") })
        {
            pending.Add(Reply(name));
            await program.At(At(place, name));
        }
        var counted = await Reply("counted");
        Assert.Equal(HttpStatusCode.OK, counted.Status);
        await program.At(At("events.handled", "counted"));
        Assert.Equal([1, 2], (await ben.Get(anna["read"].Topic)).Numbers());
        await program.At(At("read.marked", "read"));
        pending.Add(Register(sites["registered"]));
        await program.Dead();
        foreach (var request in pending)
        {
            var error = await Record.ExceptionAsync(() => request);
            Assert.True(error is HttpRequestException, $"{error} {(error is null ? Answer(request) : "")}");
        }
        static string Answer(Task request) => request is Task<Page> { Result: var page } ? $"{page.Url} {page.Status} {page.Text}" : "";

        // With several nodes, another one waits 15 minutes until all leases of the dead node have expired. A single node waits only for the
        // announced commit.
        await installation.StartHost(TestHost.OnPostgreSql ? TimeSpan.FromMinutes(16) : TimeSpan.FromSeconds(31));
        foreach (var name in sites.Keys) sites[name] = installation.Now(sites[name]);

        // Registering: unconfirmed requests left nothing behind; everybody has one account and an e-mail, and can sign in.
        Assert.Equal(0, await Accounts(sites["register"]));
        await Confirmed(sites["register"]);
        foreach (var name in new[] { "unanswered", "leased", "dotless", "answered", "register", "registered" })
        {
            var mails = await SystemMailsOf(relay, sites[name], name is "unanswered" or "answered" ? 2 : 1);
            Assert.Single(mails.DistinctBy(l => l.MessageId));
            Assert.Equal(1, await Accounts(sites[name]));
            await ComesIn(sites[name], Link().Match(mails[0].TextBody!).Value);
        }

        // Posting: resubmitting the form yields exactly one post, whether or not the first attempt was written.
        foreach (var name in new[] { "post", "posted", "counted" })
        {
            var again = await Reply(name);
            Assert.Equal((HttpStatusCode.OK, anna[name].Topic), (again.Status, Conversation.WithoutWords(again.Url.AbsolutePath)));
            var numbers = await sites[name].Db(db => db.Posts.OrderBy(p => p.Number).Select(p => p.Number).ToListAsync());
            Assert.Equal([1, 2], numbers);
            await Counted(sites[name], 2);
        }

        // What ben had read before stays read; read marks still in memory are lost, and set again on his next visit.
        var reading = await ben.Get(anna["read"].Topic);
        Assert.Equal([2], reading.Unread());
        await TestSite.Until(async () => (await ben.Get(anna["read"].Topic)).Unread().Count == 0, "read");

        // The next request completes the upgrade.
        foreach (var page in await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => sites["older"].Visitor().Get("/boards"))))
            Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(
            sites["read"].Site.Schema,
            await Catalogue(installation, db => db.Sites.Where(s => s.Id == sites["older"].Site.Id).Select(s => s.Schema).SingleAsync())
        );
        Assert.Empty(installation.Host.Log.Errors);

        async Task<Page> Reply(string name)
        {
            var (visitor, _, form) = anna[name];
            return await visitor.Submit(form, new() { ["title"] = "", ["text"] = "An answer" });
        }
    }

    static async Task<T> Catalogue<T>(Installation installation, Func<CatalogueDb, Task<T>> look)
    {
        await using var db = installation.Host.Services.GetRequiredService<Databases>().OpenCatalogue();
        return await look(db);
    }

    static Task<Page> Register(TestSite site) =>
        site.Visitor()
            .Submit(
                "/register",
                new()
                {
                    ["Name"] = "Dora",
                    ["Email"] = Dora(site),
                    ["Password"] = Password,
                }
            );

    static string Dora(TestSite site) => $"dora@{site.Site.Key}.example";

    static async Task Confirmed(TestSite site)
    {
        var page = await Register(site);
        Assert.True(page.Status == HttpStatusCode.OK && page.Text.Contains(Dora(site)), page.Text);
    }

    static Task<int> Accounts(TestSite site) => site.Db(db => db.Members.CountAsync(m => m.Email == Dora(site)));

    static async Task ComesIn(TestSite site, string link)
    {
        var dora = site.Visitor();
        var signIn = await dora.Submit(new Uri(link).PathAndQuery, [], "main form");
        var inside = await dora.Submit(signIn, new() { ["Email"] = Dora(site), ["Password"] = Password });
        Assert.Contains("Dora", inside.Document.QuerySelector(".account-menu")!.TextContent);
    }

    static async Task<List<MimeMessage>> SystemMailsOf(ScriptedSmtpServer relay, TestSite site, int count)
    {
        List<MimeMessage> mails = [];
        await TestSite.Until(
            async () =>
            {
                mails =
                [
                    .. relay
                        .Messages.Select(m => MimeMessage.Load(new MemoryStream(m)))
                        .Where(m => m.To.Mailboxes.First().Address == Dora(site)),
                ];
                return mails.Count >= count && await site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent));
            },
            $"mails of {site.Site.Key} are sent"
        );
        Assert.Equal(count, mails.Count);
        return mails;
    }

    static Task Counted(TestSite site, int posts) =>
        TestSite.Until(
            () =>
                site.Db(async db =>
                    await db.Boards.AnyAsync(b => b.Key == "general" && b.PostCount == posts && b.TopicCount == 1)
                    && await db.EventCursors.Where(c => c.Handler == "boards.counters").Select(c => c.Seq).FirstOrDefaultAsync()
                        == await db.Events.MaxAsync(e => e.Seq)
                ),
            $"{posts} posts are counted"
        );

    [GeneratedRegex(@"https?://[^\s)]+")]
    private static partial Regex Link();
}
