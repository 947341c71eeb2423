using System.Net;
using Community.Members;
using Community.Tests.Attacks;
using Community.Tests.Boards;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.House;

/// <summary>
/// Who may not see personal data has no way to it: unusual words are planted in every masked field of a member, then every route is
/// asked as each role, and the bytes of the answers are searched.
/// </summary>
public sealed class MaskedTests(TestHost host)
{
    const string Mailbox = "zqmailboxx", Words = "zqpersonalx", Aside = "zqasidex", Place = "zqplacex", Phone = "9077773131";
    static readonly string[] planted = [Mailbox, Words, Aside, Place, Phone];

    [Fact]
    public async Task A_webmaster_and_a_moderator_have_no_way_to_a_masked_field()
    {
        var site = await host.NewSite();
        var addresses = await Addresses.Of(site);
        await Plant(site);
        // The administrator sees each of them somewhere, or the walk would prove nothing.
        var seen = await Walk(site, "admin", addresses);
        Assert.Equal(planted.Except([Aside]).Order(), seen.Select(s => s.Word).Distinct().Except([Aside]).Order());
        foreach (var role in new[] { "anna-friend", "mod", "web" })
            Assert.Empty(await Walk(site, role == "anna-friend" ? "ben" : role, addresses));
        // Mailers see addresses, and nothing else of it.
        Assert.Equal([], (await Walk(site, "mailer", addresses)).Where(s => s.Word != Mailbox));
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
    async Task<List<(string Word, string Route)>> Walk(TestSite site, string who, Addresses addresses)
    {
        var visitor = await site.SignIn(who);
        var found = new List<(string, string)>();
        foreach (var (method, route) in Routes.All(host))
        {
            if (method is not ("GET" or "POST") || route is "/sign-out") continue;
            // A form without a field of its own: the page comes back with what is wrong. Without a token nothing is changed.
            var request = new HttpRequestMessage(new HttpMethod(method), addresses.Fill(route));
            if (method == "POST") request.Content = new FormUrlEncodedContent([]);
            var page = await visitor.Send(request);
            var bytes = WebUtility.HtmlDecode(page.Html) + page.Location;
            var bare = bytes.Replace(" ", "").Replace("-", "");
            foreach (var word in planted)
                if (bytes.Contains(word, StringComparison.OrdinalIgnoreCase) || (word == Phone && bare.Contains(word)))
                    found.Add((word, $"{who}: {method} {route}"));
        }
        return found;
    }
}
