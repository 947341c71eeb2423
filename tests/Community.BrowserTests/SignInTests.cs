using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using OtpNet;

namespace Community.BrowserTests;

/// <summary>Signing in as a person does: passkeys of Chromium's virtual authenticator, a real OpenID Connect server, no script.</summary>
[Trait("needs", "browser")]
public sealed class SignInTests(Chromium chromium)
{
    /// <summary>An authenticator of the browser's own, as a telephone with a fingerprint is one.</summary>
    static async Task<(ICDPSession Session, string Id)> Authenticator(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        var made = await session.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return (session, made!.Value.GetProperty("authenticatorId").GetString()!);
    }

    static Task Verifies(ICDPSession session, string id, bool verified) =>
        session.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = id, ["isUserVerified"] = verified });

    /// <summary>A site of its own on a host that browsers trust without https.</summary>
    async Task<TestSite> Site()
    {
        var key = "k" + Guid.NewGuid().ToString("n")[..10];
        return await chromium.Host.NewSite(recipe =>
        {
            recipe["key"] = key;
            recipe["hosts"] = new System.Text.Json.Nodes.JsonArray(key + ".localhost");
        });
    }

    static async Task SignOut(IPage page)
    {
        await page.Locator(".account-menu summary").ClickAsync();
        await page.Locator("form[action='/sign-out'] button").ClickAsync();
        await page.WaitForURLAsync("**/sign-in");
    }

    static ILocator In(IPage page) => page.Locator("form[action='/sign-out']").First;

    [Fact]
    public async Task A_passkey_is_made_signs_in_and_is_the_second_step()
    {
        var site = await Site();
        var page = await chromium.Open(site);
        // The authenticator would answer the field's own question before the button is pressed; that has a test of its own.
        await page.AddInitScriptAsync("PublicKeyCredential.isConditionalMediationAvailable = async () => false");
        var complaints = Looking.Complaints(page);
        var (session, id) = await Authenticator(page);
        await chromium.SignIn(page, "anna@example.com");
        await page.GotoAsync("/account/security/passkeys/new");
        Assert.False(await page.Locator("[data-without-passkey]").IsVisibleAsync());
        await page.Locator("[name=Name]").FillAsync("My telephone");
        await page.Locator("button[data-with-passkey]").ClickAsync();
        await page.WaitForURLAsync("**/account/security");
        Assert.Contains("My telephone", await page.Locator("main").InnerTextAsync());
        // A second one of the same device is none.
        await page.GotoAsync("/account/security/passkeys/new");
        await page.Locator("button[data-with-passkey]").ClickAsync();
        await page.Locator("[data-passkey-said]").WaitForAsync();
        Assert.Contains("already", await page.Locator("[data-passkey-said]").InnerTextAsync());
        await page.GotoAsync("/");
        await SignOut(page);
        // Who does not show the finger is not let in, is told so, and tries again.
        await Verifies(session, id, false);
        await page.GotoAsync("/sign-in?returnUrl=%2Fgroups");
        await page.Locator("button[data-with-passkey]").ClickAsync();
        await page.Locator("[data-passkey-said]").WaitForAsync();
        await Verifies(session, id, true);
        await page.Locator("button[data-with-passkey]").ClickAsync();
        await page.WaitForURLAsync("**/groups");
        Assert.Equal(1, await In(page).CountAsync());
        // As second step, after the password.
        await page.GotoAsync("/account/security/on");
        await page.Locator("main form button.primary").ClickAsync();
        await page.Locator(".codes code").First.WaitForAsync();
        await SignOut(page);
        await page.Locator("[name=Email]").FillAsync("anna@example.com");
        await page.Locator("[name=Password]").FillAsync(TestSite.Password);
        await page.Locator("main form button.primary").First.ClickAsync();
        await page.WaitForURLAsync("**/sign-in/second*");
        await page.Locator("button[data-with-passkey]").ClickAsync();
        await In(page).WaitForAsync(new() { State = WaitForSelectorState.Attached });
        Assert.DoesNotContain(complaints, c => !c.Contains("422"));
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Passkeys_are_offered_in_the_address_field()
    {
        var site = await Site();
        var page = await chromium.Open(site);
        await Authenticator(page);
        await chromium.SignIn(page, "ben@example.com");
        await page.GotoAsync("/account/security/passkeys/new");
        await page.Locator("button[data-with-passkey]").ClickAsync();
        await page.WaitForURLAsync("**/account/security");
        // Signed out. The virtual authenticator chooses at once what a person would choose from the field's list.
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync("/sign-in");
        await In(page).WaitForAsync(new() { State = WaitForSelectorState.Attached });
        var method = await site.Db(db => db.Sessions.OrderByDescending(s => s.Id).Select(s => s.Method).FirstAsync());
        Assert.Equal(SignInMethod.Passkey, method);
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData(320, "ja", "dark"), InlineData(1280, "en", "light")]
    public async Task Without_script_the_pages_say_so_and_password_and_app_work(int width, string language, string scheme)
    {
        var site = await Site();
        // axe needs scripts: the pages are looked at with, and used without.
        var page = await chromium.Open(site, width, language, script: false, scheme: scheme);
        await page.GotoAsync("/sign-in");
        Assert.True(await page.Locator("[data-without-passkey]").IsVisibleAsync());
        Assert.False(await page.Locator("button[data-with-passkey]").IsVisibleAsync());
        await chromium.SignIn(page, "carla@example.com");
        await page.GotoAsync("/account/security/app");
        var secret = Base32Encoding.ToBytes((await page.Locator(".secret").InnerTextAsync()).Replace(" ", ""));
        await page.Locator("[name=Code]").FillAsync(new Totp(secret).ComputeTotp(DateTime.UtcNow));
        await page.Locator("main form button.primary").ClickAsync();
        Assert.Equal(10, await page.Locator(".codes code").CountAsync());
        await page.Context.CloseAsync();
        var looked = await chromium.Open(site, width, language, scheme: scheme);
        await looked.GotoAsync("/sign-in");
        var faults = await Looking.Faults(looked, "/sign-in");
        await looked.Locator("[name=Email]").FillAsync("carla@example.com");
        await looked.Locator("[name=Password]").FillAsync(TestSite.Password);
        await looked.Locator("main form button.primary").First.ClickAsync();
        await looked.WaitForURLAsync("**/sign-in/second*");
        faults.AddRange(await Looking.Faults(looked, "second step"));
        // The next code: the present one may be used up.
        await looked.Locator("[name=Code]").FillAsync(new Totp(secret).ComputeTotp(DateTime.UtcNow.AddSeconds(30)));
        await looked.Locator("main form button.primary").First.ClickAsync();
        await In(looked).WaitForAsync(new() { State = WaitForSelectorState.Attached });
        foreach (
            var path in new[]
            {
                "/account/security", "/account/security/app", "/account/security/codes", "/account/security/off",
                "/account/security/passkeys/new", "/account/confirm",
            }
        )
        {
            await looked.GotoAsync(path);
            faults.AddRange(await Looking.Faults(looked, path));
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        await looked.Context.CloseAsync();
    }

    [Fact]
    public async Task A_real_provider_is_set_up_and_used_in_the_browser()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await Site();
        var admin = await chromium.Open(site);
        var complaints = Looking.Complaints(admin);
        await chromium.SignIn(admin, "admin@example.com");
        await admin.GotoAsync("/staff/providers/new?kind=other");
        var faults = await Looking.Faults(admin, "/staff/providers/new");
        await admin.Locator("[name='Form.Name']").FillAsync("Acme ID");
        await admin.Locator("[name='Form.Issuer']").FillAsync(idp.Issuer);
        await admin.Locator("[name='Form.ClientId']").FillAsync(OpenIdServer.ClientId);
        await admin.Locator("[name='Form.Secret']").FillAsync(OpenIdServer.Secret);
        await admin.Locator("[name='Form.IsOn']").CheckAsync();
        await admin.Locator("main form button.primary").First.ClickAsync();
        await admin.Locator(".facts .secret").WaitForAsync();
        faults.AddRange(await Looking.Faults(admin, "provider"));
        await admin.GotoAsync("/staff/providers");
        faults.AddRange(await Looking.Faults(admin, "/staff/providers"));
        await admin.Context.CloseAsync();
        idp.Person = new() { ["sub"] = "u-9", ["email"] = "nora@example.com", ["email_verified"] = "true", ["name"] = "Nora" };
        var nora = await chromium.Open(site, 320);
        await nora.GotoAsync("/sign-in?returnUrl=%2Fgroups");
        await nora.Locator("a[href^='/sign-in/with/']").ClickAsync();
        // Its load event may come before it is waited for, after two redirects.
        await nora.WaitForURLAsync("**/sign-in/first*", new() { WaitUntil = WaitUntilState.Commit });
        await nora.Locator(".card a[href^='/register']").WaitForAsync();
        faults.AddRange(await Looking.Faults(nora, "/sign-in/first"));
        await nora.Locator(".card a[href^='/register']").ClickAsync();
        faults.AddRange(await Looking.Faults(nora, "/register by a provider"));
        await nora.Locator("main form button.primary").First.ClickAsync();
        await nora.WaitForURLAsync("**/groups", new() { WaitUntil = WaitUntilState.Commit });
        await nora.GotoAsync("/account/security");
        faults.AddRange(await Looking.Faults(nora, "/account/security"));
        Assert.Contains("Acme ID", await nora.Locator("main").InnerTextAsync());
        await nora.Context.CloseAsync();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Empty(complaints);
    }
}
