using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Community.Members;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>Whatever the way, staff's reading of personal data leaves a record; and no URL contains a person's name or address.</summary>
[Collection("attacks")]
[Trait("takes", "long")]
public sealed class TraceTests(AttackHost attacks)
{
    static readonly string[] nonsense = ["", "zz", new string('x', 6000), "0"];

    [Theory]
    [InlineData("mod")]
    [InlineData("mailer")]
    [InlineData("web")]
    [InlineData("admin")]
    public async Task No_member_s_address_reaches_staff_without_a_record(string who)
    {
        var walk = await Walk.Of(await attacks.Another(), who);
        foreach (var page in await walk.Pages()) await walk.Look(page, await walk.Staff.Get(page));
        var onPages = walk.Shown.ToList();
        foreach (var form in (await Form.Found(walk.Staff, walk.Addresses)).Where(f => f.Page.StartsWith("/staff") && !f.Uploads))
        {
            foreach (var value in nonsense) await walk.Send(form, value, typed: true);
            await walk.Send(form, "0", typed: false);
        }
        // None of these forms ended the session, or the rest would have tested nothing.
        Assert.Equal(200, (await walk.Staff.Get("/staff")).Status);
        if (who == "admin")
            foreach (
                var page in new[]
                {
                    "/staff/members",
                    "/staff/members/",
                    "/edit",
                    "/recipients",
                    "/audience",
                    "/preview",
                    "/staff/groups/",
                    "/staff/audit",
                    "/staff/failed-work",
                }
            )
                Assert.Contains(onPages, p => p.Contains(page));
    }

    [Fact]
    public async Task A_refused_form_that_shows_a_record_is_on_record_and_one_that_was_taken_is_a_change_alone()
    {
        var site = await attacks.Another();
        var walk = await Walk.Of(site, "admin");
        var id = walk.Addresses.Member;
        await Refused($"/staff/members/{id}", "suspend", new() { ["reason"] = new string('x', 2000) });
        await Refused($"/staff/members/{id}", "suspend", new() { ["reason"] = "" });
        await Refused(
            $"/staff/members/{id}/edit",
            "edit-member",
            new()
            {
                ["Name"] = "",
                ["Email"] = "anna@example.com",
                ["Bio"] = "",
                ["Language"] = "",
            }
        );
        await Refused(
            $"/staff/members/{id}/edit",
            "edit-member",
            new()
            {
                ["Name"] = "Anna",
                ["Email"] = "anna@example.com",
                ["Bio"] = new string('x', 60_000),
                ["Language"] = "",
            }
        );
        var before = await walk.Records();
        var taken = await walk.Staff.Post(
            $"/staff/members/{id}/edit",
            new Dictionary<string, string>
            {
                ["_handler"] = "edit-member",
                ["Name"] = "Anna B",
                ["Email"] = "anna@example.com",
                ["Bio"] = "",
                ["Language"] = "",
            }
        );
        Assert.Equal(302, taken.Status);
        Assert.Equal("", taken.Body);
        Assert.Equal(["members.edit"], (await walk.Records()).Skip(before.Count).Select(r => r.Action));

        async Task Refused(string page, string handler, Dictionary<string, string> fields)
        {
            var before = await walk.Records();
            var answer = await walk.Staff.Post(page, fields.Append(new("_handler", handler)));
            Assert.Contains("anna@example.com", answer.Body);
            Assert.Contains((await walk.Records()).Skip(before.Count), r => r is { Action: "members.open" } && r.SubjectId == id);
        }
    }

    [Theory]
    [InlineData("mailer")]
    [InlineData("admin")]
    public async Task No_address_of_a_page_names_a_person(string who)
    {
        var walk = await Walk.Of(await attacks.Another(), who);
        foreach (var page in await walk.Pages()) Clean(page, await walk.Staff.Get(page));
        var searches = (await Form.Found(walk.Staff, walk.Addresses)).Where(f => f.Action.EndsWith("/find")).ToList();
        Assert.Equal(who == "admin" ? 6 : 3, searches.Select(f => Regex.Replace(f.Action, @"\d+", "1")).Distinct().Count());
        foreach (var search in searches)
        {
            var found = await walk.Staff.Post(
                search.Action,
                search
                    .Fields.Where(f => f.Name != Person.TokenField && f.Name != "c-do")
                    .Select(f =>
                        KeyValuePair.Create(
                            f.Name,
                            f.Name is "q" or "as" or "member" ? "anna@example.com"
                                : f.Name is "sort" or "purpose" ? ""
                                : f.Value
                        )
                    )
            );
            Assert.Equal(302, found.Status);
            Clean(search.Action, found);
            var list = await walk.Staff.Get(found.Location!);
            Assert.Contains("Anna", list.Body);
            Clean(found.Location!, list);
            // A search that was truncated or altered is not opened.
            foreach (var bent in new[] { found.Location![..^4], found.Location!.Replace("~", "~x") })
                Assert.Equal(200, (await walk.Staff.Get(bent)).Status);
        }

        void Clean(string at, Answer answer)
        {
            var urls = new HtmlParser()
                .ParseDocument(answer.Body)
                .QuerySelectorAll("[href],[src],[action],[formaction]")
                .SelectMany(e => new[] { "href", "src", "action", "formaction" }.Select(e.GetAttribute))
                .Append(answer.Location)
                .OfType<string>();
            Assert.All(
                urls,
                url =>
                    Assert.False(
                        walk.Emails.Values.Any(e => Uri.UnescapeDataString(url).Contains(e, StringComparison.OrdinalIgnoreCase)),
                        $"{at} leads to {url}"
                    )
            );
            // GET forms have no field for people's names. Subjects of mailings are not personal.
            var open = new HtmlParser()
                .ParseDocument(answer.Body)
                .QuerySelectorAll("form:not([method=post])")
                .Where(f => f.QuerySelector("input[type=search],input[type=text],input[type=email],input:not([type])") is not null);
            if (at.StartsWith("/staff") && !at.StartsWith("/staff/mailings?") && at != "/staff/mailings")
                Assert.Empty(open.Select(f => $"{at}: {f.OuterHtml}"));
        }
    }

    [Fact]
    public async Task What_one_of_the_staff_searched_for_another_does_not_read_out_of_its_address()
    {
        var site = await attacks.Another();
        var (mailer, moderator) = (await AttackHost.SignIn(site, "mailer"), await AttackHost.SignIn(site, "mod"));
        var found = await mailer.Post("/staff/members/find", new Dictionary<string, string> { ["q"] = "anna@example.com" });
        Assert.Contains("anna@example.com", (await mailer.Get(found.Location!)).Body);
        var read = await moderator.Get(found.Location!);
        Assert.Equal(200, read.Status);
        Assert.DoesNotContain("anna@example.com", read.Body);
    }

    [Fact]
    public async Task Whose_address_is_taken_staff_do_not_learn_without_a_record()
    {
        var site = await attacks.Another();
        var walk = await Walk.Of(site, "admin");
        var (anna, ben) = (
            walk.Emails.Single(e => e.Value == "anna@example.com").Key,
            walk.Emails.Single(e => e.Value == "ben@example.com").Key
        );
        foreach (var (page, handler) in new[] { ("/staff/members/new", "new-member"), ($"/staff/members/{ben}/edit", "edit-member") })
        {
            var before = (await walk.Records()).Count;
            var answer = await walk.Staff.Post(
                page,
                new Dictionary<string, string>
                {
                    ["_handler"] = handler,
                    ["Name"] = "Newcomer",
                    ["Email"] = "anna@example.com",
                    ["How"] = "mistake",
                    ["Bio"] = "",
                    ["Language"] = "",
                }
            );
            Assert.Equal(422, answer.Status);
            Assert.Contains(
                (await walk.Records()).Skip(before),
                r => r is { Action: "members.search", Fields: "email" } && r.SubjectId == anna
            );
        }
        Assert.False(await site.Db(db => db.Members.AnyAsync(m => m.Name == "Newcomer")));
    }

    [Fact]
    public async Task Neither_a_number_nor_a_report_shows_staff_a_member_without_a_record()
    {
        var site = await attacks.Another();
        var walk = await Walk.Of(site, "admin");
        var id = walk.Addresses.Member;
        // The log shows the name of the member it is filtered by.
        Assert.Contains("Anna", (await walk.Staff.Get($"/staff/audit?member=%23{id}")).Body);
        Assert.Contains(await walk.Records(), r => r.Action == "audit.read" && r.SubjectId == id);
        // Past the end of a list, the count does not reveal that an address is a member's.
        var behind = await walk.Staff.Get("/staff/members?q=anna@example.com&sort=joined&after=1");
        if (!behind.Body.Contains(">Anna<")) Assert.DoesNotContain("<caption>", behind.Body);
        // Who reported what, and whose post it is.
        await site.Db(async db =>
        {
            db.Set<Community.Boards.Report>()
                .Add(
                    new()
                    {
                        PostId = await db.Set<Community.Boards.Post>().MinAsync(p => p.Id),
                        ReporterId = id,
                        Reason = "It names my street",
                        At = DateTime.UtcNow,
                    }
                );
            return await db.SaveChangesAsync();
        });
        foreach (var who in new[] { "mod", "admin" })
        {
            var reader = await Walk.Of(site, who);
            Assert.Contains("It names my street", (await reader.Staff.Get("/staff/reports")).Body);
            Assert.Contains(
                await reader.Records(),
                r => r.Action == "boards.reports" && (r.SubjectId == id || r.Ids?.Contains(id.ToString()) == true)
            );
        }
    }

    /// <summary>A staff member walks through the pages; what is shown of whom is compared with the audit records.</summary>
    sealed class Walk
    {
        public required TestSite Site { get; init; }
        public required Person Staff { get; init; }
        public required Addresses Addresses { get; init; }
        public required Dictionary<long, string> Emails { get; init; }
        public required long Me { get; init; }
        public List<string> Shown { get; } = [];
        long last;

        public static async Task<Walk> Of(TestSite site, string who)
        {
            var addresses = await Addresses.Of(site);
            await site.Db(async db =>
            {
                db.SystemMails.Add(
                    new SystemMail
                    {
                        Kind = "members.reset",
                        To = "anna@example.com",
                        MemberId = addresses.Member,
                        Subject = "s",
                        Text = "t",
                        Culture = "en",
                        State = SystemMailState.Failed,
                        FailedAt = DateTime.UtcNow,
                        Answer = "550",
                    }
                );
                return await db.SaveChangesAsync();
            });
            var emails = await site.Db(db => db.Members.Where(m => m.Email != null).ToDictionaryAsync(m => m.Id, m => m.Email!));
            return new()
            {
                Site = site,
                Staff = await AttackHost.SignIn(site, who),
                Addresses = addresses,
                Emails = emails,
                Me = emails.Single(e => e.Value.StartsWith(who + "@")).Key,
            };
        }

        /// <summary>Every page, and with search parameters those that show members only then.</summary>
        public Task<List<string>> Pages() =>
            Task.FromResult(
                Routes
                    .All(Site.Host)
                    .Where(r =>
                        r.Method == "GET" && !r.Path.StartsWith("/dev") && !r.Path.StartsWith("/language") && !r.Path.StartsWith("/scheme")
                    )
                    .Select(r => Addresses.Fill(r.Path))
                    .Concat([
                        "/staff/members?q=anna",
                        "/staff/members?q=example.com&sort=name",
                        "/staff/mailings/3/recipients?state=Ambiguous",
                        "/staff/mailings/1/audience?without=true",
                        "/staff/mailings/1/preview?as=anna",
                        "/staff/mailings/1/preview?as=n",
                        "/staff/groups/circle?q=anna",
                        "/staff/audit?member=anna",
                        "/staff/audit?member=n",
                    ])
                    .Distinct()
                    .ToList()
            );

        public Task<List<AuditRecord>> Records() =>
            Site.Db(db => db.Audit.AsNoTracking().Where(a => a.ActorId == Me).OrderBy(a => a.Id).ToListAsync());

        public async Task Send(Form form, string value, bool typed)
        {
            var what = $"{form} with {value[..Math.Min(5, value.Length)]}";
            var answer = await Staff.Send(HttpMethod.Post, form.Action, form.With(Staff.Token, value, typed));
            await Look(what, answer);
            if (answer.Location is { } location && location.StartsWith('/')) await Look(what + " → " + location, await Staff.Get(location));
        }

        public async Task Look(string what, Answer answer)
        {
            var since = last;
            var records = await Site.Db(db => db.Audit.AsNoTracking().Where(a => a.Id > since && a.ActorId == Me).ToListAsync());
            if (records.Count > 0)
                last = records.Max(r => r.Id);
            var seen = Emails
                .Where(e => e.Key != Me && answer.Body.Contains(e.Value, StringComparison.OrdinalIgnoreCase))
                .Select(e => e.Key)
                .ToList();
            if (seen.Count == 0)
                return;
            Shown.Add(what);
            var recorded = records
                .SelectMany(r => r.Ids is null ? [r.SubjectId ?? 0] : System.Text.Json.JsonSerializer.Deserialize<long[]>(r.Ids)!)
                .ToHashSet();
            Assert.True(
                seen.All(recorded.Contains),
                $"{what} ({answer.Status}) shows without a record: "
                    + string.Join(", ", seen.Where(s => !recorded.Contains(s)).Select(s => Emails[s]))
            );
        }
    }
}
