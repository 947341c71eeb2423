using System.Net;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>What staff see became of a mailing.</summary>
[OnBothDatabases]
public sealed class ResultsTests(TestHost host)
{
    [Fact]
    public async Task Results_say_what_became_of_a_mailing_over_time_by_link_by_domain_and_beside_earlier_ones()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var before = await mailer.Reserve("Earlier");
        await site.Until(before, MailingState.Finished);
        var id = await mailer.Reserve("Later");
        await site.Until(id, MailingState.Finished);
        var now = host.Clock.Now;
        var link = await site.Db(async db =>
        {
            await db.Mailings.Where(m => m.Id == id).ExecuteUpdateAsync(s => s.SetProperty(m => m.Tracking, TrackingMode.Individual));
            var link = new TrackedLink { MailingId = id, Url = "https://example.com/?a=1&b=2", UrlHash = [1] };
            db.TrackedLinks.Add(link);
            await db.SaveChangesAsync();
            var bucket = MailingRollup.BucketOf(now);
            Add(EngagementKind.Open, 0, Verdict.Human, 5, 2);
            Add(EngagementKind.Open, 0, Verdict.Machine, 7, 1);
            Add(EngagementKind.Click, 0, Verdict.Human, 3, 1);
            Add(EngagementKind.Click, link.Id, Verdict.Human, 3, 1);
            Add(EngagementKind.Open, 0, Verdict.Human, 4, 1, bucket);
            Add(EngagementKind.Open, 0, Verdict.Human, 1, 1, bucket + 6);
            Add(EngagementKind.Click, 0, Verdict.Human, 3, 1, bucket + 6);
            var delivery = await db.Deliveries.FirstAsync(d => d.MailingId == id);
            // It came back twice, in two forms.
            foreach (var form in new[] { "one", "other" })
                await db.AddReturn(new()
                {
                    DeliveryId = delivery.Id,
                    MailingId = id,
                    MemberId = delivery.MemberId,
                    At = now,
                    Kind = ReturnKind.Bounce,
                    Class = BounceClass.Full,
                    Domain = "example.com",
                    Digest = form,
                });
            db.Engagements.Add(new()
            {
                MailingId = id,
                Kind = EngagementKind.Open,
                MemberId = delivery.MemberId,
                Subject = delivery.Id,
                At = now,
                Counted = true,
            });
            await db.SaveChangesAsync();
            return link.Id;

            void Add(EngagementKind kind, long of, Verdict verdict, int n, int persons, long bucket = EngagementCount.Total) =>
                db.EngagementCounts.Add(new()
                {
                    MailingId = id,
                    Bucket = bucket,
                    Kind = kind,
                    LinkId = of,
                    Verdict = verdict,
                    N = n,
                    Persons = persons,
                });
        });
        await site.With<IServiceProvider, bool>(async s =>
        {
            await new CountDomains((SiteDb)s.GetService(typeof(SiteDb))!).Handle(new(id), default);
            return true;
        });
        var domain = await site.Db(db => db.MailingDomains.AsNoTracking().SingleAsync(d => d.MailingId == id));
        Assert.Equal(
            ("example.com", 2, 0, 1, 1, 0),
            (domain.Domain, domain.Accepted, domain.Rejected, domain.Bounced, domain.Opened, domain.Clicked)
        );
        var report = await mailer.Get($"/staff/mailings/{id}");
        Assert.NotNull(report.Document.QuerySelector($"a[href='/staff/mailings/{id}/results']"));
        var page = await mailer.Get($"/staff/mailings/{id}/results");
        var figures = page.Document.QuerySelectorAll(".figures > div")
            .ToDictionary(d => d.QuerySelector("dt")!.TextContent, d => d.QuerySelector("dd")!.TextContent);
        Assert.Equal("2", figures["Accepted"]);
        Assert.StartsWith("1 (50", figures["Returned"]);
        Assert.StartsWith("2 (100", figures["Opened"]);
        Assert.StartsWith("1 (50", figures["Clicked"]);
        Assert.StartsWith("0 (0", figures["Unsubscribed"]);
        // The graph is a table, too.
        var series = page.Document.QuerySelectorAll(".chart thead th").Select(h => h.TextContent).Skip(1);
        Assert.Equal(["Accepted", "Opened", "Clicked"], series);
        var bars = page.Document.QuerySelectorAll(".chart tbody tr")
            .Select(r => string.Join(' ', r.QuerySelectorAll("td").Select(d => d.TextContent.Trim()))).ToList();
        Assert.Equal(("2 1 0", "0 1 1", 2), (bars[0], bars[^1], bars.Count(b => b != "0 0 0")));
        Assert.Contains("https://example.com/?a=1&b=2", page.Document.QuerySelector("[aria-labelledby=links]")!.TextContent);
        Assert.Contains("1 (7)", Words(page.Document.QuerySelector("[aria-labelledby=verdicts]")!.TextContent));
        // Two got it, at one domain: who opened it there is not said.
        Assert.Equal(
            ["2", "0", "1", "–", "–"], page.Document.QuerySelectorAll("[aria-labelledby=domains] tbody td").Select(d => d.TextContent));
        Assert.Contains("Mailbox full", page.Document.QuerySelector("[aria-labelledby=bounces]")!.TextContent);
        Assert.Equal(
            [null, $"/staff/mailings/{before}/results"],
            page.Document.QuerySelectorAll("[aria-labelledby=beside] tbody th").Select(h => h.QuerySelector("a")?.GetAttribute("href"))
        );
        var file = await mailer.Get($"/staff/mailings/{id}/results/file");
        Assert.Contains("\"Opened\",\"Machines\",7,1", file.Text);
        Assert.Contains("\"Link\",\"https://example.com/?a=1&b=2\",3,1", file.Text);
        Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn("mod")).Get($"/staff/mailings/{id}/results")).Status);
        Assert.NotEqual(0, link);
    }

    [Fact]
    public async Task Who_unsubscribes_by_a_mailings_link_is_counted_once_among_its_results()
    {
        var site = await host.NewSite();
        var (anna, kind) = await site.Db(async db => (
            await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync(),
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync()));
        var url = await site.With<UnsubscribeLinks, string>(l => l.OneClick(anna, kind));
        var old = new Uri(url).AbsolutePath;
        var link = "/u/" + await site.With<UnsubscribeLinks, string>(l => l.Token(anna, kind, default, 77));
        foreach (var path in new[] { link + "/one-click", link + "/one-click", old })
        {
            using var client = new HttpClient();
            var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{host.Port}{path}")
            {
                Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]),
            };
            request.Headers.Host = site.Site.CanonicalHost;
            Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(request)).StatusCode);
        }
        var left = await site.Db(db => db.Engagements.AsNoTracking().ToListAsync());
        Assert.Equal([(77L, EngagementKind.Leave, (long?)null)], left.Select(e => (e.MailingId, e.Kind, e.MemberId)));
        Assert.False(await site.Db(db => db.ConsentStates.AnyAsync(c => c.MemberId == anna && c.KindId == kind && c.Granted)));
    }

    [Fact]
    public async Task Pressed_twice_at_once_or_for_everything_afterwards_it_is_one_who_left()
    {
        var site = await host.NewSite();
        var (anna, kinds) = await site.Db(async db => (
            await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync(),
            await db.MailKinds.OrderBy(k => k.Id).Select(k => k.Id).Take(2).ToListAsync()));
        await site.Db(async db =>
        {
            await db.ConsentStates.Where(c => c.MemberId == anna).ExecuteDeleteAsync();
            db.ConsentStates.AddRange(kinds.Select(k => new ConsentState { MemberId = anna, KindId = k, Granted = true, Since = db.Now }));
            return await db.SaveChangesAsync();
        });
        Task<bool> Leave(bool everything) => site.With<RecordLeaving, bool>(async l =>
        {
            await l.Of(new(anna, kinds[0], 77), everything, ConsentSource.Link, "x");
            return true;
        });
        Task<int> Left() => site.Db(db => db.Engagements.CountAsync(e => e.Kind == EngagementKind.Leave));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Leave(false)));
        Assert.Equal(1, await Left());
        // The other kind goes, too; who left because of the mailing is the same person.
        await Leave(true);
        Assert.Equal(1, await Left());
        Assert.False(await site.Db(db => db.ConsentStates.AnyAsync(c => c.MemberId == anna && c.Granted)));
    }

    [Fact]
    public async Task What_comes_back_of_one_delivery_many_times_at_once_is_counted_once()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve("News");
        await site.Until(id, MailingState.Finished);
        var deliveries = await site.Db(db => db.Deliveries.Where(d => d.MailingId == id).Select(d => d.Id).ToListAsync());
        await Task.WhenAll(Enumerable.Range(0, 12).Select(n => site.Db(async db =>
        {
            await using var change = await db.Change();
            await db.AddReturn(new()
            {
                DeliveryId = deliveries[n % 2],
                MailingId = id,
                At = db.Now,
                Kind = n < 8 ? ReturnKind.Bounce : ReturnKind.Complaint,
                Class = n < 4 ? BounceClass.Full : BounceClass.Unknown,
                Digest = $"at-once-{n}",
            });
            await change.Commit();
            return true;
        })));
        var counts = await site.Db(db => db.ReturnCounts.AsNoTracking().Where(c => c.MailingId == id).ToListAsync());
        Assert.Equal(
            [(ReturnKind.Bounce, BounceClass.Unknown, 2), (ReturnKind.Bounce, BounceClass.Full, 2),
                (ReturnKind.Complaint, BounceClass.Unknown, 2)],
            counts.Select(c => (c.Kind, c.Class, c.N)).Order());
    }

    [Fact]
    public void The_longer_a_mailing_is_under_way_the_wider_is_what_is_counted_together()
    {
        var start = new DateTime(2026, 11, 3, 9, 2, 0, DateTimeKind.Utc);
        var first = MailingRollup.BucketOf(start);
        var moments = Enumerable.Range(0, 14 * 288).Select(n => start.AddMinutes(5 * n)).ToList();
        var buckets = moments.ConvertAll(at => EngagementCount.BucketOf(at, start));
        Assert.InRange(buckets.Distinct().Count(), 200, 450);
        foreach (var (at, bucket) in moments.Zip(buckets))
        {
            var late = MailingRollup.BucketOf(at) - bucket;
            Assert.InRange(bucket, first, MailingRollup.BucketOf(at));
            // Less than half a bar of a graph with 24 of them; eight hours are told to five minutes.
            Assert.True(late <= (MailingRollup.BucketOf(at) - first) / 48, $"{at}");
            if (at < start.AddHours(8)) Assert.Equal(0, late);
        }
        // Before the start, which a clock may say, it is what it is.
        Assert.Equal(first - 3, EngagementCount.BucketOf(start.AddMinutes(-15), start));
    }

    static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Opens_of_a_domain_are_shown_only_where_no_single_person_is_found_in_them_nor_in_what_the_others_leave()
    {
        static MailingDomain Of(string domain, int accepted, int opened = 0) =>
            new() { Domain = domain, Accepted = accepted, Opened = opened };
        Assert.Empty(MailingDomain.WithFew([Of("a", 50, 9), Of("b", 5, 1)]));
        Assert.Equal(["b", "c"], MailingDomain.WithFew([Of("a", 50, 9), Of("b", 3, 1), Of("c", 2)]).Order());
        // What the others leave of all would be about one person: the next is not shown either.
        Assert.Equal(["b", "c"], MailingDomain.WithFew([Of("a", 50, 9), Of("b", 6, 1), Of("c", 1, 1)]).Order());
        // Nobody there got it: there is nothing to be found.
        Assert.Empty(MailingDomain.WithFew([Of("a", 50, 9), Of("b", 0)]));
        // Of unknown fate, and opened all the same.
        Assert.Equal(["a", "b"], MailingDomain.WithFew([Of("a", 50, 9), Of("b", 0, 1)]).Order());
    }
}
