using AngleSharp.Html.Parser;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Names in letters are names, whatever signs they are made of.</summary>
public sealed class LetterWordsTests(TestHost host)
{
    [Fact]
    public async Task No_name_becomes_a_link_or_emphasis_in_any_letter()
    {
        const string Name = "*Best* [shop](https://evil.example/) www.evil.example <b>_x_</b> 「**店**」";
        var site = await host.NewSite(recipe => recipe["name"] = Name);
        await site.With<IServiceProvider, int>(async services =>
        {
            var (db, letters) = (services.GetRequiredService<SiteDb>(), services.GetRequiredService<MemberLetters>());
            var anna = await db.Members.FirstAsync(m => m.Email == "anna@example.com");
            var group = new Group { Key = "x", Name = Name };
            letters.Confirm(anna, null);
            letters.Already(anna);
            letters.Reset(anna);
            letters.PasswordChanged(anna);
            letters.Invite(anna);
            letters.NewEmail(anna, "new@example.com");
            letters.EmailChanged(anna, "old@example.com");
            letters.Decided(anna, group, admitted: true);
            letters.Decided(anna, group, admitted: false);
            var written = db.ChangeTracker.Entries<Letter>().Select(e => e.Entity).ToList();
            Assert.Equal(9, written.Count);
            foreach (var letter in written)
            {
                Assert.Contains(Name, Markup.ToText(letter.Text!));
                var page = new HtmlParser().ParseDocument(Markup.ToMail(letter.Text!, "#000000", "https://site.example/"));
                Assert.Contains(Name, page.Body!.TextContent);
                Assert.All(page.QuerySelectorAll("a"), a => Assert.StartsWith(site.Url, a.GetAttribute("href")));
                Assert.Empty(page.QuerySelectorAll("em, strong, b"));
            }
            return 0;
        });
    }
}
