using Community.Kernel;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Mailing;

/// <summary>Results by what recipients have in common, in which no single person is found.</summary>
[OnBothDatabases]
public sealed class GroupedResultsTests(TestHost host)
{
    [Fact]
    public async Task Results_by_prefecture_and_segment_put_small_groups_together_and_show_nothing_that_the_viewer_may_not_see()
    {
        var site = await host.NewSite();
        await site.AddReaders(14);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve("News", "Hello");
        await site.Until(id, MailingState.Finished);
        var by = await site.Db(async db =>
        {
            MemberAttribute Attribute(string key, Visibility visibility)
            {
                var made = new MemberAttribute
                {
                    Key = key,
                    Type = AttributeType.Prefecture,
                    Visibility = visibility,
                    Labels = Translations.Of(_ => key),
                };
                db.MemberAttributes.Add(made);
                return made;
            }

            var (home, secret) = (Attribute("home", Visibility.Staff), Attribute("secret", Visibility.Personal));
            await db.SaveChangesAsync();
            var members = await db.Members.ToDictionaryAsync(m => m.Email!, m => m.Id);
            void Lives(int from, int to, string code)
            {
                for (var n = from; n <= to; n++)
                    db.AttributeValues.Add(new()
                    {
                        MemberId = members[$"m{n}@example.com"],
                        AttributeId = home.Id,
                        Type = AttributeType.Prefecture,
                        Text = code,
                        Key = code,
                    });
            }

            // Six in Kyoto, five in Tokyo, two in Okinawa, one in Nara; Anna and Ben said nothing.
            Lives(1, 6, "26");
            Lives(7, 11, "13");
            Lives(12, 13, "47");
            Lives(14, 14, "29");
            var deliveries = await db.Deliveries.Where(d => d.MailingId == id).ToDictionaryAsync(d => d.MemberId, d => d.Id);
            foreach (var (email, kind, verdict) in new[]
            {
                ("m1", EngagementKind.Open, Verdict.Human), ("m1", EngagementKind.Open, Verdict.Human),
                ("m2", EngagementKind.Open, Verdict.Human), ("m2", EngagementKind.Click, Verdict.Human),
                ("m3", EngagementKind.Open, Verdict.Machine), ("m14", EngagementKind.Click, Verdict.Human),
            })
                db.Engagements.Add(new()
                {
                    MailingId = id,
                    MemberId = members[email + "@example.com"],
                    Subject = deliveries[members[email + "@example.com"]],
                    Kind = kind,
                    Verdict = verdict,
                    At = db.Now,
                    Counted = true,
                });
            db.Returns.Add(new()
            {
                MailingId = id,
                DeliveryId = deliveries[members["m7@example.com"]],
                MemberId = members["m7@example.com"],
                At = db.Now,
                Kind = ReturnKind.Bounce,
                Class = BounceClass.Full,
                Text = "",
                Domain = "example.com",
                Digest = "m7",
            });
            db.Touch(SiteAttributes.Version);
            await db.SaveChangesAsync();
            return (Home: $"a{home.Id}", Secret: $"a{secret.Id}");
        });
        var page = await mailer.Get($"/staff/mailings/{id}/results?by={by.Home}");
        Assert.Equal(
            [
                "Kyoto 6 0 (0.0%) 2 (33.3%) 1 (16.7%)",
                "Tokyo 5 1 (20.0%) 0 (0.0%) 0 (0.0%)",
                "Smaller groups together 5 0 (0.0%) 0 (0.0%) 1 (20.0%)",
            ],
            page.Document.QuerySelectorAll("section[aria-labelledby=by-title] tbody tr")
                .Select(r => string.Join(' ', r.Children.Select(c => c.TextContent.Trim())).Replace(" %", "%").Replace("\u00A0%", "%")));
        // What the mailer may not see of members is neither offered nor shown.
        var offered = page.Document.QuerySelectorAll("select[name=by] option").Select(o => o.GetAttribute("value")).ToList();
        Assert.Contains(by.Home, offered);
        Assert.DoesNotContain(by.Secret, offered);
        foreach (var other in new[] { by.Secret, "a999", "x", "segments" })
            Assert.Empty((await mailer.Get($"/staff/mailings/{id}/results?by={other}")).Document
                .QuerySelectorAll("section[aria-labelledby=by-title] tbody tr"));
        var file = await mailer.Get($"/staff/mailings/{id}/results/file?by={by.Home}");
        Assert.Contains("\"Opened\",\"Kyoto\",2,2", file.Text);
        Assert.DoesNotContain("Okinawa", file.Text);

        // Each segment alone, and all together while that is quickly asked.
        await site.With<SaveSegment, long?>(async s =>
            await s.Make(await site.Reader("admin"), "All", Chosen.Everybody, false, new(), default));
        var segment = $"s{await site.Db(db => db.Segments.Select(s => s.Id).SingleAsync())}";
        foreach (var one in new[] { segment, "segments" })
        {
            var shown = (await mailer.Get($"/staff/mailings/{id}/results?by={one}")).Document;
            Assert.Contains("All", Assert.Single(shown.QuerySelectorAll("section[aria-labelledby=by-title] tbody tr")).TextContent);
            Assert.Contains(one, shown.QuerySelectorAll("select[name=by] option").Select(o => o.GetAttribute("value")));
        }
        var many = await site.With<IServiceProvider, List<string>>(async s =>
        [
            .. (await GroupedResults.Choices(s.GetRequiredService<SiteDb>(), await site.Reader("mailer"),
                s.GetRequiredService<IStringLocalizer>(), GroupedResults.MaxForAllSegments + 1)).Select(c => c.Value),
        ]);
        Assert.Contains(segment, many);
        Assert.DoesNotContain("segments", many);
    }

    [Fact]
    public void What_is_left_is_as_large_as_any_group_that_is_shown()
    {
        static string Shown(params int[] sent) => string.Join(' ', GroupedResults
            .Shown([.. sent.Select((n, i) => new GroupedResults.Row($"{i}", n, 0, 0, 0))]).Select(r => (r.IsRest ? "*" : "") + r.Sent));
        Assert.Equal("10 7", Shown(7, 10));
        // One alone would be known by taking the others from all: the next smallest goes with it.
        Assert.Equal("10 *8", Shown(1, 7, 10));
        Assert.Equal("9 *6", Shown(1, 2, 3, 9));
        Assert.Equal("", Shown(1, 2));
        Assert.Equal("", Shown());
        Assert.Equal("*14", Shown(4, 10));
    }

    [Theory]
    // By the segments in which recipients are, as bits: 1 is the older one, 2 the newer.
    [InlineData(2, "0:50 1:1 3:20", 1)] // All of the older one but one person.
    [InlineData(2, "0:50 1:20 3:4", 1)] // They share four.
    [InlineData(2, "0:3 1:20 2:20 3:9", 1)] // Both together are all but three.
    [InlineData(2, "0:50 1:20 2:20", 3)]
    [InlineData(2, "0:50 3:20", 3)] // The same persons.
    [InlineData(2, "0:50 1:4 2:20", 2)]
    [InlineData(1, "1:20", 1)]
    [InlineData(1, "0:4 1:20", 0)]
    // Each pair is apart, but who is in all three is known by sums and differences.
    [InlineData(3, "0:50 1:9 2:9 3:9 4:9 5:9 6:9 7:1", 3)]
    public void Segments_are_shown_while_no_sum_or_difference_tells_of_fewer_than_five(int count, string sent, int shown) =>
        Assert.Equal(shown, GroupedResults.Apart(Counts(sent), count));

    [Theory]
    [InlineData("0:50 1:20", "0:0 1:20", 0)]
    [InlineData("0:50 1:20", "0:1 1:20", 1)] // A prefecture, and all of it but one person.
    [InlineData("0:50 1:20", "0:2 1:18", 1)] // Two differ on each side.
    [InlineData("0:50 1:20", "0:49 1:1", 1)] // All that are not in the segment, but for two.
    [InlineData("0:50 1:20", "0:10 1:10", 0)]
    public void A_segment_that_is_a_group_by_an_attribute_but_for_a_few_persons_is_not_shown(string sent, string group, int near) =>
        Assert.Equal(near, GroupedResults.Near([Counts(group)], Counts(sent), 1));

    static Dictionary<int, int> Counts(string text) =>
        text.Split(' ').Select(c => c.Split(':')).ToDictionary(c => int.Parse(c[0]), c => int.Parse(c[1]));

    [Fact]
    public async Task A_segment_with_one_condition_more_is_not_shown_where_the_difference_is_one_person()
    {
        var site = await host.NewSite();
        await site.AddReaders(14);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve("News", "Hello");
        await site.Until(id, MailingState.Finished);
        Task<long?> Frozen(string name, int from, int to) => site.Db<long?>(async db =>
        {
            var emails = Enumerable.Range(from, to - from + 1).Select(n => $"m{n}@example.com").ToList();
            var members = await db.Members.Where(m => emails.Contains(m.Email!)).Select(m => m.Id).ToListAsync();
            var segment = new Segment { FrozenAt = db.Now, Count = members.Count, CreatedAt = db.Now };
            segment.Rename(name);
            db.Segments.Add(segment);
            await db.SaveChangesAsync();
            db.SegmentMembers.AddRange(members.Select(m => new SegmentMember { SegmentId = segment.Id, MemberId = m }));
            await db.SaveChangesAsync();
            return segment.Id;
        });
        var (first, but) = (await Frozen("One to eight", 1, 8), await Frozen("All of them but one", 2, 8));
        async Task<string> Rows(string by) => string.Join(", ", (await mailer.Get($"/staff/mailings/{id}/results?by={by}")).Document
            .QuerySelectorAll("section[aria-labelledby=by-title] tbody tr th").Select(h => h.TextContent.Trim()));
        Assert.Equal("One to eight", await Rows("segments"));
        Assert.Equal("One to eight", await Rows($"s{first}"));
        Assert.Equal("", await Rows($"s{but}"));
        // Without the other one nothing is told by it.
        await site.Db(db => db.Segments.Where(s => s.Id == first).ExecuteDeleteAsync());
        Assert.Equal("All of them but one", await Rows($"s{but}"));
        // Now it is a domain but for one person.
        await site.Db(async db =>
        {
            var there = Enumerable.Range(1, 8).Select(n => $"m{n}@example.com").ToList();
            foreach (var member in await db.Members.Where(m => there.Contains(m.Email!)).ToListAsync())
                member.NormalizedEmail = member.NormalizedEmail!.Split('@')[0] + "@elsewhere.example";
            return await db.SaveChangesAsync();
        });
        Assert.Equal("", await Rows($"s{but}"));
    }
}
