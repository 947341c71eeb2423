using System.Net;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>What an account could have seen, and the records of looks at very many.</summary>
[OnBothDatabases]
public sealed class ExposureTests(TestHost host)
{
    static Task<long> Id(TestSite site, string name) =>
        site.Db(db => db.Members.Where(m => m.Name == name).Select(m => m.Id).SingleAsync());

    [Fact]
    public async Task The_screen_says_whose_data_and_which_fields_an_account_could_have_seen_and_saves_it()
    {
        var site = await host.NewSite();
        var (mailer, anna, ben) = (await Id(site, "Mailer"), await Id(site, "Anna"), await Id(site, "Ben"));
        var visitor = await site.SignIn("mailer");
        await visitor.Get($"/staff/members/{anna}");
        await visitor.Get($"/staff/members/{ben}");
        var (admin, day) = (await site.SignIn("admin"), site.Site.ToLocal(host.Clock.Now).ToString("yyyy-MM-dd"));
        var page = await admin.Submit("/staff/audit/exposure", new()
        {
            ["Account"] = mailer.ToString(),
            ["From"] = day,
            ["To"] = day,
            ["Why"] = "Laptop lost",
        });
        Assert.Equal(HttpStatusCode.OK, page.Status);
        foreach (var said in new[] { "1. Overview", "2. Items", "3. Number of people", "4. How", "Anna #", "Ben #", "e-mail address" })
            Assert.Contains(said, page.Text);
        Assert.True(page.Text.IndexOf("1. Overview", StringComparison.Ordinal) < page.Text.IndexOf("2. Items", StringComparison.Ordinal));
        var file = await admin.Submit(page, [], "form[action$='/file']");
        Assert.Equal("text/csv", file.ContentType);
        Assert.Contains($"{anna},Anna,", file.Html);
        var looks = await site.Db(db => db.Audit.Where(a => a.Action.StartsWith("audit.exposure")).ToListAsync());
        Assert.Equal(2, looks.Count);
        Assert.All(looks, l => Assert.Equal("Laptop lost", l.Purpose));
        Assert.All(looks, l => Assert.NotNull(l.Network));
        // Acts are named without the actor, in Japanese too, where a particle follows the actor's name.
        await admin.Get("/language/ja");
        var japanese = await admin.Submit("/staff/audit/exposure", new()
        {
            ["Account"] = mailer.ToString(),
            ["From"] = day,
            ["To"] = day,
            ["Why"] = "紛失",
        });
        Assert.DoesNotContain(japanese.Document.QuerySelectorAll("tbody th"), h => h.TextContent.Trim().StartsWith('が'));
    }

    [Fact]
    public async Task What_is_missing_is_said_and_the_purpose_is_never_preset()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await admin.Submit("/staff/audit/exposure", new() { ["Why"] = " " });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        foreach (var field in new[] { "Account", "From", "To", "Why" })
            Assert.NotNull(page.Document.QuerySelector($".error-summary a[href$='#{field}']"));
        Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn("mod")).Get("/staff/audit/exposure")).Status);
    }

    [Fact]
    public async Task A_time_that_begins_before_the_oldest_record_is_said_to_on_the_screen_and_in_the_file()
    {
        var site = await host.NewSite();
        var (mailer, admin) = (await Id(site, "Mailer"), await site.SignIn("admin"));
        await (await site.SignIn("mailer")).Get($"/staff/members/{await Id(site, "Ben")}");
        var began = site.Site.ToLocal(await site.Db(db => db.Audit.OrderBy(a => a.Id).Select(a => a.At).FirstAsync()));
        Assert.DoesNotContain("The audit log is kept from", (await Show(began)).Text);
        var page = await Show(began.AddDays(-1));
        // Nobody's data, but nobody knows.
        Assert.Contains("The audit log is kept from", page.Text);
        Assert.Contains("saw nobody’s data", page.Text);
        page = await Show(began.AddDays(-1), began.AddDays(1));
        Assert.Contains("The audit log is kept from", page.Text);
        Assert.Contains("The audit log is kept from", (await admin.Submit(page, [], "form[action$='/file']")).Html);
        // A part of that day was deleted.
        await site.Db(async db =>
        {
            db.AuditSeals.Add(new AuditSeal { At = db.Now, FirstId = 0, LastId = 0, ForgottenAt = db.Now, Hash = "" });
            return await db.SaveChangesAsync();
        });
        Assert.Contains("The audit log is kept from", (await Show(began)).Text);

        Task<Page> Show(DateTime from, DateTime? to = null) => admin.Submit("/staff/audit/exposure", new()
        {
            ["Account"] = mailer.ToString(),
            ["From"] = from.ToString("yyyy-MM-dd"),
            ["To"] = (to ?? from).ToString("yyyy-MM-dd"),
            ["Why"] = "Laptop lost",
        });
    }

    [Fact]
    public async Task A_look_at_half_a_million_members_is_one_short_record_that_answers_for_each_of_them()
    {
        var site = await host.NewSite();
        var random = new Random(1);
        var every = Enumerable.Range(1, 500_000).Select(i => (long)i).ToList();
        var some = every.Where(_ => random.Next(2) == 0).ToList();
        Assert.True(IdSet.Write(every).Length < 100, $"{IdSet.Write(every).Length}");
        Assert.True(IdSet.Write(some).Length < 200_000, $"{IdSet.Write(some).Length}");
        Assert.Equal(some, IdSet.Read(IdSet.Write(some)));
        var mailer = await Id(site, "Mailer");
        await site.Db(async db =>
        {
            foreach (var ids in new[] { every, some })
                db.Audit.Add(new AuditRecord
                {
                    At = db.Now,
                    ActorId = mailer,
                    Action = "members.search",
                    Count = ids.Count,
                    IdSet = IdSet.Write(ids),
                    Fields = "name",
                });
            return await db.SaveChangesAsync();
        });
        var exposure = await site.With<Exposures, Exposure>(e =>
            e.Of(mailer, host.Clock.Now.AddDays(-1), host.Clock.Now.AddDays(1)));
        Assert.Equal(500_000, exposure.People.Count);
        Assert.Equal([("name", 500_000)], exposure.Items());
        // Filtered by one member, the log shows it.
        var anna = await Id(site, "Anna");
        var page = await (await site.SignIn("admin")).Get($"/staff/audit?member=%23{anna}&action=members.search");
        Assert.Contains("500,000 members", page.Text);
    }

    [Fact]
    public async Task A_changed_set_breaks_the_seal()
    {
        var site = await host.NewSite();
        List<long> ids = [.. Enumerable.Range(1, 300).Select(i => (long)i)];
        var record = new AuditRecord { At = host.Clock.Now, Action = "members.search", Count = 300, IdSet = IdSet.Write(ids) };
        var before = SealAudit.Chain("", [record]);
        record.IdSet = IdSet.Write(ids.Take(299));
        Assert.NotEqual(before, SealAudit.Chain("", [record]));
        Assert.NotNull(site);
    }
}
