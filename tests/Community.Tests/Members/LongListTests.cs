using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Lists that grow for years are paged by key: every entry stands on one page, whatever happens meanwhile.</summary>
[OnBothDatabases]
public sealed class LongListTests(TestHost host)
{
    [Fact]
    public async Task Registrations_that_wait_consents_and_answers_to_terms_are_paged_to_their_end()
    {
        var site = await host.NewSite();
        var (anna, admin) = (await site.Reader("anna"), await site.SignIn("admin"));
        await site.Db(async db =>
        {
            for (var i = 0; i < 60; i++)
            {
                var member = Member.Create($"Waits {i}", EmailAddress.Parse($"waits{i}@example.com"), db.Now);
                // Many of them in the same moment.
                member.AddressHash = "waits" + i;
                member.Await(db.Now.AddMinutes(-i / 20));
                db.Members.Add(member);
                db.ConsentEvents.Add(
                    new() { MemberId = anna.Id!.Value, KindId = 1, At = db.Now, Source = ConsentSource.Profile, Text = $"Words {i}." });
            }
            var version = new TermsVersion { Kind = TermsKind.Terms, Number = 1, ChangedAt = db.Now };
            db.Add(version);
            await db.SaveChangesAsync();
            for (var i = 0; i < 45; i++)
                db.Add(
                    new TermsAnswer
                    {
                        MemberId = anna.Id!.Value,
                        VersionId = version.Id,
                        Kind = TermsAnswerKind.Told,
                        At = db.Now,
                        Way = TermsWay.Page,
                        Language = "en",
                        Digest = $"digest {i}.",
                    }
                );
            return await db.SaveChangesAsync();
        });
        var waiting = await Walk(admin, "/staff/approvals", "h2 a[href^='/staff/members/']", e => e.TextContent.Trim());
        Assert.Equal((60, 60), (waiting.Count, waiting.Distinct().Count()));
        Assert.Equal("Waits 40", waiting[0]);
        var own = await site.SignIn("anna");
        foreach (var (visitor, url) in new[] { (own, "/account/mail"), (admin, $"/staff/members/{anna.Id}/consents") })
        {
            var words = await Walk(visitor, url, ".log .log-detail", e => e.TextContent.Trim());
            Assert.Equal(60, words.Where(w => w.Contains("Words")).Distinct().Count());
        }
        foreach (var (visitor, url) in new[] { (own, "/account"), (admin, $"/staff/members/{anna.Id}") })
        {
            var digests = await Walk(visitor, url, "a[href^='/terms/'][title]", e => e.GetAttribute("title")!);
            Assert.Equal((45, 45), (digests.Count, digests.Distinct().Count()));
        }
        // Nonsense in the address is the beginning.
        Assert.Contains("Waits 40", (await admin.Get("/staff/approvals?after=x-y")).Text);
    }

    static async Task<List<string>> Walk(Visitor visitor, string url, string entries, Func<AngleSharp.Dom.IElement, string> what)
    {
        var all = new List<string>();
        for (string? next = url; next is not null;)
        {
            var page = await visitor.Get(next);
            all.AddRange(page.Document.QuerySelectorAll(entries).Select(what));
            next = page.Document.QuerySelector(".pager a[rel=next]")?.GetAttribute("href");
            Assert.True(all.Count < 1000);
        }
        return all;
    }
}
