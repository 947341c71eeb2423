using System.Net;
using Community.Boards;
using Community.Mailing;
using Community.Members;
using Community.Notifications;
using Community.Tests.Boards;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Members;

/// <summary>Terms of use and privacy policy: versions, who agreed to which text, and what waits until somebody has.</summary>
public sealed class TermsTests(TestHost host)
{
    const string En = "# Rules\n\nBe *kind*.", Ja = "# きまり\n\nお互いを大切に。";
    static readonly TermsFields first = Fields(En, Ja);

    [Fact]
    public async Task Staff_write_a_draft_and_publish_it_and_every_page_links_to_it_in_both_languages()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        Assert.Null((await site.Visitor().Get("/boards")).Document.QuerySelector("footer a[href='/terms']"));
        var draft = await admin.Submit(
            "/staff/terms/new/terms",
            new() { ["words.en"] = En, ["words.ja"] = Ja }
        );
        Assert.EndsWith("/edit", draft.Url.AbsolutePath);
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get("/terms")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get("/terms/1")).Status);
        await admin.Submit(draft, new() { ["Effect"] = "Ask" }, "form:has([name=Effect])");
        var visitor = site.Visitor();
        Assert.NotNull((await visitor.Get("/boards")).Document.QuerySelector("footer a[href='/terms']"));
        Assert.Contains("Be kind.", (await visitor.Get("/terms")).Text);
        Assert.Contains("お互いを大切に。", (await visitor.Get("/language/ja?back=%2Fterms%2F1")).Text);
        Assert.Contains("published a version", (await admin.Get("/staff/audit")).Text);
    }

    [Fact]
    public async Task Whoever_registers_ticks_a_box_that_is_not_ticked_beforehand_and_the_text_that_was_agreed_to_is_on_record()
    {
        var site = await host.NewSite();
        await Publish(site, TermsKind.Terms, first);
        await Publish(site, TermsKind.Privacy, Fields("We keep little.", Ja));
        var dora = site.Visitor();
        var form = await dora.Get("/register");
        var boxes = form.Document.QuerySelectorAll("input[name^=Agree]");
        Assert.Equal(2, boxes.Length);
        Assert.All(boxes, b => Assert.False(b.HasAttribute("checked")));
        var fields = new Dictionary<string, string>
        {
            ["Name"] = "Dora",
            ["Email"] = "dora@example.com",
            ["Password"] = "a violet bicycle rests",
            ["AgreeTerms"] = boxes[0].GetAttribute("value")!,
        };
        var refused = await dora.Submit(form, fields);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.Document.QuerySelector("#AgreePrivacy-error"));
        Assert.True(refused.Document.QuerySelector("#AgreeTerms")!.HasAttribute("checked"));
        fields["AgreePrivacy"] = boxes[1].GetAttribute("value")!;
        await dora.Submit(refused, fields);
        Assert.Equal(0, await site.Db(db => db.TermsAnswers.CountAsync()));
        await dora.Submit(await Mails.Link(site, "dora@example.com", "members.confirm"), [], "main form");
        var answers = await site.Db(db => db.TermsAnswers.OrderBy(a => a.VersionId).ToListAsync());
        Assert.Equal(
            [
                (TermsAnswerKind.Agreed, "register", "en", 1, TermsText.DigestOf(En)),
                (TermsAnswerKind.Agreed, "register", "en", 1, TermsText.DigestOf("We keep little.")),
            ],
            answers.Select(a => (a.Kind, a.Way, a.Language, a.Revision, a.Digest))
        );
        Assert.Contains("on registering", (await dora.Get("/account")).Text);
        Assert.Equal("/boards", (await dora.Get("/boards")).Url.AbsolutePath);
    }

    [OnBothDatabases, Fact]
    public async Task A_version_that_asks_again_leads_each_member_to_it_once_and_what_they_write_waits_with_their_words()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var form = await anna.Get("/boards/general/new");
        await Publish(site, TermsKind.Terms, Fields(En, Ja, "We are kinder now."));
        var asked = await anna.Get("/boards/general");
        Assert.Equal("/agree", asked.Url.AbsolutePath);
        Assert.Contains("We are kinder now.", asked.Text);
        // Reading goes on, with a notice on each page; what is sent is turned back and not lost.
        var reading = await anna.Get("/boards/general");
        Assert.Equal("/boards/general", reading.Url.AbsolutePath);
        Assert.Contains("Waiting for your agreement: Terms of use", reading.Text);
        var stopped = await anna.Submit(form, new() { ["Title"] = "Hello", ["Text"] = "Words that took an hour" });
        Assert.Equal(HttpStatusCode.Forbidden, stopped.Status);
        Assert.Contains("Words that took an hour", stopped.Html);
        Assert.NotNull(stopped.Document.QuerySelector("a[href^='/agree']"));
        await anna.Submit("/agree?returnUrl=%2Fboards", new() { ["AgreeTerms"] = Box(asked) });
        Assert.DoesNotContain("Waiting for your agreement", (await anna.Get("/boards/general")).Text);
        var posted = await anna.Submit(form, new() { ["Title"] = "Hello", ["Text"] = "Words that took an hour" });
        Assert.Equal(HttpStatusCode.OK, posted.Status);
        Assert.Equal(1, await site.Db(db => db.TermsAnswers.CountAsync()));
    }

    [Fact]
    public async Task In_front_of_the_question_stay_the_texts_their_assets_the_own_account_and_signing_out()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await Publish(site, TermsKind.Terms, first);
        foreach (var url in new[] { "/terms", "/terms/1", "/account", "/account/email", "/account/password", "/agree" })
            Assert.Equal(url, (await anna.Get(url)).Url.AbsolutePath);
        foreach (var asset in (await anna.Get("/agree")).Document.QuerySelectorAll("link[rel=stylesheet], link[rel=icon]"))
            Assert.Equal(asset.GetAttribute("href"), (await anna.Get(asset.GetAttribute("href")!)).Url.PathAndQuery);
        await anna.Submit("/account", new() { ["Name"] = "Annabel" }, "form:has([name=Name])");
        Assert.Equal(
            "Annabel",
            await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Name).SingleAsync())
        );
        var gone = await anna.Submit("/account", [], "form[action='/sign-out']");
        Assert.Equal("/sign-in", gone.Url.AbsolutePath);
    }

    /// <summary>
    /// What asks for nothing stops nothing, and what must be agreed to stops writing alone: who reads by a feed or stops mail by its link
    /// is a program, or somebody who wants no more of us.
    /// </summary>
    [Fact]
    public async Task Feeds_pictures_and_the_links_that_stop_mail_never_ask()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        await anna.Start("general", "Before");
        const string feeds = "link[type='application/atom+xml']";
        var own = (await anna.Get("/boards/lounge")).Document.QuerySelector(feeds)!.GetAttribute("href")!;
        var (annas, news) = await site.Db(async db => (
            await db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync(),
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync()
        ));
        var unsubscribe = "/u/" + await site.With<UnsubscribeLinks, string>(l => l.Token(annas, news));
        var stop = "/notifications/stop/" + await site.With<StopLinks, string>(l =>
            l.Token(annas, [NoticeKind.Reply], default));
        // One that may be left unanswered, then one that may not.
        foreach (var effect in new[] { TermsEffect.Tell, TermsEffect.Ask })
        {
            await Publish(site, effect is TermsEffect.Tell ? TermsKind.Privacy : TermsKind.Terms, first, effect);
            foreach (var reader in new[] { anna, site.Visitor() })
                foreach (var feed in new[] { "/boards/general/feed", own })
                    Assert.Equal("application/atom+xml", (await reader.Get(feed)).ContentType);
            foreach (var link in new[] { unsubscribe, stop })
            {
                Assert.Equal(link, (await anna.Get(link)).Url.AbsolutePath);
                var clicked = new HttpRequestMessage(HttpMethod.Post, link + "/one-click")
                {
                    Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]),
                };
                Assert.Equal(HttpStatusCode.OK, (await anna.Send(clicked)).Status);
            }
            if (effect is TermsEffect.Tell) await ben.Start("general", "Unanswered and written");
        }
        Assert.Equal(2, await site.Db(db => db.Topics.CountAsync()));
        Assert.False(await site.Db(db => db.ConsentStates.AnyAsync(c => c.MemberId == annas && c.KindId == news && c.Granted)));
        // A person stops mail by the form, whatever waits for their answer.
        var bens = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync());
        var form = "/u/" + await site.With<UnsubscribeLinks, string>(l => l.Token(bens, news));
        Assert.Contains("no longer receive", (await ben.Submit(form, new() { ["What"] = "all" })).Text);
        Assert.Equal(0, await site.Db(db => db.TermsAnswers.CountAsync()));
    }

    [Fact]
    public async Task Every_version_and_every_correction_of_it_is_read_by_anybody_in_both_languages()
    {
        var site = await host.NewSite();
        var admin = await site.Reader("admin");
        foreach (var (kind, path) in new[] { (TermsKind.Terms, "/terms"), (TermsKind.Privacy, "/privacy") })
        {
            var one = await Publish(site, kind, Fields("First words.", "最初の文。"));
            await site.With<WriteTerms, bool>(w => w.Correct(admin, one, Fields("First words, mended.", "最初の文、訂正済み。"), null, new()));
            await Publish(site, kind, Fields("Words of today.", "今日の文。"));
            (string Url, string En, string Ja)[] texts =
            [
                (path, "Words of today.", "今日の文。"), (path + "/2", "Words of today.", "今日の文。"),
                (path + "/1", "First words, mended.", "最初の文、訂正済み。"), (path + "/1/2", "First words, mended.", "最初の文、訂正済み。"),
                (path + "/1/1", "First words.", "最初の文。"),
            ];
            foreach (var (url, en, ja) in texts)
            {
                var visitor = site.Visitor();
                Assert.Contains(en, (await visitor.Get(url)).Text);
                Assert.Contains(ja, (await visitor.Get("/language/ja?back=" + Uri.EscapeDataString(url))).Text);
            }
            foreach (var none in new[] { "/3", "/0", "/1/3", "/2/2" })
                Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get(path + none)).Status);
        }
    }

    [Fact]
    public async Task Staff_are_asked_and_keep_their_work()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await Publish(site, TermsKind.Terms, first);
        Assert.Equal("/agree", (await admin.Get("/staff")).Url.AbsolutePath);
        Assert.Equal("/staff/settings/boards", (await admin.Get("/staff/settings/boards")).Url.AbsolutePath);
        var saved = await admin.Submit("/staff/settings/boards", new() { ["menuName"] = "Talk" });
        Assert.Contains("The settings were saved.", saved.Text);
        Assert.Contains("Waiting for your agreement", saved.Text);
    }

    [Fact]
    public async Task A_refusal_stands_beside_the_earlier_agreement_and_a_correction_asks_nobody()
    {
        var site = await host.NewSite();
        var one = await Publish(site, TermsKind.Terms, first);
        var anna = await site.SignIn("anna");
        await anna.Submit("/agree", new() { ["AgreeTerms"] = Box(await anna.Get("/agree")) });
        // A typing error: the version stays, its earlier text can be read, nobody is asked.
        var admin = await site.Reader("admin");
        await site.With<WriteTerms, bool>(w => w.Correct(admin, one, Fields("# Rules\n\nBe kind, always.", Ja), null, new()));
        Assert.Equal("/boards", (await anna.Get("/boards")).Url.AbsolutePath);
        Assert.Contains("Be kind, always.", (await site.Visitor().Get("/terms")).Text);
        Assert.Contains("Be kind.", (await site.Visitor().Get("/terms/1/1")).Text);
        await Publish(site, TermsKind.Terms, Fields("Pay a fee.", Ja));
        Assert.Equal("/agree", (await anna.Get("/boards")).Url.AbsolutePath);
        await anna.Submit("/agree", [], "main form:not(:has([name=AgreeTerms]))");
        Assert.Equal("/boards", (await anna.Get("/boards")).Url.AbsolutePath);
        var answers = await site.Db(db =>
            db.TermsAnswers.OrderBy(a => a.Id)
                .Select(a => new
                {
                    a.Kind,
                    a.VersionId,
                    a.Digest,
                })
                .ToListAsync()
        );
        Assert.Equal([TermsAnswerKind.Agreed, TermsAnswerKind.Refused], answers.Select(a => a.Kind));
        Assert.Equal(TermsText.DigestOf(En), answers[0].Digest);
        var staff = await (await site.SignIn("admin")).Get("/staff/members");
        foreach (var v in new[] { "/terms", "/terms/1", "/terms/2", "/terms/1/1" })
            Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(v)).Status);
    }

    [Fact]
    public async Task A_version_that_only_tells_stops_nobody_and_its_notice_goes_when_it_was_seen()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await Publish(site, TermsKind.Privacy, first, TermsEffect.Tell);
        var page = await anna.Get("/boards/general");
        Assert.Equal("/boards/general", page.Url.AbsolutePath);
        Assert.Contains("Privacy policy: version 1 is in force.", page.Text);
        var after = await anna.Submit(page, [], "form[action$='/told']");
        Assert.DoesNotContain("Privacy policy: version 1 is in force.", after.Text);
        Assert.Equal(TermsAnswerKind.Told, await site.Db(db => db.TermsAnswers.Select(a => a.Kind).SingleAsync()));
    }

    [Fact]
    public async Task A_version_for_later_is_announced_can_be_taken_back_and_comes_into_force_by_itself()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        await Publish(site, TermsKind.Terms, first);
        var two = await Publish(site, TermsKind.Terms, Fields("Later.", Ja), from: own.Clock.Now.AddDays(10));
        var anna = await site.SignIn("anna");
        await anna.Submit("/agree", new() { ["AgreeTerms"] = Box(await anna.Get("/agree")) });
        Assert.Contains("Version 2 comes into force on", (await site.Visitor().Get("/terms")).Text);
        Assert.Contains("Later.", (await site.Visitor().Get("/terms/2")).Text);
        Assert.Equal("/boards", (await anna.Get("/boards")).Url.AbsolutePath);
        var admin = await site.Reader("admin");
        Assert.True(await site.With<WriteTerms, bool>(w => w.Withdraw(admin, two)));
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get("/terms/2")).Status);
        await site.With<WriteTerms, bool>(w => w.Publish(admin, two, own.Clock.Now.AddHours(1), TermsEffect.Ask, new()));
        own.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Contains("Later.", (await site.Visitor().Get("/terms")).Text);
        Assert.Equal("/agree", (await anna.Get("/boards")).Url.AbsolutePath);
        Assert.False(await site.With<WriteTerms, bool>(w => w.Withdraw(admin, two)));
    }

    [Fact]
    public async Task What_is_wrong_with_a_text_is_said_beside_it_and_kept()
    {
        var site = await host.NewSite(culture: "ja");
        var admin = await site.SignIn("admin");
        var page = await admin.Submit("/staff/terms/new/privacy", new() { ["words.en"] = "Only English", ["words.ja"] = " " });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.NotNull(page.Document.QuerySelector("[id='words.ja-error']"));
        Assert.Contains("Only English", page.Document.QuerySelector("[id='words.en']")!.TextContent);
    }

    internal static TermsFields Fields(string en, string ja = "", string note = "") =>
        new(Translations.Of(l => l == Texts.Languages[0] ? en : ja), Translations.Of(l => l == Texts.Languages[0] ? note : ""));

    static string Box(Page page) => page.Document.QuerySelector("[name=AgreeTerms]")!.GetAttribute("value")!;

    internal static async Task<long> Publish(
        TestSite site,
        TermsKind kind,
        TermsFields fields,
        TermsEffect effect = TermsEffect.Ask,
        DateTime? from = null
    )
    {
        var admin = await site.Reader("admin");
        var draft = await site.With<WriteTerms, TermsVersion?>(w => w.Draft(admin, kind, fields, new()));
        Assert.True(await site.With<WriteTerms, bool>(w => w.Publish(admin, draft!.Id, from ?? default, effect, new())));
        return draft!.Id;
    }
}

public sealed class TermsActs : ActsOfModule
{
    static readonly TermsFields fields = TermsTests.Fields("x", "x");

    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("WriteTerms.Draft", "admin", c => c.Get<WriteTerms>().Draft(c.Actor, TermsKind.Terms, fields, new())),
            ("WriteTerms.Save", "admin", c => c.Get<WriteTerms>().Save(c.Actor, 1, fields, null, new())),
            ("WriteTerms.Publish", "admin", c => c.Get<WriteTerms>().Publish(c.Actor, 1, default, TermsEffect.Ask, new())),
            ("WriteTerms.Withdraw", "admin", c => c.Get<WriteTerms>().Withdraw(c.Actor, 1)),
            ("WriteTerms.Discard", "admin", c => c.Get<WriteTerms>().Discard(c.Actor, 1)),
            ("WriteTerms.Correct", "admin", c => c.Get<WriteTerms>().Correct(c.Actor, 1, fields, null, new())),
            ("AnswerTerms.Give", "anna", c => c.Get<AnswerTerms>().Give(c.Actor, [], TermsAnswerKind.Agreed, TermsWay.Page)),
        ];
}
