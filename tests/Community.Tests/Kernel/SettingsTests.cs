using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.Json.Nodes;
using Community.Boards;
using Community.Members;
using Community.Sites;
using Community.Tests.Boards;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Kernel;

/// <summary>What a site decides about its features, on a page that makes itself.</summary>
public sealed class SettingsTests(TestHost host)
{
    static readonly Action<JsonObject> closed = r =>
        r["settings"] = JsonNode.Parse("""{ "registration": { "mode": "closed", "closedText": "Ask at the desk." } }""");

    [Fact]
    public async Task An_administrator_closes_registration_and_the_page_and_every_link_to_it_say_so()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        Assert.NotNull((await site.Visitor().Get("/")).Document.QuerySelector("a[href^='/register']"));
        var form = await admin.Get("/staff/settings/registration");
        var saved = await admin.Submit(form, new() { ["mode"] = "closed", ["closedText"] = "Ask at the desk." });
        Assert.Contains("The settings were saved.", saved.Text);
        foreach (var page in new[] { "/", "/sign-in", "/boards", "/boards/general" })
            Assert.Null((await site.Visitor().Get(page)).Document.QuerySelector("a[href^='/register']"));
        Assert.Contains("Ask at the desk.", (await site.Visitor().Get("/register")).Text);
        Assert.Null((await site.Visitor().Get("/register")).Document.QuerySelector("input[name=Password]"));
        var record = await site.Db(db => db.Audit.SingleAsync(a => a.Action == "settings.change" && a.Purpose == "registration"));
        Assert.Equal("registration", record.Purpose);
        Assert.Contains(
            new AuditChange("registration.mode", "field.registration.mode.open", "field.registration.mode.closed"),
            record.ReadChanges()
        );
        Assert.Contains("Who may register: everybody → nobody: staff register members", (await admin.Get("/staff/audit")).Text);
    }

    [Fact]
    public async Task The_audit_log_says_in_words_which_part_was_changed_and_by_whom()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        // A purpose of looking at members' data is called "mailing", too.
        await admin.Submit(await admin.Get("/staff/settings/mailing"), new() { ["approveFrom"] = "5" });
        var lines = (await admin.Get("/staff/audit")).Document.QuerySelectorAll(".log-detail").Select(d => d.TextContent).ToList();
        Assert.Contains(lines, l => l.StartsWith("Mailings · ", StringComparison.Ordinal));
        await admin.Get("/language/ja");
        var name = (await site.Reader("admin")).Name;
        Assert.Contains($"{name}が設定を変更", (await admin.Get("/staff/audit")).Document.QuerySelector(".log")!.TextContent);
    }

    [Fact]
    public async Task A_form_of_before_registers_nobody_where_registration_is_closed_and_the_link_of_an_event_still_does()
    {
        var site = await host.NewSite();
        var visitor = site.Visitor();
        var before = await visitor.Get("/register");
        var admin = await site.SignIn("admin");
        await admin.Submit(await admin.Get("/staff/settings/registration"), new() { ["mode"] = "closed" });
        var fields = new Dictionary<string, string>
        {
            ["Name"] = "Dora",
            ["Email"] = "dora@example.com",
            ["Password"] = "a violet bicycle rests",
        };
        await visitor.Post(before, fields);
        Assert.False(await site.Db(db => db.Members.AnyAsync(m => m.Email == "dora@example.com")));
        var staff = await site.Reader("admin");
        var link = EventLinks.UrlOf(await site.With<EventLinks, string>(links => links.Make(staff, 12)));
        await site.Visitor().Submit(link, fields);
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Email == "dora@example.com")));
    }

    [Fact]
    public async Task What_does_not_fit_is_said_beside_the_field_and_nothing_is_saved()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var refused = await admin.Submit(
            "/staff/settings/boards",
            new() { ["topicsOnFrontPage"] = "31", ["deletedPostsKept"] = "400", ["menuName"] = new string('x', 31) }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("Type a whole number from 3 to 30.", refused.Text);
        Assert.Contains("Give a length of time from 1 day to 365 days.", refused.Text);
        Assert.Contains("This takes at most 30 characters; there are 31.", refused.Text);
        Assert.Equal("400", refused.Document.QuerySelector("#deletedPostsKept")!.GetAttribute("value"));
        Assert.False(await site.Db(db => db.StoredSettings.AnyAsync(s => s.Part == "boards")));
        // As a Japanese keyboard writes them.
        await admin.Submit(
            refused,
            new()
            {
                ["topicsOnFrontPage"] = "\uff11\uff12",
                ["deletedPostsKept"] = "\uff17",
                ["menuName"] = "Talk",
            }
        );
        var now = await site.With<Settings<BoardsSettings>, BoardsSettings>(async s => await s.Get());
        Assert.Equal((12, TimeSpan.FromDays(7), "Talk"), (now.TopicsOnFrontPage, now.DeletedPostsKept, now.MenuName));
        Assert.Contains((await site.Visitor().Get("/")).Document.QuerySelectorAll("nav a"), a => a.TextContent.Trim() == "Talk");
    }

    [Fact]
    public async Task Who_saves_an_older_form_is_told_who_was_first_and_may_save_again()
    {
        var site = await host.NewSite();
        var (admin, other) = (await site.SignIn("admin"), await site.SignIn("admin"));
        var older = await other.Get("/staff/settings/boards");
        await admin.Submit("/staff/settings/boards", new() { ["menuName"] = "First" });
        var told = await other.Submit(older, new() { ["menuName"] = "Second" });
        Assert.Contains("You saved other settings in another window", told.Text);
        Assert.Equal("Second", told.Document.QuerySelector("#menuName")!.GetAttribute("value"));
        Assert.Equal("First", (await site.With<Settings<BoardsSettings>, BoardsSettings>(async s => await s.Get())).MenuName);
        await other.Submit(told, new() { ["menuName"] = "Second" });
        Assert.Equal("Second", (await site.With<Settings<BoardsSettings>, BoardsSettings>(async s => await s.Get())).MenuName);
    }

    [Fact]
    public async Task Settings_are_read_once_and_another_node_hears_of_a_change_within_seconds()
    {
        await using var first = await TestHost.Start();
        await using var second = await TestHost.Start(new() { ["Community:Data"] = first.Data, ["Community:Database"] = first.Database });
        var site = await first.NewSite();
        var elsewhere = new TestSite(second, site.Site);
        Assert.NotNull((await elsewhere.Visitor().Get("/sign-in")).Document.QuerySelector("a[href^='/register']"));
        var admin = await site.SignIn("admin");
        await admin.Submit(await admin.Get("/staff/settings/registration"), new() { ["mode"] = "closed" });
        await TestSite.Until(
            async () => (await elsewhere.Visitor().Get("/sign-in")).Document.QuerySelector("a[href^='/register']") is null,
            "the other node shows it"
        );
    }

    [Fact]
    public async Task The_page_of_settings_shows_all_parts_with_their_values_and_what_only_the_operator_changes_with_the_reason()
    {
        var site = await host.NewSite(closed);
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff/settings");
        // 0 that is no number is said in words.
        var age = page.Document.QuerySelectorAll("#registration dt").Single(t => t.TextContent == "Least age");
        Assert.Equal("not asked", age.NextElementSibling!.TextContent);
        foreach (
            var part in host
                .Services.GetRequiredService<ModuleList>()
                .Of(site.Site)
                .SelectMany(m => m.Settings)
                .Where(p => p.Fields.Count > 0)
        )
        {
            Assert.NotNull(page.Document.QuerySelector($"a[href='/staff/settings#{part.Name}']"));
            Assert.NotNull(page.Document.QuerySelector($"#{part.Name} a[href='/staff/settings/{part.Name}']"));
            Assert.Equal(HttpStatusCode.OK, (await admin.Get("/staff/settings/" + part.Name)).Status);
        }
        Assert.Contains("nobody: staff register members", page.Document.QuerySelector("#registration")!.TextContent);
        var fixedOnes = page.Document.QuerySelector("#operator")!;
        Assert.Contains(site.Site.CanonicalHost, fixedOnes.TextContent);
        Assert.Contains("A domain has to lead here", fixedOnes.TextContent);
        Assert.Null(fixedOnes.QuerySelector("input, select, a"));
    }

    [Fact]
    public async Task A_new_name_and_sender_are_seen_at_once_and_recorded_with_before_and_after()
    {
        var site = await host.NewSite();
        var before = site.Site.Name;
        var admin = await site.SignIn("admin");
        var empty = await admin.Submit("/staff/settings/identity", new() { ["name"] = " " });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, empty.Status);
        await admin.Submit(
            "/staff/settings/identity",
            new() { ["name"] = "The Mug Club", ["tagline"] = "All about mugs", ["mailFromName"] = "Mugs" }
        );
        var front = await site.Visitor().Get("/");
        Assert.Contains("The Mug Club", front.Title);
        Assert.Contains("All about mugs", front.Text);
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        var mail = await Sent(site, "members.reset");
        Assert.Equal("Mugs", mail.From.Mailboxes.Single().Name);
        Assert.Contains("The Mug Club", mail.Subject);
        var record = await site.Db(db => db.Audit.SingleAsync(a => a.Action == "settings.change" && a.Purpose == "identity"));
        Assert.Contains(new AuditChange("identity.name", before, "The Mug Club"), record.ReadChanges());
        // The form shows what holds now, also if the operator has changed it since.
        Assert.Equal("Mugs", (await admin.Get("/staff/settings/identity")).Document.QuerySelector("#mailFromName")!.GetAttribute("value"));
    }

    [Fact]
    public async Task Below_each_mail_stand_who_runs_the_site_and_the_documents_and_answers_go_where_the_site_wants_them()
    {
        var site = await host.NewSite();
        await TermsTests.Publish(site, TermsKind.Privacy, TermsTests.Fields("We keep little."));
        var admin = await site.SignIn("admin");
        await admin.Get("/agree");
        var wrong = await admin.Submit("/staff/settings/contact", new() { ["replyTo"] = "nobody" });
        Assert.Contains("Enter an e-mail address", wrong.Document.QuerySelector("#replyTo-error")!.TextContent);
        await admin.Submit(
            wrong,
            new() { ["replyTo"] = "desk@example.com", ["postalAddress"] = "Mugs Ltd <x>\n1 Kiln Lane", ["contact"] = "03-0000-0000" }
        );
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        var mail = await Sent(site, "members.reset");
        Assert.Equal("desk@example.com", mail.ReplyTo.Mailboxes.Single().Address);
        foreach (var words in new[] { "Mugs Ltd <x>", "1 Kiln Lane", "03-0000-0000", "/privacy" }) Assert.Contains(words, mail.TextBody);
        Assert.Contains("Mugs Ltd &lt;x&gt;<br>1 Kiln Lane", mail.HtmlBody);
        Assert.Contains("/privacy\"", mail.HtmlBody);
    }

    [Fact]
    public async Task A_site_in_one_language_offers_no_other_and_writes_to_everybody_in_its_own()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await site.Db(db =>
            db.Members.Where(m => m.Email == "anna@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.Language, "ja"))
        );
        Assert.Contains("掲示板", (await anna.Get("/boards")).Text);
        var admin = await site.SignIn("admin");
        await admin.Submit("/staff/settings/identity", new() { ["oneLanguage"] = "true" });
        var page = await anna.Get("/boards");
        Assert.Equal("en", page.Document.DocumentElement.GetAttribute("lang"));
        Assert.Null(page.Document.QuerySelector("a[href^='/language/']"));
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get("/language/ja")).Status);
        Assert.Null((await anna.Get("/account")).Document.QuerySelector("[name=Language]"));
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        Assert.Equal("en", await site.Db(db => db.SystemMails.Where(m => m.Kind == "members.reset").Select(m => m.Culture).SingleAsync()));
        await admin.Submit("/staff/settings/identity", new() { ["oneLanguage"] = "" });
        Assert.Contains("掲示板", (await anna.Get("/boards")).Text);
    }

    static async Task<MimeKit.MimeMessage> Sent(TestSite site, string kind)
    {
        await TestSite.Until(
            () => site.Db(db => db.SystemMails.AnyAsync(m => m.Kind == kind && m.State == SystemMailState.Sent)),
            "it is sent"
        );
        var id = await site.Db(db => db.SystemMails.Where(m => m.Kind == kind).Select(m => m.MessageId).SingleAsync());
        var mailbox = (DevMailbox)site.Host.Services.GetRequiredService<MailTransport>();
        foreach (var file in mailbox.Files())
            if (
                (await mailbox.Open(file))!.Value.Message is var message
                && message.MessageId!.StartsWith(id.ToString("N"), StringComparison.Ordinal)
            )
                return message;
        throw new InvalidOperationException("It is not in the mailbox.");
    }

    [Fact]
    public async Task Only_administrators_change_settings()
    {
        var site = await host.NewSite();
        foreach (var who in new[] { "anna", "mod", "mailer", "web" })
            Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn(who)).Get("/staff/settings/members")).Status);
        await Assert.ThrowsAsync<Denied>(() => site.With<ChangeSettings, SettingsResult>(change =>
            change.Save(Part("members"), f => f.Write(f.Default), 0)
        ));
    }

    [Fact]
    public async Task A_recipe_sets_them_and_what_no_setting_can_be_is_told_with_its_path()
    {
        var site = await host.NewSite(closed);
        Assert.Contains("Ask at the desk.", (await site.Visitor().Get("/register")).Text);
        var wrong = await Assert.ThrowsAsync<RecipeException>(() => host.NewSite(r => r["settings"] = JsonNode.Parse(
            """{ "members": { "unconfirmedKept": "91 days", "signInsKept": "perhaps", "visitor": 1 }, "nobody": {}, "boards": 3 }"""
        )));
        Assert.Equal(
            [
                "settings.members.unconfirmedKept",
                "settings.members.signInsKept",
                "settings.members.visitor",
                "settings.nobody",
                "settings.boards",
            ],
            wrong.Problems.Select(p => p.Property)
        );
    }

    [Fact]
    public void Every_setting_has_its_words_in_both_languages_and_a_default_that_fits()
    {
        var texts = (Texts)host.Services.GetRequiredService<IStringLocalizer>();
        var parts = host.Services.GetRequiredService<ModuleList>().Settings;
        Assert.True(parts.Sum(p => p.Fields.Count) > 8);
        foreach (var part in parts)
            foreach (var field in part.Fields)
            {
                Assert.Null(field.Read(field.Write(field.Default)).Problem);
                foreach (var language in Texts.Languages)
                    Assert.Equal(
                        [],
                        field.Choices.Select(c => $"{field.Text}.{c}").Append(field.Text).Append("settings." + part.Name)
                            .Where(key => texts.In(language, key).ResourceNotFound)
                    );
            }
    }

    sealed record Unbounded { public int Number { get; set; } = 3; }
    sealed record Bounded { [Range(1, 9)] public int Number { get; set; } = 3; [MaxLength(5)] public string Word { get; set; } = "a"; }

    [Fact]
    public void A_setting_without_bounds_is_refused_when_the_host_starts_and_a_kept_value_beyond_them_is_the_default()
    {
        Assert.Throws<InvalidOperationException>(() => SettingsPart.Of<Unbounded>("x"));
        var part = SettingsPart.Of<Bounded>("x");
        Assert.Equal(new Bounded { Word = "b" }, part.Read("""{ "number": 10, "word": "b", "gone": 1 }"""));
    }

    [Theory]
    [InlineData("14 days", 14 * 24 * 60)]
    [InlineData("1 hour", 60)]
    [InlineData(" 90  minutes", 90)]
    [InlineData("-1 days", null)]
    [InlineData("9999999999999999999 days", null)]
    [InlineData("99999999 days", null)]
    [InlineData("1.5 days", null)]
    [InlineData("days", null)]
    [InlineData("3 weeks", null)]
    public void A_length_of_time_is_a_number_and_a_unit(string text, int? minutes) =>
        Assert.Equal(minutes, (int?)Durations.Parse(text)?.TotalMinutes);

    SettingsPart Part(string name) => host.Services.GetRequiredService<ModuleList>().Settings.Single(p => p.Name == name);
}
