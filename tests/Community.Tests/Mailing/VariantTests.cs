using Community.Kernel;
using Community.Mailing;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Several variants of one mailing: who gets which, and what the rest gets.</summary>
[OnBothDatabases]
public sealed class VariantTests(TestHost host)
{
    const string Form = "form:has([name=variants])";

    /// <summary>A mailing with a variant B, reserved for later.</summary>
    static async Task<long> Write(TestSite site, Visitor mailer, string size, string unit, WinnerRule rule)
    {
        var start = site.Site.ToLocal(site.Host.Clock.Now.AddDays(3));
        await mailer.Write("The first subject", "Hello", start, new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var page = await mailer.Get($"/staff/mailings/{id}/variants");
        Assert.Null(page.Document.QuerySelector("[name=size]"));
        page = await mailer.Submit(page, new() { ["then"] = "add" }, Form);
        await mailer.Submit(page, new()
        {
            ["v1-subject"] = "Another subject",
            ["size"] = size,
            ["unit"] = unit,
            ["rule"] = rule.ToString(),
            ["then"] = "save",
        }, Form);
        return id;
    }

    [Fact]
    public void In_batches_of_any_size_each_variant_goes_to_equally_many_and_the_same_to_the_same()
    {
        foreach (var (variants, percent, count, all) in new[]
        {
            (2, 100, (int?)null, 2000), (2, 50, null, 2000), (3, 20, null, 1999), (2, 0, 500, 2000), (4, 0, 1, 7), (2, 0, 5000, 2000),
        })
        {
            var mailing = new Community.Mailing.Mailing
            {
                Variants = (byte)variants,
                SamplePercent = percent,
                SampleCount = count,
                SampleBase = count is null ? null : all,
                Salt = [1, 2, 3],
            };
            var given = Enumerable.Range(0, all).Select(i => Sample.VariantOf(mailing, i)).ToList();
            var sampled = count is { } n ? Math.Min(n, all) : all * percent / 100;
            Assert.Equal(sampled, given.Count(v => v is not null));
            var each = Enumerable.Range(0, variants).Select(v => given.Count(g => g == v)).ToList();
            Assert.InRange(each.Max() - each.Min(), 0, 1);
            Assert.Equal(given, Enumerable.Range(0, all).Select(i => Sample.VariantOf(mailing, i)));
            // Not by turns: whoever joined second is not always given B.
            var blocks = given.OfType<byte>().Chunk(variants).Where(b => b.Length == variants).Select(b => string.Join(' ', b)).ToList();
            if (blocks.Count > 50) Assert.True(blocks.Distinct().Count() > 1);
        }
    }

    [Fact]
    public async Task The_sample_is_written_down_once_the_rest_waits_and_gets_what_a_person_chooses()
    {
        var site = await host.NewSite();
        await site.AddReaders(8);
        var mailer = await site.SignIn("mailer");
        var id = await Write(site, mailer, "4", "count", WinnerRule.Hand);
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await Due(site, id);
        await TestSite.Until(async () => (await site.Counts(id)).GetValueOrDefault(DeliveryState.Accepted) == 4, "the sample was sent");
        var rows = await site.Db(db => db.Deliveries.AsNoTracking().Where(d => d.MailingId == id).OrderBy(d => d.Seq).ToListAsync());
        Assert.Equal((2, 2, 6), (rows.Count(r => r.Variant == 0), rows.Count(r => r.Variant == 1), rows.Count(r => r.Variant is null)));
        Assert.All(rows, r => Assert.Equal(r.Variant is null, r.State == DeliveryState.Pending));
        Assert.Equal(MailingState.Running, (await site.Mailing(id)).State);
        // "View in browser" shows each recipient what they got.
        foreach (var (variant, subject) in new[] { (0, "The first subject"), (1, "Another subject") })
        {
            var member = rows.First(r => r.Variant == variant).MemberId;
            var link = await site.With<ViewLinks, string>(v => v.To(id, member, "en"));
            Assert.Contains($"<title>{subject}</title>", (await site.Visitor().Get(new Uri(link).AbsolutePath)).Html);
        }
        var page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("6 recipients wait until you choose", page.Text);
        await mailer.Submit(page, [], "form[action$='/winner']:has([value='1'])");
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        // What names the mailing goes on naming it, whichever variant won.
        page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("The first subject", page.Document.QuerySelector("h1")!.TextContent);
        Assert.Contains("Winner", page.Document.QuerySelectorAll("section[aria-labelledby=variants] tbody tr")[1].TextContent);
        foreach (var url in new[] { "/staff/mailings", $"/staff/mailings/{id}/recipients", $"/staff/mailings/{id}/preview", "/staff" })
            Assert.Contains("The first subject", (await mailer.Get(url)).Text);
        Assert.Contains("B: Another subject", page.Text);
        // Chosen twice, it is said.
        var me = await site.Reader("mailer");
        await Assert.ThrowsAsync<Refused>(() => site.With<SaveVariants, int>(async s =>
        {
            await s.ChooseWinner(me, id, 0, default);
            return 0;
        }));
    }

    [Fact]
    public async Task A_preview_shows_each_variant_and_a_rule_that_counts_nothing_is_said_before_sending()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await Write(site, mailer, "50", "percent", WinnerRule.Clicks);
        var preview = await mailer.Get((await mailer.Get($"/staff/mailings/{id}")).Document
            .QuerySelector("section[aria-labelledby=variants] tr:nth-child(2) a")!.GetAttribute("href")!);
        Assert.Equal("Another subject", preview.Document.QuerySelector(".mail-subject")!.TextContent);
        Assert.Contains("<title>Another subject</title>",
            (await mailer.Get(preview.Document.QuerySelector("iframe")!.GetAttribute("src")!)).Html);
        var other = preview.Document.QuerySelector("nav a[href*='variant=0']")!.GetAttribute("href")!;
        Assert.Equal("The first subject", (await mailer.Get(other)).Document.QuerySelector(".mail-subject")!.TextContent);
        Assert.Contains("records neither", preview.Text);
        await mailer.Submit($"/staff/mailings/{id}/tracking", new() { ["Form.Mode"] = "Aggregate" }, "form:has([name='Form.Mode'])");
        Assert.DoesNotContain("records neither", (await mailer.Get($"/staff/mailings/{id}/preview")).Text);
    }

    static async Task Due(TestSite site, long id)
    {
        await site.Db(db =>
        {
            var now = db.Now;
            return db.Mailings.Where(m => m.Id == id)
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.StartAt, now).SetProperty(m => m.LocalTime, (string?)null));
        });
        await Wake(site);
    }

    /// <summary>The sender is told by a commit alone.</summary>
    static async Task Wake(TestSite site)
    {
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        await site.Db(db =>
        {
            db.Schedule(MailingSender.Queue, db.Now);
            return db.SaveChangesAsync();
        });
    }

    [Fact]
    public void The_best_is_the_one_with_most_for_each_message_sent_and_the_first_of_equals()
    {
        VariantNumbers[] numbers = [new(0, 100, 40, 10), new(1, 50, 20, 6), new(2, 0, 0, 0)];
        Assert.Equal(1, VariantNumbers.Best(numbers, WinnerRule.Clicks));
        Assert.Equal(0, VariantNumbers.Best(numbers, WinnerRule.Opens));
        Assert.Equal(0, VariantNumbers.Best([new(0, 0, 0, 0), new(1, 0, 0, 0)], WinnerRule.Clicks));
    }

    [Fact]
    public async Task By_rule_the_winner_is_chosen_after_its_time_when_the_sample_is_sent()
    {
        var site = await host.NewSite();
        await site.AddReaders(2);
        var mailer = await site.SignIn("mailer");
        var id = await Write(site, mailer, "50", "percent", WinnerRule.Clicks);
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await Due(site, id);
        await TestSite.Until(async () => (await site.Counts(id)).GetValueOrDefault(DeliveryState.Accepted) == 2, "the sample was sent");
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        Assert.Null((await site.Mailing(id)).Winner);
        await site.Db(db =>
        {
            db.EngagementCounts.Add(new EngagementCount
            {
                MailingId = id,
                Variant = 1,
                Kind = EngagementKind.Click,
                Verdict = Verdict.Human,
                N = 1,
                Persons = 1,
            });
            return db.SaveChangesAsync();
        });
        // Not in the database: SQLite would write another form of the moment.
        var earlier = (await site.Mailing(id)).StartedAt!.Value.AddHours(-5);
        await site.Db(db => db.Mailings.Where(m => m.Id == id).ExecuteUpdateAsync(s => s.SetProperty(m => m.StartedAt, earlier)));
        await Wake(site);
        await site.Until(id, MailingState.Finished);
        var mailing = await site.Mailing(id);
        Assert.Equal(((byte?)1, (long?)null), (mailing.Winner, mailing.WinnerBy));
        Assert.Equal(4, (await site.Counts(id))[DeliveryState.Accepted]);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task A_variant_without_words_of_its_own_follows_the_first_and_an_edit_of_either_is_seen_by_the_other()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await Write(site, mailer, "20", "percent", WinnerRule.Hand);
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.Text"] = "New words", ["Form.Then"] = "save" },
            "form:has([name='Form.Subject'])");
        var contents = await site.Db(db => db.MailingContents.AsNoTracking().OrderBy(c => c.Variant).ToListAsync());
        Assert.Equal(["New words", "New words"], contents.Select(c => c.Text));
        Assert.Equal(["The first subject", "Another subject"], contents.Select(c => c.Subject));
        // A page that was opened before loses nothing that was typed.
        var page = await mailer.Get($"/staff/mailings/{id}/variants");
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.Text"] = "Newer words", ["Form.Then"] = "save" },
            "form:has([name='Form.Subject'])");
        var stale = await mailer.Submit(page, new() { ["v1-subject"] = "Typed for long", ["then"] = "save" }, Form);
        Assert.Contains("was changed meanwhile", stale.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal("Typed for long", stale.Document.QuerySelector("[name=v1-subject]")!.GetAttribute("value"));
        var wrong = await mailer.Submit($"/staff/mailings/{id}/variants",
            new() { ["v1-subject"] = " ", ["size"] = "101", ["hours"] = "0", ["rule"] = "Clicks", ["then"] = "save" }, Form);
        Assert.Equal(
            ["v1-subject", "size", "hours"],
            wrong.Document.QuerySelectorAll("[aria-invalid=true]").Select(f => f.GetAttribute("name"))
        );
    }
}
