using System.Net;
using Community.Kernel;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Mailings that are made by themselves: who begins a chain, who goes on, what is due and what is too late.</summary>
[OnBothDatabases]
public sealed class ChainTests(TestHost host)
{
    static Chosen Named(string name) => Chosen.By(OwnConditions.Name.With(new(name)));

    /// <summary>A chain of the draft "Hello", made by the mailer and started.</summary>
    static async Task<long> Start(TestSite site, ChainTrigger trigger, int[] days, Action<Chain>? change = null, bool start = true)
    {
        var mailer = await site.Reader("mailer");
        if (!await site.Db(db => db.Mailings.AnyAsync()))
            await (await site.SignIn("mailer")).Write("Hello", "x", also: new() { ["Form.Then"] = "save" });
        var (pattern, kind) = await site.Db(async db => (await db.Mailings.Select(m => m.Id).FirstAsync(),
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync()));
        var (none, problems) = (new Chosen(new ClauseGroup(Combine.Any, [])), new Problems());
        var id = await site.With<SaveChain, long?>(s => s.Make(mailer, new(
            "Chain", kind, trigger is ChainTrigger.Birthday ? ChainTrigger.Joined : trigger, trigger is ChainTrigger.Weekly ? 127 : 0, null,
            Chosen.Everybody, Chosen.Everybody, none, false, "3",
            [.. days.Select(d => new StepFields($"{d}", "00:00", $"{pattern}"))]), problems, default));
        Assert.True(id is not null, string.Join(" ", problems.All));
        await site.Db(async db =>
        {
            var chain = await db.Chains.SingleAsync(c => c.Id == id);
            chain.Trigger = trigger;
            change?.Invoke(chain);
            return await db.SaveChangesAsync();
        });
        if (start) await Switch(site, id.Value, true);
        return id.Value;
    }

    static async Task Switch(TestSite site, long id, bool on)
    {
        var mailer = await site.Reader("mailer");
        await site.With<SaveChain, int>(async s => { await s.Switch(mailer, id, on, default); return 0; });
    }

    static async Task Look(TestSite site, long id)
    {
        await site.Db(db =>
        {
            var now = db.Now; return db.Chains.Where(c => c.Id == id)
            .ExecuteUpdateAsync(s => s.SetProperty(c => c.LookAt, now));
        });
        await site.With<AdvanceChains, int>(async a => { await a.Run(default); return 0; });
    }

    /// <summary>Those who run are due so many days ago.</summary>
    static Task<int> Due(TestSite site, int daysAgo) => site.Db(db =>
    {
        var at = db.Now.AddDays(-daysAgo);
        return db.ChainPlaces.Where(p => p.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(p => p.DueAt, at));
    });

    static Task<List<ChainPlace>> Places(TestSite site) =>
        site.Db(db => db.ChainPlaces.AsNoTracking().OrderBy(p => p.MemberId).ThenBy(p => p.Id).ToListAsync());

    static Task<List<Community.Mailing.Mailing>> Made(TestSite site) =>
        site.Db(db => db.Mailings.AsNoTracking().Where(m => m.ChainStepId != null).OrderBy(m => m.Id).ToListAsync());

    static Task<int> Joined(TestSite site, string name, double daysAgo) => site.Db(db =>
    {
        var at = db.Now.AddDays(-daysAgo);
        return db.Members.Where(m => m.Name == name).ExecuteUpdateAsync(s => s.SetProperty(m => m.ConfirmedAt, at));
    });

    static Task<int> AllJoinedLongAgo(TestSite site) => site.Db(db =>
    {
        var at = db.Now.AddDays(-100);
        return db.Members.Where(m => m.ConfirmedAt != null).ExecuteUpdateAsync(s => s.SetProperty(m => m.ConfirmedAt, at));
    });

    [Fact]
    public async Task A_step_that_nobody_looked_at_is_sent_late_once_and_after_the_limit_no_more()
    {
        var site = await host.NewSite();
        await AllJoinedLongAgo(site);
        // Anna's third day was the day before yesterday, when no server ran. Ben's was eight days ago.
        await Joined(site, "Anna", 5);
        await Joined(site, "Ben", 11);
        var id = await Start(site, ChainTrigger.Joined, [3, 30]);
        await Look(site, id);
        await Look(site, id);
        Assert.Single(await Places(site));
        var made = Assert.Single(await Made(site));
        await site.Until(made.Id, MailingState.Finished);
        Assert.Equal(1, (await site.Counts(made.Id))[DeliveryState.Accepted]);
        await site.IdentityHolds(made.Id);
        await Look(site, id);
        var place = Assert.Single(await Places(site));
        Assert.Equal((1, (DateTime?)null), (place.Step, place.EndedAt));
        // The next is due on the thirtieth day; nobody looks for long: it is left out, and the chain is over.
        await Due(site, 4);
        await Look(site, id);
        Assert.Equal(ChainEnd.Finished, (await Places(site)).Single().End);
        Assert.Single(await Made(site));
        // Its mailing shows like any other, with its recipients; and the chain's page names it.
        var mailer = await site.SignIn("mailer");
        Assert.Contains("Chain: Hello", (await mailer.Get(made.Url)).Text);
        Assert.Contains("Chain: Hello", (await mailer.Get($"/staff/mailings/chains/{id}")).Text);
    }

    [Fact]
    public async Task Who_only_writes_changes_no_words_that_a_running_chain_sends()
    {
        var site = await host.NewSite();
        var id = await Start(site, ChainTrigger.Joined, [1], start: false);
        await site.Db(async db =>
        {
            db.StaffRoles.Add(new() { Key = "own-writer", Permissions = $"{MailingPermissions.Write} staff", NeedsSecondFactor = false });
            (await db.Members.SingleAsync(m => m.Name == "Anna")).Role = "own-writer";
            return await db.SaveChangesAsync();
        });
        var (anna, pattern) = (await site.SignIn("anna"), await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync()));
        Assert.Equal(HttpStatusCode.OK, (await Edit("Mine")).Status);
        await Switch(site, id, true);
        Assert.Equal(HttpStatusCode.Forbidden, (await Edit("Mine as well")).Status);
        Assert.Equal("Mine", (await site.Db(db => db.MailingContents.Where(c => c.MailingId == pattern).ToListAsync())).Single().Subject);
        var writer = await site.Reader("anna");
        var rev = (await site.Mailing(pattern)).Rev;
        await Assert.ThrowsAsync<Denied>(() => site.With<ChooseTracking, bool>(
            c => c.Of(writer, pattern, TrackingMode.Individual, "")));
        await Assert.ThrowsAsync<Denied>(() => site.With<SaveVariants, bool>(
            s => s.Save(writer, pattern, rev, [new("B", "", "")], new("20", true, WinnerRule.Hand, ""), new(), default)));
        await Assert.ThrowsAsync<Denied>(() => site.With<ChangeMailFiles, bool>(f => f.Embed(writer, pattern, rev, true)));
        await Switch(site, id, false);
        Assert.Equal(HttpStatusCode.OK, (await Edit("Mine again")).Status);

        async Task<Page> Edit(string subject) => await anna.Submit(
            $"/staff/mailings/{pattern}/edit",
            new() { ["Form.Subject"] = subject, ["Form.Then"] = "save" }, "form:has([name='Form.Subject'])");
    }

    [Fact]
    public async Task Who_comes_back_begins_again_only_where_that_is_said()
    {
        var site = await host.NewSite();
        var ids = new List<long>();
        foreach (var again in new[] { false, true })
            ids.Add(await Start(site, ChainTrigger.Fits, [0], c => (c.Again, c.EntryJson) = (again, Named("Anna").ToJson())));
        async Task Name(string from, string to)
        {
            await site.Db(async db =>
            {
                (await db.Members.SingleAsync(m => m.Name == from)).Rename(to);
                return await db.SaveChangesAsync();
            });
            foreach (var id in ids) await Look(site, id);
            foreach (var mailing in await Made(site)) await site.Until(mailing.Id, MailingState.Finished);
            foreach (var id in ids) await Look(site, id);
        }
        foreach (var id in ids) await Look(site, id);
        foreach (var mailing in await Made(site)) await site.Until(mailing.Id, MailingState.Finished);
        foreach (var id in ids) await Look(site, id);
        Assert.Equal(2, (await Made(site)).Count);
        // Looked at again and again, who still fits gets nothing more.
        foreach (var id in ids) await Look(site, id);
        Assert.Equal(2, (await Made(site)).Count);
        await Name("Anna", "Ruth");
        await Name("Ruth", "Anna");
        var places = await Places(site);
        Assert.Equal((1, 2), (places.Count(p => p.ChainId == ids[0]), places.Count(p => p.ChainId == ids[1])));
        Assert.All(places, p => Assert.Equal(ChainEnd.Finished, p.End));
        Assert.Equal(3, (await Made(site)).Count);
    }

    [Fact]
    public async Task Who_agrees_to_the_kind_begins_once_and_a_rule_that_is_gone_ends_nobody()
    {
        var site = await host.NewSite();
        await site.Db(db =>
        {
            var (now, before, members) = (db.Now, db.Now.AddDays(-50), db.Members.Where(m => m.Name != "Ben"));
            return db.ConsentStates.ExecuteUpdateAsync(s => s
                .SetProperty(c => c.Since, c => members.Any(m => m.Id == c.MemberId) ? before : now));
        });
        var id = await Start(site, ChainTrigger.Agreed, [0, 9]);
        await Look(site, id);
        var ben = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync());
        Assert.Equal(ben, Assert.Single(await Places(site)).MemberId);
        await site.Until((await Made(site)).Single().Id, MailingState.Finished);
        await Look(site, id);
        Assert.Equal(1, (await Places(site)).Single().Step);
        await site.Db(db => db.Chains.ExecuteUpdateAsync(s => s.SetProperty(c => c.StayJson, """{"members.groups":{"groups":[999]}}""")));
        await Due(site, 0);
        await Look(site, id);
        Assert.Null((await Places(site)).Single().EndedAt);
        Assert.Single(await Made(site));
    }

    [Fact]
    public async Task Whoever_looks_at_once_nobody_is_in_a_chain_twice()
    {
        var site = await host.NewSite();
        await AllJoinedLongAgo(site);
        await site.AddReaders(5);
        for (var i = 1; i <= 5; i++) await Joined(site, $"Reader {i}", 0.5);
        var id = await Start(site, ChainTrigger.Joined, [1, 2]);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Look(site, id)));
        var places = await Places(site);
        Assert.Equal((5, 5), (places.Count, places.Select(p => p.MemberId).Distinct().Count()));
        var twice = new ChainPlace { ChainId = id, MemberId = places[0].MemberId, Occasion = "another", DueAt = DateTime.UtcNow };
        await Assert.ThrowsAsync<DbUpdateException>(() => site.Db(db => { db.Add(twice); return db.SaveChangesAsync(); }));
    }

    [Fact]
    public async Task The_rule_of_the_beginning_is_not_asked_again_but_those_of_going_on_and_leaving_are()
    {
        var site = await host.NewSite();
        var members = await site.Db(db => db.Members.Where(m => m.Name == "Anna" || m.Name == "Ben" || m.Name == "Carla")
            .ToDictionaryAsync(m => m.Name, m => m.Id));
        var open = await site.Db(db => db.Groups.Where(g => g.Key == "open").Select(g => g.Id).SingleAsync());
        var today = DateOnly.FromDateTime(site.Site.ToLocal(host.Clock.Now));
        var attribute = await site.Db(async db =>
        {
            var birthday = new MemberAttribute { Key = "born", Type = AttributeType.Birthday };
            db.MemberAttributes.Add(birthday);
            await db.SaveChangesAsync();
            foreach (var member in members.Values)
                db.AttributeValues.Add(new AttributeValue
                {
                    MemberId = member,
                    AttributeId = birthday.Id,
                    Type = AttributeType.Birthday,
                    MonthDay = AdvanceChains.BirthdaysOn(today)[0],
                });
            await db.SaveChangesAsync();
            return birthday.Id;
        });
        var id = await Start(site, ChainTrigger.Birthday, [0, 2], c =>
        {
            (c.AttributeId, c.Again) = (attribute, true);
            c.StayJson = new Chosen(new ClauseGroup(Combine.None, [.. Named("Ben").Root.Clauses])).ToJson();
            c.ExitJson = Chosen.By(OwnConditions.Groups.With(new([open]))).ToJson();
        });
        await Look(site, id);
        Assert.Equal(members.Values.Order(), (await Places(site)).Select(p => p.MemberId));
        var first = Assert.Single(await Made(site));
        await site.Until(first.Id, MailingState.Finished);
        await Look(site, id);
        // Anna is in the group by which one leaves, Ben does not fit to go on. Carla waits, though her birthday is over then.
        var ends = (await Places(site)).ToDictionary(p => p.MemberId, p => p.End);
        Assert.Equal(
            (ChainEnd.Exited, ChainEnd.Unfit, (ChainEnd?)null),
            (ends[members["Anna"]], ends[members["Ben"]], ends[members["Carla"]])
        );
        await Due(site, 0);
        await site.Db(db => db.AttributeValues.ExecuteUpdateAsync(s => s.SetProperty(v => v.MonthDay, 101)));
        await Look(site, id);
        var second = (await Made(site))[^1];
        Assert.NotEqual(first.Id, second.Id);
        await site.Until(second.Id, MailingState.Finished);
        // Carla reached it; without her consent she gets nothing all the same.
        Assert.Equal(0, (await site.Mailing(second.Id)).Total);
        await Look(site, id);
        Assert.Equal(ChainEnd.Finished, (await Places(site)).Single(p => p.MemberId == members["Carla"]).End);
        // The same birthday begins once, however often one looks.
        var monthDay = AdvanceChains.BirthdaysOn(today)[0];
        await site.Db(db => db.AttributeValues.ExecuteUpdateAsync(s => s.SetProperty(v => v.MonthDay, monthDay)));
        await Look(site, id);
        Assert.Equal(3, (await Places(site)).Count);
    }

    [Fact]
    public void A_birthday_on_the_29th_of_February_is_kept_each_year()
    {
        Assert.Equal([228, 229], AdvanceChains.BirthdaysOn(new(2027, 2, 28)));
        Assert.Equal([228], AdvanceChains.BirthdaysOn(new(2028, 2, 28)));
        Assert.Equal([229], AdvanceChains.BirthdaysOn(new(2028, 2, 29)));
        Assert.Equal([301], AdvanceChains.BirthdaysOn(new(2027, 3, 1)));
    }

    [Theory]
    [InlineData("America/New_York", "02:30", "2026-03-07", 3, "2026-03-08T07:00:00Z")]
    [InlineData("America/New_York", "01:30", "2026-10-31", 3, "2026-11-01T05:30:00Z")]
    [InlineData("America/Sao_Paulo", "00:00", "2018-11-03", 3, "2018-11-04T03:00:00Z")]
    [InlineData("Australia/Lord_Howe", "02:15", "2026-10-03", 3, "2026-10-03T15:30:00Z")]
    [InlineData("Australia/Lord_Howe", "01:45", "2026-04-04", 3, "2026-04-04T14:45:00Z")]
    public void Every_day_has_one_moment_also_where_the_clock_skips_or_repeats_it(
        string zoneId, string time, string from, int days, string onTheChange)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var step = new ChainStep { LocalTime = time };
        var first = DateOnly.Parse(from, System.Globalization.CultureInfo.InvariantCulture);
        var due = Enumerable.Range(0, days).Select(d => step.DueOn(first.AddDays(d), zone)).ToList();
        Assert.Contains(DateTime.Parse(onTheChange, null, System.Globalization.DateTimeStyles.AdjustToUniversal), due);
        Assert.Equal(
            Enumerable.Range(0, days).Select(first.AddDays),
            due.Select(d => DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(d, zone)))
        );
    }

    [Fact]
    public async Task One_that_repeats_makes_one_mailing_a_day_by_the_clock_and_none_for_days_that_nobody_saw()
    {
        var site = await host.NewSite();
        var id = await Start(site, ChainTrigger.Weekly, [0], c => c.ExitJson = Named("Ben").ToJson());
        // Today's midnight was before the start: it is not for today.
        await Look(site, id);
        Assert.Empty(await Made(site));
        var today = DateOnly.FromDateTime(site.Site.ToLocal(host.Clock.Now));
        // As if it had run for a week, and nobody had looked for four days.
        await site.Db(db =>
        {
            var ago = db.Now.AddDays(-7); return db.Chains.ExecuteUpdateAsync(s => s
            .SetProperty(c => c.StartedAt, ago).SetProperty(c => c.LastOn, today.AddDays(-4)));
        });
        await Look(site, id);
        await Look(site, id);
        var made = Assert.Single(await Made(site));
        Assert.Equal(today.ToString("yyyy-MM-dd") + "T00:00", made.LocalTime);
        Assert.Equal(today, await site.Db(db => db.Chains.Select(c => c.LastOn).SingleAsync()));
        // Later than the site allows, it waits for a person; else it goes to all but those who are left out.
        var state = MailingState.Scheduled;
        await TestSite.Until(
            async () => (state = (await site.Mailing(made.Id)).State) is MailingState.Overdue or MailingState.Finished,
            "it was seen"
        );
        if (state is MailingState.Finished)
            Assert.Equal(1, (await site.Counts(made.Id))[DeliveryState.Accepted]);
        await Switch(site, id, false);
        await site.Db(db => db.Chains.ExecuteUpdateAsync(s => s.SetProperty(c => c.LastOn, today.AddDays(-1))));
        await Look(site, id);
        Assert.Single(await Made(site));
    }

    [Fact]
    public async Task A_chain_is_made_changed_started_and_deleted_on_its_pages_without_script()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        Assert.Contains("Write a mailing as a draft first", (await mailer.Get("/staff/mailings/chains")).Text);
        await mailer.Write("Welcome", "x", also: new() { ["Form.Then"] = "save" });
        var pattern = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        const string form = "form:has([name=Steps])";
        var page = await mailer.Submit("/staff/mailings/chains/new", new() { ["Name"] = "For new ones", ["then"] = "add" }, form);
        Assert.NotNull(page.Document.QuerySelector("[name=step1-days]"));
        var wrong = await mailer.Submit(page, new()
        {
            ["Trigger"] = "Joined",
            ["step0-days"] = "3",
            ["step1-days"] = "1",
            ["step0-time"] = "25:00",
            ["Limit"] = "0",
            ["then"] = "save",
        }, form);
        Assert.Equal("For new ones", wrong.Document.QuerySelector("[name=Name]")!.GetAttribute("value"));
        Assert.Equal(
            ["step0-time", "step0-mailing", "step1-days", "step1-mailing", "Limit"],
            wrong.Document.QuerySelectorAll("[aria-invalid=true]").Select(f => f.GetAttribute("name"))
        );
        var saved = await mailer.Submit(wrong, new()
        {
            ["step0-days"] = "0",
            ["step0-time"] = "09:00",
            ["step0-mailing"] = $"{pattern}",
            ["step1-days"] = "3",
            ["step1-mailing"] = $"{pattern}",
            ["Limit"] = "3",
            ["then"] = "save",
        }, form);
        var chain = await site.Db(db => db.Chains.Include(c => c.Steps).SingleAsync());
        Assert.EndsWith(chain.Url, saved.Url.AbsolutePath);
        Assert.Equal((ChainTrigger.Joined, 2, false), (chain.Trigger, chain.Steps.Count, chain.IsOn));
        await mailer.Submit(saved, [], "form[action$='/start']");
        Assert.Contains("Running", (await mailer.Get("/staff/mailings/chains")).Text);
        // The draft that it has its words from is not deleted by mistake.
        var draft = await mailer.Get($"/staff/mailings/{pattern}");
        Assert.Contains("has its words from this draft", (await mailer.Submit(draft, [], "form[action$='/delete']")).Text);
        await mailer.Submit(chain.Url, [], "form[action$='/stop']");
        await mailer.Submit(chain.Url, [], "form[action$='/delete']");
        Assert.Equal(0, await site.Db(db => db.Chains.CountAsync()));
    }
}
