using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>What staff see of mailings: the list, a preview, and the recipients' outcomes.</summary>
public sealed class WatchTests(TestHost host)
{
    static string Words(AngleSharp.Dom.IElement? element) =>
        string.Join(' ', element!.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public async Task A_stopped_mailing_says_how_many_got_it_and_each_state_has_its_tab_with_a_number()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        // As if it had been cancelled before the second recipient.
        await site.Db(async db =>
        {
            var now = DateTime.UtcNow;
            await db
                .Deliveries.Where(d => d.MailingId == id && d.Seq == 2)
                .ExecuteUpdateAsync(s => s.SetProperty(d => d.State, DeliveryState.Cancelled));
            await db.Count(id, now, DeliveryState.Accepted, -1);
            await db.Count(id, now, DeliveryState.Cancelled, 1);
            return await db.Mailings.Where(m => m.Id == id).ExecuteUpdateAsync(s => s.SetProperty(m => m.State, MailingState.Cancelled));
        });
        var page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Equal("1 of 2 sent · 1 not sent", page.Document.QuerySelector(".split-bar")!.GetAttribute("aria-label"));
        Assert.Equal(["50", "50"], page.Document.QuerySelectorAll(".split-bar rect").Select(r => r.GetAttribute("width")));
        var tabs = (await mailer.Get($"/staff/mailings/{id}/recipients?state=Cancelled")).Document.QuerySelector(
            "nav.tabs[aria-label=Recipients]"
        );
        Assert.Equal(["All (2)", "Accepted (1)", "Stopped (1)"], tabs!.QuerySelectorAll("a").Select(Words));
        Assert.Equal("Stopped (1)", tabs.QuerySelector("[aria-current=page]")!.TextContent);
    }

    [Theory]
    [InlineData("en", "Dear Name, news of Site name <b>", "Dear [Name], news of [Site name] <b>")]
    [InlineData("ja", "Dear お名前, news of サイト名 <b>", "Dear ［お名前］, news of ［サイト名］ <b>")]
    public async Task A_field_in_a_subject_is_shown_by_its_label_wherever_the_subject_stands(string culture, string shown, string titled)
    {
        var site = await host.NewSite(culture: culture);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(
            "Dear {{member.name}}, news of {{ site.name }} <b>",
            local: site.Site.ToLocal(host.Clock.Now.AddDays(3)),
            also: new() { ["Form.Sure"] = "true" }
        );
        foreach (
            var path in new[]
            {
                "/staff",
                "/staff/mailings",
                $"/staff/mailings/{id}",
                $"/staff/mailings/{id}/edit",
                $"/staff/mailings/{id}/audience",
                $"/staff/mailings/{id}/confirm",
                $"/staff/mailings/{id}/time",
                $"/staff/mailings/{id}/preview",
                $"/staff/mailings/{id}/recipients",
            }
        )
        {
            var page = await mailer.Get(path);
            // The form's inputs and the list of fields beside it show fields as typed.
            foreach (var typed in page.Document.QuerySelectorAll("input, textarea, code")) typed.Remove();
            Assert.DoesNotContain("{{", page.Document.Body!.TextContent);
            Assert.DoesNotContain("{{", page.Document.Title);
            Assert.Contains(shown, Words(page.Document.Body));
        }
        var report = await mailer.Get($"/staff/mailings/{id}");
        Assert.Equal(2, report.Document.QuerySelectorAll("h1 .merge-field").Length);
        Assert.StartsWith(titled, report.Document.Title);
    }

    [Theory]
    [InlineData(1, "en", "about 1 minute left")]
    [InlineData(120, "en", "about 2 minutes left")]
    [InlineData(120, "ja", "残り約2分")]
    public async Task What_is_left_is_said_in_the_right_number(int waiting, string culture, string said)
    {
        await using var slow = await TestHost.Start(new() { ["Community:MailingsPerHour"] = "3600", ["Community:MailingBurst"] = "1" });
        var site = await slow.NewSite(culture: culture);
        await site.Db(async db =>
        {
            db.Mailings.Add(
                new()
                {
                    Title = "Slow",
                    Contents = [new() { Subject = "Slow" }],
                    KindId = 1,
                    State = MailingState.Paused,
                    StartedAt = DateTime.UtcNow,
                    Total = waiting,
                    Content = "{}",
                }
            );
            return await db.SaveChangesAsync();
        });
        // Set to running only in the database, with no deliveries to send: the sender would otherwise finish it at once.
        var progress = new Progress(waiting, new Dictionary<DeliveryState, int>());
        Assert.Equal(waiting, progress.Open);
        await site.Db(db => db.Mailings.ExecuteUpdateAsync(s => s.SetProperty(m => m.State, MailingState.Running)));
        Assert.Contains(said, (await (await site.SignIn("mailer")).Get("/staff/mailings")).Text);
    }

    [Fact]
    public async Task Mailings_are_found_by_words_and_state_and_a_draft_shows_no_start()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var soon = site.Site.ToLocal(host.Clock.Now.AddDays(2));
        await mailer.Write("Ｓｐｒｉｎｇ sale", "x", soon, new() { ["Form.Then"] = "save" });
        await mailer.Reserve("Spring walk", "x", soon);
        await mailer.Reserve("Autumn walk", "x", soon);
        async Task<List<string>> Find(string query) =>
            [.. (await mailer.Get("/staff/mailings?" + query)).Document.QuerySelectorAll("tbody th").Select(r => r.TextContent)];
        Assert.Equal(["Spring walk", "Ｓｐｒｉｎｇ sale"], await Find("words=spring"));
        Assert.Equal(["Spring walk"], await Find("words=SPRING+walk"));
        Assert.Equal(["Autumn walk", "Spring walk"], await Find("state=reserved"));
        Assert.Equal(["Spring walk"], await Find("state=reserved&words=spring"));
        var none = await mailer.Get("/staff/mailings?words=winter");
        Assert.Contains("No mailing fits", none.Text);
        Assert.Equal("winter", none.Document.QuerySelector("input[name=words]")!.GetAttribute("value"));
        var draft = (await mailer.Get("/staff/mailings?state=draft")).Document.QuerySelector("tbody tr");
        Assert.Equal("–", Words(draft!.QuerySelector("[data-label=Start]")));
    }

    [Fact]
    public async Task Words_are_looked_for_among_the_latest_mailings_and_further_back_when_it_is_asked()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await mailer.Write("Spring walk", "x", also: new() { ["Form.Then"] = "save" });
        await site.Db(async db =>
        {
            var old = await db.Mailings.AsNoTracking().SingleAsync();
            await using var change = await db.Change();
            await db.InsertAll([.. Enumerable.Range(1, 2000).Select(n => new Community.Mailing.Mailing
            {
                FormKey = Guid.NewGuid(), Title = $"Other {n}", KindId = old.KindId, CreatedBy = old.CreatedBy, CreatedAt = old.CreatedAt,
                RevisedAt = old.RevisedAt,
            })]);
            await change.Commit();
            return 0;
        });
        var latest = await mailer.Get("/staff/mailings?words=spring");
        Assert.Empty(latest.Document.QuerySelectorAll("tbody th"));
        Assert.Contains("None of the latest mailings fits", latest.Text);
        var further = await mailer.Get(latest.Document.QuerySelector("a.button[href*='after=']")!.GetAttribute("href")!);
        Assert.Equal("Spring walk", further.Document.QuerySelector("tbody th")!.TextContent);
        Assert.DoesNotContain("None of the latest", further.Text);
        Assert.Null(further.Document.QuerySelector(".stack > p a.button[href*='after=']"));
        // A full page leads to the next one as ever.
        var full = await mailer.Get("/staff/mailings?words=other");
        Assert.Equal("Other 2000", full.Document.QuerySelector("tbody th")!.TextContent);
        Assert.DoesNotContain("None of the latest", full.Text);
    }

    [Fact]
    public async Task A_preview_offers_all_who_fit_the_words_and_shows_first_what_people_see()
    {
        var site = await host.NewSite();
        await site.AddReaders(3);
        var mailer = await site.SignIn("mailer");
        await mailer.Write("News", "Hello {{member.name}}", also: new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var several = await mailer.Get($"/staff/mailings/{id}/preview?as=reader");
        Assert.Equal(
            ["Reader 1", "Reader 2", "Reader 3"],
            several.Document.QuerySelectorAll("section[aria-labelledby=several] a").Select(a => a.TextContent)
        );
        Assert.Null(several.Document.QuerySelector("iframe"));
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.preview" && a.Count == 3)));
        var chosen = await mailer.Get(several.Document.QuerySelectorAll("section[aria-labelledby=several] a")[1].GetAttribute("href")!);
        Assert.Equal("reader", chosen.Document.QuerySelector("#as")!.GetAttribute("value"));
        Assert.Contains("Reader 2 <m2@example.com>", chosen.Document.QuerySelector(".mail-head")!.TextContent);
        Assert.Contains("Hello Reader 2", chosen.Document.QuerySelector("section[aria-labelledby=plain]")!.TextContent);
        Assert.NotNull(chosen.Document.QuerySelector("section[aria-labelledby=html] ~ section[aria-labelledby=plain]"));
        Assert.Contains("Hello Reader 2", (await mailer.Get(chosen.Document.QuerySelector("iframe")!.GetAttribute("src")!)).Text);
    }
}
