using AngleSharp.Html.Parser;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Names in e-mails stay names, whatever characters they contain.</summary>
public sealed class SystemMailWordsTests(TestHost host)
{
    [Fact]
    public async Task No_name_becomes_a_link_or_emphasis_in_any_mail()
    {
        const string Name = "*Best* [shop](https://evil.example/) www.evil.example <b>_x_</b> 「**店**」";
        var site = await host.NewSite(recipe => recipe["name"] = Name);
        await site.With<IServiceProvider, int>(async services =>
        {
            var (db, mails) = (services.GetRequiredService<SiteDb>(), services.GetRequiredService<MemberMails>());
            var anna = await db.Members.FirstAsync(m => m.Email == "anna@example.com");
            var group = new Group { Key = "x", Name = Name };
            mails.AskToConfirm(anna, null);
            mails.Already(anna);
            mails.Reset(anna);
            mails.PasswordChanged(anna);
            mails.Invite(anna);
            var change = new EmailChange { Id = 1, MemberId = anna.Id, Email = "new@example.com", Stamp = anna.SecurityStamp! };
            mails.NewEmail(anna, change);
            mails.PresentEmail(anna, change);
            mails.EmailChanged(anna, "old@example.com");
            mails.NewDevice(anna, new Session { Agent = "Firefox, Windows", Network = "203.0.113.0/24", SignedInAt = DateTime.UtcNow });
            mails.AccessChanged(anna, AccessChange.RecoveryCodeUsed, 2);
            mails.WrongCodes(anna);
            mails.JoinProvider(anna, new Provider { Key = "x", Name = Name }, "{}");
            mails.Decided(anna, group, admitted: true);
            mails.Decided(anna, group, admitted: false);
            var written = db.ChangeTracker.Entries<SystemMail>().Select(e => e.Entity).ToList();
            Assert.Equal(14, written.Count);
            foreach (var mail in written)
            {
                Assert.Contains(Name, Markup.ToText(mail.Text!));
                var page = new HtmlParser().ParseDocument(Markup.ToMail(mail.Text!, "#000000", "https://site.example/"));
                Assert.Contains(Name, page.Body!.TextContent);
                Assert.All(page.QuerySelectorAll("a"), a => Assert.StartsWith(site.Url, a.GetAttribute("href")));
                Assert.Empty(page.QuerySelectorAll("em, strong, b"));
            }
            return 0;
        });
    }
}
