using System.Net;
using Community.Boards;
using Community.Kernel;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Whom a mailing is for: lists, followers, exceptions, a limit for each member; and why a member does not get it.</summary>
[OnBothDatabases]
public sealed class AudiencePartsTests(TestHost host)
{
    const string List = "form:has([name=Text])";

    static Task<long> Member(TestSite site, string name) =>
        site.Db(db => db.Members.Where(m => m.Name == name).Select(m => m.Id).SingleAsync());

    static Task<List<string>> Receivers(TestSite site, Community.Mailing.Mailing mailing) =>
        site.Db(async db => await (await Audience.Receivers(mailing, db)).OrderBy(m => m.Name).Select(m => m.Name).ToListAsync());

    static async Task<Community.Mailing.Mailing> For(TestSite site, Chosen wanted, Chosen? minus = null) => new()
    {
        KindId = await site.Db(db => db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync()),
        Audience = Audience.Of(wanted, minus ?? Chosen.Everybody),
    };

    [Fact]
    public async Task A_pasted_list_finds_members_however_they_are_written_and_tells_the_lines_of_nobody()
    {
        var site = await host.NewSite();
        var (mailer, carla) = (await site.SignIn("mailer"), await Member(site, "Carla"));
        var asked = await mailer.Submit(
            "/staff/segments/list",
            new()
            {
                ["Name"] = "Fair",
                ["Text"] = $"ANNA@example.com\n\"Ben, of us\" <ben＠ｅｘａｍｐｌｅ.com>;\n  #{carla}\nben@example.com\n"
                    + "nobody@example.org, 03-1234\nStranger, Sam\n999999999",
            },
            List
        );
        // Nothing is made before the unknown lines were seen.
        Assert.Empty(await site.Db(db => db.Segments.ToListAsync()));
        Assert.Contains("3 members were found", asked.Text);
        Assert.Equal(
            ["nobody@example.org, 03-1234", "Stranger, Sam", "999999999"],
            asked.Document.QuerySelectorAll(".notice li").Select(l => l.TextContent)
        );
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.listed" && a.Count == 3)));
        await mailer.Submit(asked, new() { ["Then"] = "without" }, List);
        var segment = await site.Db(db => db.Segments.SingleAsync());
        Assert.Equal((3, true), (segment.Count, segment.IsFrozen));
        // A list is no consent: Carla is on it and gets nothing.
        Assert.Equal(["Anna", "Ben"], await Receivers(site, await For(site, segment.AsChosen)));
        // Only those who may see addresses learn whose they are.
        await (await site.SignIn("admin")).Submit($"/staff/segments/{segment.Id}", [], "form[action$='/delete']");
        Assert.Equal(0, await site.Db(db => db.SegmentMembers.CountAsync()));
        Assert.NotEqual(HttpStatusCode.OK, (await (await site.SignIn("mod")).Get("/staff/segments/list")).Status);
    }

    [Fact]
    public async Task A_list_comes_from_a_file_as_spreadsheets_write_it_and_is_refused_where_it_is_too_long_or_none()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var page = await mailer.Get("/staff/segments/list");
        async Task<Page> Upload(byte[] file)
        {
            var content = new MultipartFormDataContent();
            foreach (var hidden in page.Document.QuerySelectorAll($"{List} input[type=hidden]"))
                content.Add(new StringContent(hidden.GetAttribute("value") ?? ""), hidden.GetAttribute("name")!);
            content.Add(new StringContent("From a file"), "Name");
            content.Add(new StringContent(""), "Text");
            content.Add(new ByteArrayContent(file), "file", "list.csv");
            return await mailer.Send(new HttpRequestMessage(HttpMethod.Post, page.Url) { Content = content });
        }
        var shiftJis = System.Text.CodePagesEncodingProvider.Instance.GetEncoding("shift_jis")!;
        var told = await Upload(shiftJis.GetBytes("名前,メールアドレス\r\n安奈,anna@example.com\r\n勉,\"ben@example.com\"\r\n次郎,jiro@example.com\r\n"));
        Assert.Contains("2 members were found", told.Text);
        Assert.Contains("次郎", told.Document.QuerySelector(".notice li")!.TextContent);
        // The browser does not send the file again: its lines stand in the form.
        Assert.Contains("anna@example.com", told.Document.QuerySelector("textarea")!.TextContent);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Upload([0xD0, 0xCF, 0x11, 0xE0, 0, 0, 0, 0])).Status);
        var lines = string.Join('\n', Enumerable.Range(0, MemberList.MaxLines + 1));
        var tooLong = await mailer.Submit(page, new() { ["Name"] = "x", ["Text"] = lines }, List);
        Assert.Contains("A list can have", tooLong.Document.QuerySelector(".error-summary")!.TextContent);
    }

    [Fact]
    public async Task Followers_of_a_board_are_an_audience()
    {
        var site = await host.NewSite();
        var (anna, ben, general) = (
            await site.Reader("anna"),
            await site.Reader("ben"),
            await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync())
        );
        await site.With<Follow, bool>(f => f.Board(anna, "general", FollowLevel.Watch, default));
        await site.With<Follow, bool>(f => f.Board(ben, "general", FollowLevel.Mute, default));
        var mailer = await site.SignIn("mailer");
        await mailer.Write("x", "x", also: new()
        {
            ["Form.c0-key"] = "boards.follows",
            ["Form.c0-follows"] = $"{general}",
            ["Form.Then"] = "save",
        });
        var mailing = await site.Db(db => db.Mailings.SingleAsync());
        Assert.Equal(["Anna"], await Receivers(site, mailing));
        Assert.Contains("follow the board “General”", (await mailer.Get(mailing.Url)).Text);
    }

    [Fact]
    public async Task Who_is_left_out_gets_nothing_and_every_member_has_a_reason()
    {
        var site = await host.NewSite();
        await site.AddReaders(1);
        var mailer = await site.SignIn("mailer");
        var first = await mailer.Reserve("The first", "x", site.Site.ToLocal(host.Clock.Now.AddDays(3)), new()
        {
            ["Form.c0-key"] = "members.name",
            ["Form.c0-name"] = "Ben",
        });
        await mailer.Write("The second", "x", also: new()
        {
            ["Form.c0-key"] = "members.joined",
            ["Form.c0-joined-days"] = "95",
            ["Form.Minus.c0-key"] = "mailing.among",
            ["Form.Minus.c0-among"] = $"{first}",
            ["Form.Then"] = "save",
        });
        var second = await site.Db(db => db.Mailings.OrderBy(m => m.Id).LastAsync());
        Assert.Equal(["Reader 1"], await Receivers(site, second));
        var edit = await mailer.Get(second.Url + "/edit");
        Assert.Equal("95", edit.Document.QuerySelector("[name='Form.c0-joined-days']")!.GetAttribute("value"));
        var left = edit.Document.QuerySelector("select[name='Form.Minus.c0-among'] option[selected]")!;
        Assert.Equal("The first", left.TextContent.Trim());
        Assert.Contains("but not those who are among the recipients of “The first”", (await mailer.Get(second.Url)).Text);
        async Task<string> Asked(long mailing, string words)
        {
            var found = await mailer.Submit(
                $"/staff/mailings/{mailing}/member",
                new() { ["as"] = words },
                "form[role=search]:has([name=as])"
            );
            // As a value: what is sealed there may hold any three letters.
            var values = found.Url.Query.Split('?', '&', '=', '+', '@', '%');
            if (!words.StartsWith('#')) Assert.DoesNotContain(words.Split(' ', '@')[0], values);
            return found.Document.QuerySelector("main")!.TextContent;
        }
        Assert.Contains("Gets it, as things stand", await Asked(second.Id, "Reader"));
        Assert.Contains("Does not fit the condition: joined", await Asked(second.Id, "anna@example.com"));
        Assert.Contains("Is left out by: are among the recipients of “The first”", await Asked(second.Id, "Ben"));
        Assert.Contains("Did not agree", await Asked(second.Id, $"#{await Member(site, "Carla")}"));
        Assert.Contains("Suspended", await Asked(second.Id, "Susan"));
        Assert.Contains("No member fits", await Asked(second.Id, "nobody at all"));
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.standing" && a.Count == 1)));
        // The list of those who fit and do not get it says the same of everybody.
        var without = await mailer.Get(second.Url + "/audience?without=true");
        Assert.Contains(
            "Left out by the conditions",
            without.Document.QuerySelectorAll("tbody tr").Single(r => r.QuerySelector("th")!.TextContent == "Ben").TextContent
        );
    }

    [Fact]
    public async Task A_mailing_that_leaves_out_the_recipients_of_itself_means_nothing()
    {
        var site = await host.NewSite();
        var mailing = await For(site, Chosen.Everybody);
        mailing.FormKey = Guid.NewGuid();
        await site.Db(async db => { db.Add(mailing); return await db.SaveChangesAsync(); });
        var minus = Chosen.By(("mailing.among", System.Text.Json.JsonSerializer.SerializeToElement(new { mailing = mailing.Id })));
        await site.Db(db => db.Mailings.ExecuteUpdateAsync(s =>
            s.SetProperty(m => m.AudienceJson, Audience.Of(Chosen.Everybody, minus).ToJson())));
        mailing = await site.Db(db => db.Mailings.SingleAsync());
        Assert.True(await site.Db(db => mailing.Audience.RefersToDeleted(db)));
        Assert.Empty(await Receivers(site, mailing));
    }

    [Fact]
    public async Task A_member_gets_no_more_mailings_than_the_site_allows_within_some_days_and_then_gets_them_again()
    {
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            db.StoredSettings.Add(new StoredSettings { Part = "mailing", Json = """{"maxMails":2,"maxMailsDays":7}""" });
            return await db.SaveChangesAsync();
        });
        var mailing = await For(site, Chosen.Everybody);
        var (anna, ben, now) = (await Member(site, "Anna"), await Member(site, "Ben"), host.Clock.Now);
        await site.Db(async db =>
        {
            for (var i = 0; i < 3; i++)
            {
                var sent = new Community.Mailing.Mailing
                {
                    FormKey = Guid.NewGuid(),
                    State = MailingState.Finished,
                    TestOfId = i == 2 ? 1 : null,
                };
                db.Add(sent);
                await db.SaveChangesAsync();
                foreach (var (member, days) in new[] { (anna, 1), (ben, i == 0 ? 8 : 1) })
                    db.Deliveries.Add(new Delivery
                    {
                        MailingId = sent.Id,
                        Seq = (int)member,
                        MemberId = member,
                        AddressHash = $"{member}",
                        State = DeliveryState.Accepted,
                        SettledAt = now.AddDays(-days),
                    });
            }
            return await db.SaveChangesAsync();
        });
        // Two within a week, not counting the test, are as many as Anna gets; one of Ben's is older.
        Assert.Equal(["Ben"], await Receivers(site, mailing));
        var why = await site.Db(async db =>
            await (await Excluded.Of(mailing, db)).Where(e => e.Id == anna).Select(e => e.Why).SingleAsync()
        );
        Assert.Equal(ExclusionReason.Frequent, why);
        // What is on the way counts as well, what the relay refused does not.
        await site.Db(db => db.Deliveries.Where(d => d.MemberId == ben && d.SettledAt < now.AddDays(-7))
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.State, DeliveryState.Pending)));
        await site.Db(db => db.Deliveries.Where(d => d.MemberId == anna).ExecuteUpdateAsync(s =>
            s.SetProperty(d => d.State, DeliveryState.Rejected)));
        Assert.Equal(["Anna"], await Receivers(site, mailing));
    }

    [Fact]
    public void Wanted_and_left_out_are_read_as_they_were_written()
    {
        static ConditionClause Name(string text) => new("members.name", System.Text.Json.JsonSerializer.SerializeToElement(new { text }));
        static Chosen In(Combine match, params Clause[] clauses) => new(new ClauseGroup(match, clauses));
        foreach (var minus in new[]
        {
            In(Combine.Any, Name("x")), In(Combine.Any, Name("x"), Name("y")), In(Combine.All, Name("x"), Name("y")),
            In(Combine.None, Name("x")),
        })
            foreach (var wanted in new[]
            {
                Chosen.Everybody, In(Combine.All, Name("a")), In(Combine.Any, Name("a"), Name("b")), In(Combine.None, Name("a")),
                In(Combine.All, Name("a"), new ClauseGroup(Combine.None, [Name("b")])),
            })
            {
                var read = Audience.Parse(Audience.Of(wanted, minus).ToJson());
                Assert.Equal((wanted.ToJson(), minus.ToJson()), (read.Wanted.ToJson(), read.Minus.ToJson()));
                Assert.Equal(wanted.ToJson(), Audience.Of(wanted, new(new ClauseGroup(Combine.Any, []))).ToJson());
            }
    }

    [Fact]
    public async Task Two_members_with_one_mailbox_are_one_recipient_and_the_other_is_listed_with_the_reason()
    {
        var site = await host.NewSite();
        // As before the rule by which addresses are compared now.
        await site.Db(db =>
            db.Members.Where(m => m.Name == "Ben").ExecuteUpdateAsync(s => s.SetProperty(m => m.Email, "ANNA@example.com"))
        );
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        var counts = await site.Counts(id);
        Assert.Equal((1, 1), (counts[DeliveryState.Accepted], counts[DeliveryState.Suppressed]));
        await site.IdentityHolds(id);
        var ben = await Member(site, "Ben");
        Assert.Equal(
            WithheldReason.Address,
            await site.Db(db => db.Deliveries.Where(d => d.MailingId == id && d.MemberId == ben).Select(d => d.Withheld).SingleAsync())
        );
        Assert.Contains("same address as another", (await mailer.Get($"/staff/mailings/{id}/recipients?state=Suppressed")).Text);
    }
}
