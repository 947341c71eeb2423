using System.Net;
using Community.Kernel;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Files;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Kinds of mail, the evidence of consent, and consent on paper.</summary>
[OnBothDatabases]
public sealed class MailKindTests(TestHost host)
{
    static Task<long> Kind(TestSite site, string key) =>
        site.Db(db => db.MailKinds.Where(k => k.Key == key).Select(k => k.Id).SingleAsync());

    static Task<long> Id(TestSite site, string name) =>
        site.Db(db => db.Members.Where(m => m.Name == name).Select(m => m.Id).SingleAsync());

    static Task<List<string>> Receivers(TestSite site, long kind) =>
        site.Db(db => db.Members.MayReceive(kind).OrderBy(m => m.Name).Select(m => m.Name).ToListAsync());

    [Fact]
    public async Task A_kind_is_made_renamed_moved_ended_and_taken_up_on_the_site()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await admin.Submit(
            "/staff/mail-kinds/new",
            new() { ["name.en"] = "Workshops", ["name.ja"] = "ワークショップ", ["sentence.en"] = "Twice a year." }
        );
        Assert.Contains("The kind of mail is made.", page.Text);
        var kind = await Kind(site, "workshops");
        // Offered in the reader's language, and never ticked beforehand.
        var anna = await site.SignIn("anna");
        page = await anna.Get("/account");
        var box = page.Document.QuerySelector($"input[name=Kinds][value='{kind}']")!;
        Assert.False(box.HasAttribute("checked"));
        Assert.Contains("Twice a year.", box.ParentElement!.TextContent);
        await anna.Get("/language/ja");
        Assert.Contains("ワークショップ", (await anna.Get("/account")).Text);

        page = await admin.Submit($"/staff/mail-kinds/{kind}", new() { ["name.en"] = "Courses" });
        Assert.Contains("Courses", page.Text);
        Assert.Equal([1, 2], await site.Db(db =>
            db.MailKindTexts.Where(t => t.KindId == kind).OrderBy(t => t.Revision).Select(t => t.Revision).ToListAsync()));
        Assert.Equal("workshops", await site.Db(db => db.MailKinds.Where(k => k.Id == kind).Select(k => k.Key).SingleAsync()));

        await admin.Submit(page, new() { ["up"] = "true" }, $"form[action='/staff/mail-kinds/{kind}/place']");
        Assert.Equal(["news", "workshops", "events"], await site.Db(db => db.MailKinds.InOrder().Select(k => k.Key).ToListAsync()));

        var news = await Kind(site, "news");
        Assert.Equal(["Anna", "Ben"], await Receivers(site, news));
        await admin.Submit($"/staff/mail-kinds/{news}", [], "form[action$='/end']");
        Assert.Empty(await Receivers(site, news));
        Assert.DoesNotContain("News", (await (await site.SignIn("ben")).Get("/account")).Document.QuerySelector("main")!.TextContent);
        await admin.Submit($"/staff/mail-kinds/{news}", [], "form[action$='/end']");
        Assert.Equal(["Anna", "Ben"], await Receivers(site, news));
        Assert.Equal(
            ["members.kind-edit", "members.kind-end", "members.kind-make", "members.kind-order", "members.kind-resume"],
            await site.Db(db =>
                db.Audit.Where(a => a.Action.StartsWith("members.kind-")).Select(a => a.Action).Distinct().OrderBy(a => a).ToListAsync())
        );
    }

    [Fact]
    public async Task A_wrong_name_is_said_and_what_was_typed_stays()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var page = await admin.Submit("/staff/mail-kinds/new", new() { ["name.en"] = "ｎｅｗｓ", ["sentence.en"] = "Kept words" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("Another kind has this name already.", page.Text);
        Assert.Contains("Kept words", page.Html);
        page = await admin.Submit("/staff/mail-kinds/new", new() { ["name.en"] = "　" });
        Assert.Contains("Enter a name.", page.Text);
        page = await admin.Submit("/staff/mail-kinds/new", new() { ["name.en"] = new string('x', 61) });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(2, await site.Db(db => db.MailKinds.CountAsync()));
    }

    [Fact]
    public async Task The_log_keeps_the_words_their_revision_and_from_where_and_both_sides_read_it()
    {
        var site = await host.NewSite();
        var (anna, events) = (await Id(site, "Anna"), await Kind(site, "events"));
        var member = await site.SignIn("anna");
        await member.Submit("/account", new() { ["Kinds"] = events.ToString() }, "form:has([name=Kinds])");
        var entry = await site.Db(db =>
            db.ConsentEvents.Include(e => e.Proof).SingleAsync(e => e.MemberId == anna && e.KindId == events && e.Source == "profile"));
        Assert.Equal((1, ConsentAction.Grant), (entry.Revision!.Value, entry.Action));
        Assert.True(entry.Text.Length > 0);
        Assert.NotEqual("", entry.Proof!.Network);
        foreach (var page in new[]
        {
            await member.Get("/account/mail"), await (await site.SignIn("admin")).Get($"/staff/members/{anna}/consents"),
        })
        {
            Assert.Contains(entry.Text, page.Text);
            Assert.Contains("Text 1", page.Text);
        }
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.consent-log" && a.SubjectId == anna)));
    }

    [Fact]
    public async Task A_box_ticked_beside_words_that_were_changed_meanwhile_is_shown_again()
    {
        var site = await host.NewSite();
        var events = await Kind(site, "events");
        var (anna, admin) = (await site.SignIn("anna"), await site.SignIn("admin"));
        var old = await anna.Get("/account");
        await admin.Submit($"/staff/mail-kinds/{events}", new() { ["sentence.en"] = "Now daily, with offers of partners." });
        var page = await anna.Submit(old, new() { ["Kinds"] = events.ToString() }, "form:has([name=Kinds])");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("was changed while you had this page open", page.Text);
        Assert.DoesNotContain("Anna", await Receivers(site, events));
        await anna.Submit(page, new() { ["Kinds"] = events.ToString() }, "form:has([name=Kinds])");
        Assert.Contains("Anna", await Receivers(site, events));
        Assert.Equal(2, await site.Db(db => db.ConsentEvents.OrderByDescending(e => e.Id).Where(e => e.KindId == events)
            .Select(e => e.Revision).FirstAsync()));
    }

    [Fact]
    public async Task A_kind_that_is_granted_after_all_was_stopped_opens_alone_whatever_the_clock_says()
    {
        var site = await host.NewSite();
        var (ben, news, events) = (await Id(site, "Ben"), await Kind(site, "news"), await Kind(site, "events"));
        await site.With<Consents, int>(async c =>
        {
            await c.WithdrawAll(ben, ConsentSource.Profile, "");
            return 0;
        });
        // The clock was an hour ahead when everything was stopped.
        await site.Db(db => db.Members.Where(m => m.Id == ben)
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.MailStoppedAt, DateTime.UtcNow.AddHours(1))));
        await site.With<Consents, int>(async c =>
        {
            await c.Grant(ben, news, ConsentSource.Profile, "x");
            return 0;
        });
        Assert.Contains("Ben", await Receivers(site, news));
        Assert.DoesNotContain("Ben", await Receivers(site, events));
        // That all was stopped stays on record, beside the new consent.
        Assert.NotNull(await site.Db(db => db.Members.Where(m => m.Id == ben).Select(m => m.MailStoppedAt).SingleAsync()));
    }

    [Fact]
    public async Task Consent_on_paper_is_recorded_with_its_proof_and_an_older_paper_brings_nothing_back()
    {
        var site = await host.NewSite();
        var (anna, ben, events) = (await Id(site, "Anna"), await Id(site, "Ben"), await Kind(site, "events"));
        var admin = await site.SignIn("admin");
        var path = $"/staff/members/{anna}/consents";
        var page = await admin.Submit(path, new() { ["Kind"] = events.ToString(), ["SignedOn"] = "", ["Place"] = "", ["Text"] = "" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        foreach (var said in new[] { "the day on which it was signed", "where it was signed", "Copy the words" })
            Assert.Contains(said, page.Text);
        page = await admin.Submit(page, new()
        {
            ["Kind"] = events.ToString(),
            ["SignedOn"] = "2026-01-20",
            ["Place"] = "Shop Nakano, folder 12",
            ["Text"] = "I want to hear of events.",
        });
        Assert.Contains("The consent is recorded.", page.Text);
        Assert.Contains("Shop Nakano, folder 12", page.Text);
        Assert.Contains("Anna", await Receivers(site, events));
        // The member reads it too, without the name of the staff member.
        page = await (await site.SignIn("anna")).Get("/account/mail");
        Assert.Contains("I want to hear of events.", page.Text);
        Assert.Contains("Recorded by staff", page.Text);

        await site.With<Consents, int>(async c =>
        {
            await c.WithdrawAll(ben, ConsentSource.OneClick, "");
            return 0;
        });
        page = await admin.Submit($"/staff/members/{ben}/consents", new()
        {
            ["Kind"] = events.ToString(),
            ["SignedOn"] = "2026-01-20",
            ["Place"] = "Shop",
            ["Text"] = "Yes",
        });
        Assert.Contains("An older paper does not bring it back.", page.Text);
        Assert.DoesNotContain("Ben", await Receivers(site, events));
    }

    [Fact]
    public async Task The_scan_of_a_paper_is_opened_by_staff_alone_and_is_gone_with_its_member()
    {
        var site = await host.NewSite();
        var (anna, events) = (await Id(site, "Anna"), await Kind(site, "events"));
        var reader = await site.Reader("admin");
        var done = await site.With<RecordPaper, bool>(r => r.Of(
            reader, anna, new(events, new(2026, 1, 2), "Shop", "Yes", new MemoryStream(PictureBytes.Png())), new Problems()));
        Assert.True(done);
        var proof = await site.Db(db => db.ConsentProofs.SingleAsync(p => p.Scan != null));
        var path = $"/staff/members/{anna}/consents/{proof.Id}/scan";
        var answer = await (await site.SignIn("admin")).Get(path);
        Assert.Equal((HttpStatusCode.OK, "image/webp"), (answer.Status, answer.ContentType));
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.consent-scan" && a.SubjectId == anna)));
        foreach (var who in new[] { "anna", "mod", "mailer", "web" })
            Assert.NotEqual(HttpStatusCode.OK, (await (await site.SignIn(who)).Get(path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await (await site.SignIn("admin")).Get($"/files/{proof.Scan}")).Status);
        await site.With<EraseMember, bool>(async e => await e.Erase(anna) is not null);
        Assert.False(await site.Db(db => db.ConsentProofs.AnyAsync(p => p.MemberId == anna)));
        Assert.False(await site.Db(db => db.Files.AnyAsync(f => f.Purpose == FilePurpose.Evidence)));
        // The log stays, as ids and words of the site.
        Assert.True(await site.Db(db => db.ConsentEvents.AnyAsync(e => e.MemberId == anna && e.Source == ConsentSource.Paper)));
    }
}
