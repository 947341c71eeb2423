using System.Net;
using Community.Boards;
using Community.Members;
using Community.Tests.Attacks;
using Community.Tests.Boards;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;
using Visibility = Community.Members.Visibility;

namespace Community.Tests.House;

/// <summary>
/// Who may not see personal data has no way to it: unusual words are planted in every masked field of a member, then every route is
/// asked as each role, and the bytes of the answers are searched. Forms are sent with a good token, as they stand on the pages and empty.
/// </summary>
[Trait("takes", "long")]
public sealed class MaskedTests(TestHost host)
{
    const string Mailbox = "zqmailboxx", Words = "zqpersonalx", Aside = "zqasidex", Place = "zqplacex", Phone = "9077773131";
    static readonly string[] planted = [Mailbox, Words, Aside, Place, Phone];

    [Fact]
    public async Task Webmasters_moderators_and_moderators_of_a_board_have_no_way_to_a_masked_field()
    {
        var site = await host.NewSite();
        var addresses = await Addresses.Of(site);
        // A post of hers that was reported, to have something on the pages of moderators.
        var topic = await (await site.SignIn("anna")).Start("general", "Mugs");
        await (await site.SignIn("ben")).Submit(topic + "/posts/1/report", new() { ["reason"] = "Look" });
        await Plant(site);
        var (admin, carla) = (await site.Reader("admin"), (await site.Reader("carla")).Id!.Value);
        Assert.True(await site.With<BoardModerators, bool>(m => m.Appoint(admin, 1, carla, true, default)));
        // The administrator sees each of them somewhere, or the walk would prove nothing.
        var seen = await Walk(site, "admin", addresses, sending: false);
        Assert.Equal(planted.Except([Aside]).Order(), seen.Select(s => s.Word).Distinct().Except([Aside]).Order());
        foreach (var member in new[] { "ben", "carla", "mod", "web" }) Assert.Empty(await Walk(site, member, addresses, sending: true));
        // Mailers see addresses, and nothing else of it.
        Assert.Equal([], (await Walk(site, "mailer", addresses, sending: true)).Where(s => s.Word != Mailbox));
    }

    [Fact]
    public async Task A_search_of_the_audit_log_by_address_is_for_who_sees_addresses()
    {
        var site = await host.NewSite();
        await Plant(site);
        var anna = await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync());
        foreach (var (role, finds) in new[] { ("admin", true), ("mod", false) })
        {
            var visitor = await site.SignIn(role);
            var page = await visitor.Get("/staff/audit");
            if (finds) Assert.Contains($"#{anna}", (await visitor.Submit(page, new() { ["member"] = "zqmail" })).Html);
            else Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        }
    }

    static async Task Plant(TestSite site)
    {
        var text = await AttributeTests.Define(site, "Diagnosis", AttributeType.Text, d => d with { Visibility = Visibility.Personal });
        var phone = await AttributeTests.Define(site, "Phone", AttributeType.Telephone, d => d with { Visibility = Visibility.Personal });
        await AttributeTests.Give(site, "anna", text, Words);
        await AttributeTests.Give(site, "anna", phone, "+81 90 7777 3131");
        await site.Db(async db =>
        {
            var anna = await db.Members.SingleAsync(m => m.Email == "anna@example.com");
            anna.ChangeEmail(EmailAddress.Parse(Mailbox + "@example.com"));
            db.KeptAside.Add(new KeptAside
            {
                MemberId = anna.Id,
                AttributeId = text,
                Type = AttributeType.Text,
                Text = Aside,
                At = db.Now,
            });
            db.ConsentEvents.Add(new ConsentEvent
            {
                MemberId = anna.Id,
                KindId = 1,
                Action = ConsentAction.Grant,
                At = db.Now,
                Source = ConsentSource.Paper,
                Proof = new ConsentProof { MemberId = anna.Id, Place = Place, SignedOn = new(2026, 1, 2) },
            });
            db.SystemMails.Add(new SystemMail
            {
                Kind = "members.reset",
                To = anna.Email!,
                MemberId = anna.Id,
                Subject = "x",
                Text = null,
                Culture = "en",
                CreatedAt = db.Now,
                FailedAt = db.Now,
                State = SystemMailState.Failed,
                Answer = $"550 5.1.1 <{anna.Email}> unknown",
            });
            await db.SaveChangesAsync();
            return 0;
        });
    }

    /// <summary>Every answer to this member that has a planted word.</summary>
    async Task<List<(string Word, string Route)>> Walk(TestSite site, string who, Addresses addresses, bool sending)
    {
        var visitor = await site.SignIn(who);
        var (found, routes, sent) = (new List<(string, string)>(), Routes.All(host), 0);
        var pages = new List<Page>();
        foreach (var (_, route) in routes.Where(r => r.Method == "GET"))
        {
            var address = addresses.Fill(route);
            var page = await visitor.Send(new(HttpMethod.Get, address));
            Look("GET " + route, page);
            if (page.Status is HttpStatusCode.OK && page.ContentType == "text/html") pages.Add(page);
            // Who is turned away is turned away whatever is searched.
            if (page.Status is not HttpStatusCode.OK) continue;
            // Completions and lists that are searched: by what is planted, and by what anybody knows of her.
            foreach (var words in new[] { "anna", "zqpersonal" })
                Look($"GET {route}?q={words}", await visitor.Send(new(HttpMethod.Get, With(address, words))));
        }
        if (!sending) return found;
        var token = (await visitor.Get("/account")).Document.QuerySelector("input[name='__RequestVerificationToken']")!;
        foreach (var page in pages)
        {
            foreach (var form in page.Document.QuerySelectorAll("form[method=post]"))
            {
                if (form.GetAttribute("action") is { } action && EndsSession(action)) continue;
                var fields = new Dictionary<string, string>();
                foreach (var field in form.QuerySelectorAll("input[type=hidden][name], button[name]"))
                    fields[field.GetAttribute("name")!] = field.GetAttribute("value") ?? "";
                await Send(new Uri(page.Url, form.GetAttribute("action") ?? page.Url.PathAndQuery).PathAndQuery, fields);
            }
        }
        foreach (var (_, route) in routes.Where(r => r.Method == "POST" && !EndsSession(r.Path)))
            await Send(addresses.Fill(route), []);
        Assert.True(sent > 50, $"{who} sent {sent} forms");
        // Nothing of it has ended the session, or what came after it would prove nothing.
        Assert.Equal(HttpStatusCode.OK, (await visitor.Send(new(HttpMethod.Get, "/account"))).Status);
        return found;

        async Task Send(string url, Dictionary<string, string> fields)
        {
            fields["__RequestVerificationToken"] = token.GetAttribute("value")!;
            var answer = await visitor.Send(new(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(fields) });
            sent++;
            Look("POST " + url, answer);
            // What was done is said on the next page.
            if (answer.Location is { } next && next.Host == answer.Url.Host)
                Look("after POST " + url, await visitor.Send(new(HttpMethod.Get, next)));
        }

        void Look(string what, Page page)
        {
            var bytes = WebUtility.HtmlDecode(page.Html) + page.Location;
            var bare = bytes.Replace(" ", "").Replace("-", "");
            foreach (var word in planted)
                if (bytes.Contains(word, StringComparison.OrdinalIgnoreCase) || (word == Phone && bare.Contains(word)))
                    found.Add((word, $"{who}: {what}"));
        }

        static string With(string address, string words) => address + (address.Contains('?') ? "&" : "?") + "q=" + words;
        static bool EndsSession(string path) => path is "/sign-out" || path.Contains("/account/sessions") || path.Contains("/leave");
    }
}
