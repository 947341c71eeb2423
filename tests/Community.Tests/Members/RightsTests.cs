using System.IO.Compression;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Files;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Members;

/// <summary>Taking one's data along, having it corrected, leaving; and how staff answer requests.</summary>
public sealed class RightsTests(TestHost host)
{
    [OnBothDatabases, Fact]
    public async Task A_member_downloads_all_of_their_data_after_a_fresh_proof_and_the_mail_has_no_link_to_it()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await MemberPictureTests.Post(anna, PictureBytes.Png(40, 40));
        await anna.Start("general", "Mugs", "Which one?");
        await Make(site, anna);
        var link = await Mails.Link(site, "anna@example.com", "members.archive-ready");
        Assert.Equal("/account/data", link);
        var id = await site.Db(db => db.Archives.Select(a => a.Id).SingleAsync());
        var page = await anna.Get("/account/data");
        await Stale(site);
        var asks = await anna.Submit(page, [], "form[action$='/download']");
        Assert.Equal("/account/confirm", asks.Url.AbsolutePath);
        await anna.Submit(asks, new() { ["Password"] = TestSite.Password });
        page = await anna.Get("/account/data");
        using var zip = await Download(anna, site, page);
        using var data = await JsonDocument.ParseAsync(zip.GetEntry("data.json")!.Open());
        Assert.Equal("Anna", data.RootElement.GetProperty("members").GetProperty("account")[0].GetProperty("name").GetString());
        Assert.Equal("Which one?", data.RootElement.GetProperty("boards").GetProperty("posts")[0].GetProperty("text").GetString());
        var html = await new StreamReader(zip.GetEntry("index.html")!.Open()).ReadToEndAsync();
        // The table of contents names each kind with its number, also zero, and what is not included.
        var texts = (Texts)host.Services.GetRequiredService<IStringLocalizer>();
        foreach (var list in Community.Web.HostModules.All.SelectMany(m => m.PersonalData.Where(d => d.Name is not null), (m, d) => (m, d)))
        {
            var key = $"export.{JsonNamingPolicy.CamelCase.ConvertName(list.m.Name)}.{list.d.Name}";
            foreach (var language in Texts.Languages) Assert.False(texts.In(language, key).ResourceNotFound, key);
            Assert.Matches($"{Regex.Escape(WebUtility.HtmlEncode(texts.In("en", key).Value))}</a></td><td>[0-9]+</td>", html);
        }
        // Of follows, bookmarks and notes there are none, and that is said.
        Assert.True(Regex.Count(html, "</a></td><td>0</td>") > 3, html[..2000]);
        Assert.Matches("<td>1</td>", html);
        Assert.Contains("What is not included", html);
        Assert.Contains("Which one?", html);
        Assert.Single(zip.Entries, e => e.FullName.StartsWith("files/"));
        // Another member finds nothing under its number, whatever password they know.
        var ben = await site.SignIn("ben");
        await Make(site, ben);
        var form = await ben.Get("/account/data");
        var own = await site.Db(db => db.Archives.Where(a => a.Id != id).Select(a => a.Id).SingleAsync());
        form.Document.QuerySelector($"form[action$='/{own}/download']")!.SetAttribute("action", $"/account/data/{id}/download");
        var theirs = await ben.Post(form, [], $"form[action$='/{id}/download']");
        Assert.NotEqual("application/zip", theirs.ContentType);
    }

    [Fact]
    public async Task A_lost_file_is_listed_and_the_rest_is_given_out()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await MemberPictureTests.Post(anna, PictureBytes.Png(40, 40));
        var hash = await site.Db(db => db.Files.Select(f => f.Hash).SingleAsync());
        File.Delete(await site.With<Community.Kernel.Files, string>(f => Task.FromResult(f.PathOf(hash))));
        await Make(site, anna);
        var page = await anna.Get("/account/data");
        Assert.Contains("1 file could not be read", page.Text);
        using var zip = await Download(anna, site, page);
        var html = await new StreamReader(zip.GetEntry("index.html")!.Open()).ReadToEndAsync();
        Assert.Contains("Files that could not be read", html);
        Assert.Contains(hash, html);
    }

    [Fact]
    public async Task A_copy_whose_job_died_is_given_up_the_member_is_told_and_may_ask_again()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        var id = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
        await site.Db(db =>
        {
            db.Archives.Add(new() { MemberId = id, AskedAt = own.Clock.Now, MovedAt = own.Clock.Now, Language = "en" });
            return db.SaveChangesAsync();
        });
        Assert.Contains("It is being made", (await anna.Get("/account/data")).Text);
        own.Clock.Advance(TimeSpan.FromHours(7));
        Assert.NotNull((await anna.Get("/account/data")).Document.QuerySelector("form button:not(.primary)"));
        await Tick<SweepArchives>(site);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.archive-failed"));
        Assert.Contains("A copy could not be made", (await anna.Get("/account/data")).Text);
        await Make(site, anna);
    }

    [Fact]
    public async Task A_copy_is_deleted_when_its_time_is_over()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        await Make(site, anna);
        await site.Rests();
        var folder = Path.Combine(own.Data, "Sites", site.Site.Key, "archives");
        Assert.Single(Directory.EnumerateFileSystemEntries(folder));
        own.Clock.Advance(TimeSpan.FromDays(8));
        await Tick<SweepArchives>(site);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Assert.Equal(0, await site.Db(db => db.Archives.CountAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task A_member_leaves_is_seen_by_nobody_comes_back_within_the_time_and_finds_everything()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Mugs", "Which one?");
        var profile = await site.Db(db =>
            db.Members.Where(m => m.Email == "anna@example.com").Select(m => "/members/" + m.Handle).SingleAsync()
        );
        var page = await anna.Get("/account/leave");
        Assert.Contains("For 14 days you can come back", page.Text);
        Assert.Contains("Your posts stay, as those of a former member.", page.Text);
        await Stale(site);
        var asks = await anna.Submit(page, [], "main form.form");
        Assert.Equal("/account/confirm", asks.Url.AbsolutePath);
        Assert.Equal(MemberState.Active, (await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Name == "Anna"))).State);
        await anna.Submit(asks, new() { ["Password"] = TestSite.Password });
        await anna.Submit("/account/leave", [], "main form.form");
        Assert.Equal("/sign-in", (await anna.Get("/account")).Url.AbsolutePath);
        Assert.Equal(HttpStatusCode.NotFound, (await (await site.SignIn("ben")).Get(profile)).Status);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.leaving"));
        Assert.Equal(0, await site.Db(db => db.Members.MayReceive(1).CountAsync(m => m.Email == "anna@example.com")));
        // The right password opens no session, but the way back and the pages of the own data.
        var back = await anna.Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        Assert.Equal("/account/come-back", back.Url.AbsolutePath);
        Assert.Equal("/sign-in", (await anna.Get("/account")).Url.AbsolutePath);
        Assert.Equal("/account/data", (await anna.Get("/account/data")).Url.AbsolutePath);
        await anna.Submit("/account/come-back", [], "main form");
        var again = await anna.Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        Assert.NotNull(again.Document.QuerySelector("form[action='/sign-out']"));
        Assert.Contains("Which one?", (await anna.Get(topic)).Text);
        Assert.Equal(RightsState.Withdrawn, await site.Db(db => db.RightsRequests.Select(r => r.State).SingleAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task When_the_time_is_over_a_reminder_went_out_and_a_job_erases_with_a_record_of_what_was_done()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        await anna.Start("general", "Mugs", "Which one?");
        await anna.Submit("/account/leave", [], "main form");
        own.Clock.Advance(TimeSpan.FromDays(12));
        await Tick<EraseLeavers>(site);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.leaving-reminder"));
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Email == "anna@example.com")));
        own.Clock.Advance(TimeSpan.FromDays(3));
        await Tick<EraseLeavers>(site);
        await TestSite.Until(async () => !await site.Db(db => db.Members.AnyAsync(m => m.Email == "anna@example.com")), "she is erased");
        var request = await site.Db(db => db.RightsRequests.SingleAsync());
        Assert.Equal(RightsState.Done, request.State);
        var boards = request.ReadOutcome().Single(p => p.Module == "Boards");
        Assert.True(boards.Anonymised >= 2);
        var admin = await site.SignIn("admin");
        Assert.Contains("Erased member", (await admin.Get("/staff/requests?closed=true")).Text);
        Assert.Contains("Without the person", (await admin.Get($"/staff/requests/{request.Id}")).Text);
    }

    [Fact]
    public async Task A_suspended_member_still_reaches_their_data()
    {
        var site = await host.NewSite();
        await site.Db(db => db.Members.Where(m => m.Email == "sus@example.com").ExecuteUpdateAsync(s =>
            s.SetProperty(m => m.PasswordHash, db.Members.Where(a => a.Email == "anna@example.com").Select(a => a.PasswordHash).First())
        ));
        var sus = site.Visitor();
        Assert.Equal("/sign-in", (await sus.Get("/account/data")).Url.AbsolutePath);
        var told = await sus.Submit("/sign-in", new() { ["Email"] = "sus@example.com", ["Password"] = TestSite.Password });
        Assert.Equal(HttpStatusCode.Forbidden, told.Status);
        Assert.NotNull(told.Document.QuerySelector("a[href='/account/data']"));
        var page = await sus.Get("/account/data");
        Assert.Contains("Your rights to your data stay", page.Text);
        await sus.Submit(page, new() { ["Message"] = "My name is spelled wrongly." });
        Assert.Equal(RightsKind.Correction, await site.Db(db => db.RightsRequests.Select(r => r.Kind).SingleAsync()));
        await Make(site, sus, "sus@example.com");
        Assert.Equal("/sign-in", (await sus.Get("/account")).Url.AbsolutePath);
        Assert.Equal(HttpStatusCode.OK, (await sus.Get("/account/leave")).Status);
    }

    [Fact]
    public async Task Staff_write_down_a_request_with_its_clock_and_answer_decline_or_erase()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var admin = await site.SignIn("admin");
        var ben = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        var page = await admin.Submit(
            "/staff/requests/new",
            new() { ["Who"] = $"#{ben}", ["Kind"] = "Disclosure", ["Way"] = "letter", ["Message"] = "All of it" }
        );
        Assert.Contains("by letter", page.Text);
        Assert.Contains("1 request about somebody's data waits", (await admin.Get("/staff")).Text);
        own.Clock.Advance(TimeSpan.FromDays(15));
        admin = await site.SignIn("admin");
        Assert.Contains("overdue", (await admin.Get("/staff/requests")).Text);
        page = await admin.Submit(page.Url.AbsolutePath, [], "form[action$='/archive']");
        await TestSite.Until(() => site.Db(db => db.Archives.AnyAsync(a => a.State == ArchiveState.Ready)), "the copy is made");
        page = await admin.Get(page.Url.AbsolutePath);
        var file = await admin.Post(page, [], "form[action$='/download']");
        Assert.Equal("application/zip", file.ContentType);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.export" && a.SubjectId == ben)));
        await admin.Submit(page, [], "form[action$='/done']");
        Assert.Equal(1, await Mails.Count(site, "ben@example.com", "members.request-done"));
        // Erasure: never without the box.
        page = await admin.Submit("/staff/requests/new", new() { ["Who"] = $"{ben}", ["Kind"] = "Erasure", ["Way"] = "mail" });
        var unsure = await admin.Submit(page, new() { ["When"] = "now" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unsure.Status);
        // Planned, the page says until when; only what was not done yet is offered.
        var planned = await admin.Submit(unsure, new() { ["When"] = "grace", ["Sure"] = "true" });
        Assert.Contains("It is planned", planned.Text);
        Assert.Null(planned.Document.QuerySelector("[name=When][value=grace]"));
        await admin.Submit(planned, new() { ["Sure"] = "true" }, "form:has([name=Sure])");
        await TestSite.Until(async () => !await site.Db(db => db.Members.AnyAsync(m => m.Id == ben)), "ben is erased");
        Assert.True(await site.Db(db => db.RightsRequests.AllAsync(r => r.Note == "" && r.State == RightsState.Done)));
        foreach (var who in new[] { "mod", "mailer", "web", "anna" })
            Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn(who)).Get("/staff/requests")).Status);
    }

    [Fact]
    public async Task An_erasure_that_fails_half_way_changes_nothing_says_why_and_is_done_when_the_cause_is_repaired()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        await anna.Start("general", "Mugs", "Which one?");
        await anna.Submit("/account/leave", [], "main form");
        own.Clock.Advance(TimeSpan.FromDays(15));
        await site.Db(db => db.Database.ExecuteSqlRawAsync(
            "CREATE TRIGGER broken BEFORE DELETE ON consent_states BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        ));
        await Tick<EraseLeavers>(site);
        await TestSite.Until(() => site.Db(db => db.RightsRequests.AnyAsync(r => r.Failure != null)), "it has failed");
        var request = await site.Db(db => db.RightsRequests.SingleAsync());
        Assert.Equal(
            (RightsState.Running, true),
            (request.State, request.Failure!.StartsWith("Members: ") && request.Failure.Contains("disk is full"))
        );
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Email == "anna@example.com")));
        Assert.Contains("failed, tried again", (await (await site.SignIn("admin")).Get("/staff/requests")).Text);
        Assert.True(await site.Db(db => db.Posts.AnyAsync(p => p.AuthorId != null)));
        await site.Db(db => db.Database.ExecuteSqlRawAsync("DROP TRIGGER broken"));
        await Tick<EraseLeavers>(site);
        await TestSite.Until(async () => !await site.Db(db => db.Members.AnyAsync(m => m.Email == "anna@example.com")), "she is erased");
        Assert.Null((await site.Db(db => db.RightsRequests.SingleAsync())).Failure);
    }

    [Fact]
    public async Task Whom_a_backup_brings_back_is_erased_again_and_a_new_member_with_the_same_number_is_not()
    {
        var site = await host.NewSite();
        var ben = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == "ben@example.com"));
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(ben.Id)));
        // The row as a backup would bring it back.
        await site.Db(async db =>
        {
            db.Members.Add(ben);
            return await db.SaveChangesAsync();
        });
        await Tick<EraseRestored>(site);
        Assert.False(await site.Db(db => db.Members.AnyAsync(m => m.Id == ben.Id)));
        Assert.Equal(1, await site.Db(db => db.RetentionRuns.Where(r => r.Rule == EraseRestored.Rule).Select(r => r.Count).SingleAsync()));
        var other = Member.Create("Somebody new", EmailAddress.Parse("else@example.com"), host.Clock.Now);
        other.Id = ben.Id;
        await site.Db(async db =>
        {
            db.Members.Add(other);
            return await db.SaveChangesAsync();
        });
        await Tick<EraseRestored>(site);
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Id == ben.Id)));
    }

    [Fact]
    public async Task Members_who_stay_away_are_warned_and_erased_and_one_sign_in_keeps_them()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite(r =>
            r["settings"] = System.Text.Json.Nodes.JsonNode.Parse("""{ "rights": { "inactiveMonths": 12 } }""")
        );
        own.Clock.Advance(TimeSpan.FromDays(345));
        await Tick<EraseInactive>(site);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.inactive"));
        Assert.Equal(0, await Mails.Count(site, "admin@example.com", "members.inactive"));
        await Tick<EraseInactive>(site);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.inactive"));
        await site.SignIn("ben");
        own.Clock.Advance(TimeSpan.FromDays(31));
        await Tick<EraseInactive>(site);
        // The site's own daily job may have looked before this one marked her; a year of others is due beside it.
        await Tick<EraseLeavers>(site);
        await TestSite.Until(
            async () => !await site.Db(db => db.Members.AnyAsync(m => m.Email == "anna@example.com")),
            "anna is erased"
        );
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Email == "ben@example.com" && m.LeavingSince == null)));
        Assert.True(await site.Db(db => db.RetentionRuns.AnyAsync(r => r.Rule == EraseInactive.Rule)));
        Assert.Contains("Members who stayed away", (await (await site.SignIn("admin")).Get("/staff/retention")).Text);
    }

    [OnBothDatabases, Fact]
    public async Task The_name_goes_where_the_program_wrote_it_and_staff_see_where_it_was_typed()
    {
        var site = await host.NewSite(r => r["members"]![1]!["name"] = "Benedikt Zwiebelmann");
        var (ben, anna, carla) = (await site.SignIn("ben"), await site.SignIn("anna"), await site.SignIn("carla"));
        var topic = await ben.Start("general", "Mugs", "Which one?");
        var quote = await anna.Get(topic.Replace("/general/", "/general/") + "/reply?to=1&quote=true");
        var quoted = quote.Document.QuerySelector("textarea")!.TextContent;
        Assert.Contains("**Benedikt Zwiebelmann** wrote", quoted);
        await anna.Reply(topic, quoted + "\nThe blue one");
        var nested = (await carla.Get(topic + "/reply?to=2&quote=true")).Document.QuerySelector("textarea")!.TextContent;
        await carla.Reply(topic, nested + "\nNo", to: 2);
        var handle = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Handle).SingleAsync());
        await anna.Reply(topic, $"Ask [Benedikt Zwiebelmann](/members/{handle})!");
        await anna.Reply(topic, "I met Benedikt Zwiebelmann once.");
        var id = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(id)));
        var page = await anna.Get(topic);
        Assert.Contains("Former member wrote", page.Text);
        Assert.DoesNotContain(handle, page.Html);
        var left = await site.Db(db => db.Posts.Where(p => p.Text.Contains("Zwiebelmann")).Select(p => p.Number).ToListAsync());
        Assert.Equal([5], left);
        var request = await site.Db(db => db.RightsRequests.SingleAsync());
        Assert.Equal([topic + "/posts/5"], request.TypedPages);
        var admin = await site.SignIn("admin");
        var told = await admin.Submit($"/staff/requests/{request.Id}", [], "form[action$='/typed-seen']");
        Assert.DoesNotContain("/posts/5", told.Text);
    }

    [OnBothDatabases, Fact]
    public async Task By_the_sites_policy_the_words_of_the_posts_are_erased_and_the_answers_stay()
    {
        var site = await host.NewSite(r =>
            r["settings"] = System.Text.Json.Nodes.JsonNode.Parse("""{ "boards": { "erasedPosts": "erase" } }""")
        );
        var (ben, anna) = (await site.SignIn("ben"), await site.SignIn("anna"));
        var topic = await ben.Start("general", "Secret mugs", "Secret words");
        await anna.Reply(topic, "The blue one");
        await ben.Reply(topic, "More secret words", to: 2);
        Assert.Contains("The words of your posts are erased", (await ben.Get("/account/leave")).Text);
        var alone = await ben.Start("general", "Secret alone", "Secret alone");
        var id = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(id)));
        await site.EventsRead();
        var page = await anna.Get(topic);
        Assert.Contains("The blue one", page.Text);
        Assert.DoesNotContain("ecret", page.Text);
        Assert.DoesNotContain("ecret", (await anna.Get("/boards/general")).Text);
        Assert.Equal(0, await site.Db(db => db.Posts.CountAsync(p => p.Text.Contains("ecret") || p.Topic.Title.Contains("ecret"))));
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(alone)).Status);
    }

    /// <summary>The last proof is too old for a dangerous act.</summary>
    static Task<int> Stale(TestSite site)
    {
        var before = site.Host.Clock.Now.AddHours(-2);
        return site.Db(db => db.Sessions.ExecuteUpdateAsync(s => s.SetProperty(x => x.ProvedAt, before)));
    }

    static async Task Make(TestSite site, Visitor member, string email = "anna@example.com")
    {
        await member.Submit("/account/data", [], "form:has([name=_handler][value=archive])");
        await TestSite.Until(
            () => site.Db(db => db.Archives.AllAsync(a => a.State != ArchiveState.Waiting)),
            $"the copy for {email} is made"
        );
        Assert.True(await site.Db(db => db.Archives.AnyAsync(a => a.State == ArchiveState.Ready)));
    }

    static async Task<ZipArchive> Download(Visitor member, TestSite site, Page page)
    {
        var sent = await member.Post(page, [], "form[action$='/download']");
        Assert.Equal("application/zip", sent.ContentType);
        Assert.True(sent.Headers.CacheControl!.NoStore);
        var archive = await site.Db(db => db.Archives.AsNoTracking().OrderByDescending(a => a.Id).FirstAsync());
        Assert.NotNull(archive.DownloadedAt);
        var path = await site.With<Archives, string>(a => Task.FromResult(a.PathOf(archive)));
        return ZipFile.OpenRead(path);
    }

    static Task<int> Tick<T>(TestSite site) where T : class, IHandle<Tick> =>
        site.With<IServiceProvider, int>(async services =>
        {
            await ActivatorUtilities.GetServiceOrCreateInstance<T>(services).Handle(new(), default);
            return 0;
        });
}

public sealed class RightsActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("Archives.AskByStaff", "admin", c => c.Get<Archives>().AskByStaff(c.Actor, c.Member)),
            ("Archives.OpenByStaff", "admin", c => c.Get<Archives>().OpenByStaff(c.Actor, 1)),
            (
                "AnswerRequests.Receive",
                "admin",
                c => c.Get<AnswerRequests>().Receive(c.Actor, c.Member, RightsKind.Disclosure, RightsWay.Mail, default, "", new())
            ),
            ("AnswerRequests.Done", "admin", c => c.Get<AnswerRequests>().Done(c.Actor, 1)),
            ("AnswerRequests.Decline", "admin", c => c.Get<AnswerRequests>().Decline(c.Actor, 1, "x", new())),
            ("AnswerRequests.Erase", "admin", c => c.Get<AnswerRequests>().Erase(c.Actor, 1, true)),
            ("AnswerRequests.SeenTyped", "admin", c => c.Get<AnswerRequests>().SeenTyped(c.Actor, 1)),
        ];
}
