using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>Somebody registers, and staff of each level look at them.</summary>
[Trait("needs", "browser")]
public sealed class MembersTests(Chromium chromium)
{
    const string Email = "hanako@example.org", Typed = "a violet bicycle rests";

    static MemberAttribute Of(string key, AttributeType type, string en, string ja, Visibility visibility, bool required = false) =>
        new()
        {
            Key = key,
            Type = type,
            Labels = Translations.Of(l => l == "en" ? en : ja),
            Visibility = visibility,
            Required = required,
            Asked = AskedWhen.Registration,
            MemberMayEdit = true,
        };

    async Task<TestSite> Site()
    {
        var site = await chromium.Host.NewSite();
        await site.Db(db =>
        {
            MemberAttribute[] all =
            [
                Of("kana", AttributeType.Furigana, "Furigana", "フリガナ", Visibility.Staff, required: true),
                Of("prefecture", AttributeType.Prefecture, "Prefecture", "都道府県", Visibility.Members),
                Of("birthday", AttributeType.Birthday, "Birthday", "誕生日", Visibility.Staff),
                Of("phone", AttributeType.Telephone, "Telephone", "電話番号", Visibility.Personal),
            ];
            for (var i = 0; i < all.Length; i++) all[i].Position = i;
            db.MemberAttributes.AddRange(all);
            db.Touch(SiteAttributes.Version);
            return db.SaveChangesAsync();
        });
        return site;
    }

    static Task<Dictionary<string, long>> Attributes(TestSite site) =>
        site.Db(db => db.MemberAttributes.ToDictionaryAsync(a => a.Key, a => a.Id));

    [Theory]
    [InlineData(320, "ja", "dark", true), InlineData(1280, "en", "light", false)]
    public async Task Somebody_registers_with_attributes_mends_what_was_wrong_and_confirms(
        int width, string language, string scheme, bool script)
    {
        var site = await Site();
        var attributes = await Attributes(site);
        var page = await chromium.Open(site, width, language, script, scheme);
        var faults = new List<string>();
        ILocator Field(string key) => page.Locator($"[name='attribute-{attributes[key]}']");
        await page.GotoAsync("/register");
        await Look("/register");
        await page.Locator("[name=Name]").FillAsync("花子");
        await page.Locator("[name=Email]").FillAsync(Email);
        await page.Locator("[name=Password]").FillAsync("password123");
        await Field("kana").FillAsync("山田");
        await Field("prefecture").SelectOptionAsync("26");
        await Field("birthday").FillAsync("平成32年1月1日");
        await Field("phone").FillAsync("12");
        await page.Locator("main form button.primary").ClickAsync();
        // Each error names its field, leads to it and stands beside it; what was typed stays, but for the password.
        var summary = page.Locator(".error-summary a");
        await summary.First.WaitForAsync();
        Assert.Equal(4, await summary.CountAsync());
        foreach (var key in new[] { "kana", "birthday", "phone" })
        {
            Assert.Equal("true", await Field(key).GetAttributeAsync("aria-invalid"));
            Assert.Equal(1, await page.Locator($"#attribute-{attributes[key]}-error").CountAsync());
        }
        Assert.Contains(language == "ja" ? "平成の最後の日（2019-04-30）" : "last day of 平成, 2019-04-30",
            await page.Locator($"#attribute-{attributes["birthday"]}-error").InnerTextAsync());
        Assert.Equal(("花子", Email, ""), (await Value("Name"), await Value("Email"), await Value("Password")));
        Assert.Equal(
            ("山田", "26", "平成32年1月1日", "12"),
            (
                await Field("kana").InputValueAsync(), await Field("prefecture").InputValueAsync(),
                await Field("birthday").InputValueAsync(), await Field("phone").InputValueAsync()
            )
        );
        await Look("what was wrong");
        await page.Locator("[name=Password]").FillAsync(Typed);
        await Field("kana").FillAsync("やまだ　はなこ");
        await Field("birthday").FillAsync("平成２年１月１日");
        await Field("phone").FillAsync("０９０−１２３４−５６７８");
        await page.Locator("main form button.primary").ClickAsync();
        await page.WaitForURLAsync("**/check-your-mail*");
        Assert.Contains(Email, await page.Locator("main").InnerTextAsync());
        await Look("/check-your-mail");

        await page.GotoAsync("/confirm?token=" + await site.With<IServiceProvider, string>(async services =>
        {
            var db = services.GetRequiredService<SiteDb>();
            var registration = await db.PendingRegistrations.SingleAsync();
            return services.GetRequiredService<MailLinks>().Token(
                MailLinkPurpose.Confirm, await db.Members.SingleAsync(m => m.Id == registration.MemberId), null, registration.Id);
        }));
        await Look("/confirm");
        await page.Locator("main form button.primary").ClickAsync();
        await page.Locator("form[action='/sign-out']").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        var kept = await site.Db(async db =>
        {
            var member = (await db.Members.OfAddress(Email, default))!;
            var all = await db.Attributes();
            return (await db.ValuesOf(member.Id, all.All)).ToDictionary(v => all[v.Key]!.Key, v => all[v.Key]!.Plain(v.Value, "ja"));
        });
        Assert.Equal(
            ("ヤマダ ハナコ", "京都府", "1990-01-01", "+819012345678"),
            (kept["kana"], kept["prefecture"], kept["birthday"], kept["phone"])
        );
        Assert.Empty(faults);
        await page.Context.CloseAsync();

        Task<string> Value(string name) => page.Locator($"[name={name}]").InputValueAsync();

        // axe needs scripts.
        async Task Look(string what)
        {
            if (script) faults.AddRange(await Looking.Faults(page, what));
        }
    }

    static readonly string[] levels = ["admin", "mod", "mailer", "web"];

    [Fact]
    public async Task Each_level_of_staff_has_the_menu_of_what_it_may_and_sees_no_field_that_it_may_not()
    {
        var site = await Site();
        var attributes = await Attributes(site);
        var anna = await site.Db(async db =>
        {
            var id = await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync();
            var all = await db.Attributes();
            foreach (var (key, value) in new[] { ("kana", "アンナ"), ("phone", "090-1234-5678") })
            {
                var attribute = all[attributes[key]]!;
                db.AttributeValues.AddRange(attribute.Rows(id, attribute.Parse(value, new(2026, 1, 1)).Value!));
            }
            await db.SaveChangesAsync();
            return id;
        });
        var (menus, pages) = (new Dictionary<string, List<string>>(), new Dictionary<string, IPage>());
        var visitors = new Dictionary<string, Visitor>();
        foreach (var level in levels)
        {
            var page = pages[level] = await chromium.Open(site, level == "mod" ? 320 : 1280, scheme: level == "mod" ? "dark" : "light");
            await Chromium.Enter(page, visitors[level] = await site.SignIn(level));
            await page.GotoAsync("/staff");
            // The smallest menu on the smallest screen; all pages of administrators are looked at elsewhere.
            if (level == "mod") Assert.Empty(await Looking.Faults(page, level + " /staff"));
            menus[level] = [.. await page.Locator(".side-nav a").EvaluateAllAsync<string[]>("all => all.map(a => a.getAttribute('href'))")];
        }
        // What is done every day, then what is looked up, then what is set up once.
        var headings = await pages["admin"].Locator(".side-nav h2").AllTextContentsAsync();
        Assert.Equal(["Records", "Set-up"], headings.TakeLast(2));
        Assert.Equal("/staff/members", menus["admin"].First(u => u.StartsWith("/staff/members", StringComparison.Ordinal)));
        Assert.True(menus["admin"].IndexOf("/staff/settings") > menus["admin"].IndexOf("/staff/audit"));
        foreach (var level in levels)
            foreach (var url in menus["admin"])
            {
                var status = (int)(await visitors[level].Send(new(HttpMethod.Get, url))).Status;
                Assert.True(
                    menus[level].Contains(url) ? status == 200 : status is 403 or 404,
                    $"{level} {url}: {status}, in the menu: {menus[level].Contains(url)}"
                );
            }
        Assert.True(levels.Skip(1).All(l => menus[l].Count < menus["admin"].Count));

        // Whose address and telephone number are shown to whom, in the bytes of the page.
        foreach (var (level, address, phone) in new[] { ("admin", true, true), ("mod", false, false), ("mailer", true, false) })
        {
            var page = pages[level];
            foreach (var url in new[] { "/staff/members", $"/staff/members/{anna}" })
            {
                await page.GotoAsync(url);
                var html = await page.ContentAsync();
                Assert.Contains("Anna", html);
                Assert.True(html.Contains("anna@example.com") == address, $"{level} {url}");
                Assert.True(address || html.Contains("a•••@example.com"), $"{level} {url}");
                var shown = html.Contains("1234-5678") || html.Contains("12345678");
                Assert.True(shown == (phone && url != "/staff/members"), $"{level} {url}");
                if (level == "mod") Assert.Empty(await Looking.Faults(page, $"{level} {url}"));
            }
        }
        Assert.Equal(403, (await pages["web"].GotoAsync($"/staff/members/{anna}"))!.Status);
        foreach (var page in pages.Values) await page.Context.CloseAsync();
    }
}
