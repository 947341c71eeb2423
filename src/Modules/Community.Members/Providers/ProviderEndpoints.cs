using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The way to a provider, and the way back.</summary>
static class ProviderEndpoints
{
    public static string LeadPath(string key) => "/sign-in/with/" + key;

    /// <summary>Where a signed-in member proves again who they are.</summary>
    public static string ProvePath(string key) => ConfirmIdentityPage.Url + "/with/" + key;

    /// <summary>Given to the provider's owner when the provider is set up; the same for ever.</summary>
    public static string ReturnPath(string key) => LeadPath(key) + "/return";

    public static void Map(IEndpointRouteBuilder app)
    {
        object[] open = [new WithoutTermsAttribute(), new WithoutSecondFactorAttribute()];
        // A link, not a form: the site's content security policy lets no form lead elsewhere.
        app.MapGet("/sign-in/with/{key}", Lead).WithMetadata(open);
        app.MapGet("/account/security/providers/{key}/connect", Connect)
            .RequireAuthorization()
            .WithMetadata(new ConfirmIdentityAttribute());
        app.MapGet(ProvePath("{key}"), Prove).RequireAuthorization().WithMetadata(open);
        app.MapGet("/sign-in/with/{key}/return", Take).WithMetadata(open);
        // Posted by the provider's page, which has no token of ours: the state, which is bound to this browser, takes its place.
        app.MapPost("/sign-in/with/{key}/return", Take)
            .RequireRateLimiting("sign-in")
            .WithMetadata(open)
            .WithMetadata(new RequireAntiforgeryTokenAttribute(false));
        app.MapPost(FirstTimePage.LinkUrl, SendLink).RequireRateLimiting("mail").WithMetadata(open);
        app.MapGet(JoinPage.LinkUrl, OpenLink).WithMetadata(open);
        app.MapPost("/sign-in/first/forget", Forget).RequireRateLimiting("sign-in").WithMetadata(open);
        app.MapPost("/account/security/providers/{account:long}/disconnect", Disconnect)
            .RequireAuthorization()
            .RequireRateLimiting("account")
            .WithMetadata(new ConfirmIdentityAttribute());
    }

    static Task<Provider?> Find(SiteDb db, string key, CancellationToken ct) =>
        db.Site.IsConsole
            ? Task.FromResult<Provider?>(null)
            : db.Providers.AsNoTracking().FirstOrDefaultAsync(p => p.Key == key && p.IsOn, ct);

    static async Task<IResult> Lead(
        string key,
        string? returnUrl,
        HttpContext http,
        SiteDb db,
        ProviderSignIn providers,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } provider) return Results.NotFound();
        // Another site does not begin a sign-in in somebody's name, nor does a prefetch.
        if (!Visit.MayChoose(http)) return Results.LocalRedirect(SignInPage.Url + WaitingAddress.Back(returnUrl, first: true));
        return await providers.Lead(provider, WaitingAddress.Kept(returnUrl), ProviderPurpose.SignIn, ct)
            ? Results.Empty
            : Unreachable(flash, provider, SignInPage.Url + WaitingAddress.Back(returnUrl, first: true));
    }

    static async Task<IResult> Connect(
        string key,
        HttpContext http,
        SiteDb db,
        ProviderSignIn providers,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } provider) return Results.NotFound();
        if (!Visit.MayChoose(http)) return Results.LocalRedirect(SecurityPage.Url);
        return await providers.Lead(provider, null, ProviderPurpose.Connect, ct)
            ? Results.Empty
            : Unreachable(flash, provider, SecurityPage.Url);
    }

    static async Task<IResult> Prove(
        string key,
        string? returnUrl,
        HttpContext http,
        SiteDb db,
        ProviderSignIn providers,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } provider) return Results.NotFound();
        var back = ConfirmIdentityPage.UrlTo(returnUrl);
        if (!Visit.MayChoose(http)) return Results.LocalRedirect(back);
        return await providers.Lead(provider, LocalUrl.Or(returnUrl, SecurityPage.Url), ProviderPurpose.Prove, ct)
            ? Results.Empty
            : Unreachable(flash, provider, back);
    }

    static async Task<IResult> SendLink(WaitingIdentity waiting, JoinByMail joining, Flash flash, CancellationToken ct)
    {
        if (await waiting.Present(ct) is not var (identity, provider)) return Results.LocalRedirect(SignInPage.Url);
        await joining.Send(identity, provider, ct);
        flash.Say(new FlashMessage("members.first.link.sent") { Tone = FlashTone.Info });
        return Results.LocalRedirect(FirstTimePage.Url);
    }

    static IResult OpenLink(string? token, HttpContext http, JoinLink link)
    {
        SecretAddress.Keep(http);
        link.Keep(token ?? "");
        return Results.LocalRedirect(JoinPage.Url);
    }

    static IResult Unreachable(Flash flash, Provider provider, string back)
    {
        flash.Say(new FlashMessage("members.providers.unreachable", provider.Name) { Tone = FlashTone.Warn });
        return Results.LocalRedirect(back);
    }

    static async Task<IResult> Take(
        string key,
        HttpContext http,
        SiteDb db,
        ProviderSignIn providers,
        SignIns signIns,
        WaitingIdentity waiting,
        AfterSignIn after,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } provider) return Results.NotFound();
        SecretAddress.Keep(http);
        var answer = await providers.Take(provider, ct);
        var signIn = SignInPage.Url + WaitingAddress.Back(answer.ReturnUrl, first: true);
        if (answer.Identity is not { } identity)
        {
            flash.Say(new FlashMessage("members.providers.failed", provider.Name) { Tone = FlashTone.Warn });
            return Results.LocalRedirect(answer.Purpose switch
            {
                ProviderPurpose.Connect => SecurityPage.Url,
                ProviderPurpose.Prove => ConfirmIdentityPage.UrlTo(answer.ReturnUrl),
                _ => signIn,
            });
        }
        if (answer.Purpose is ProviderPurpose.Prove)
        {
            waiting.RememberProof(identity, answer.ProvedAt);
            return Results.LocalRedirect(ConfirmIdentityPage.UrlTo(answer.ReturnUrl));
        }
        if (answer.Purpose is ProviderPurpose.Connect)
        {
            waiting.Remember(identity);
            return Results.LocalRedirect(ConnectPage.Url);
        }
        var (result, member) = await signIns.WithProvider(identity, provider, ct);
        switch (result)
        {
            case SignInResult.Unknown:
                waiting.Remember(identity);
                return Results.LocalRedirect(FirstTimePage.Url + WaitingAddress.Back(answer.ReturnUrl, first: true));
            case SignInResult.Suspended:
                return Results.LocalRedirect(after.Suspended(member!, answer.ReturnUrl));
            default:
                if (after.Leads(result, member, answer.ReturnUrl) is { } next) return Results.LocalRedirect(next);
                var text = result is SignInResult.ByProvider ? "members.sign-in.by-provider" : "members.providers.rests";
                flash.SayTo(null, new FlashMessage(text) { Tone = FlashTone.Danger });
                return Results.LocalRedirect(signIn);
        }
    }

    static IResult Forget(WaitingIdentity waiting)
    {
        waiting.Forget();
        return Results.LocalRedirect(SignInPage.Url);
    }

    static async Task<IResult> Disconnect(long account, ConnectProvider connect, CurrentMember current, Flash flash, CancellationToken ct)
    {
        await connect.Disconnect(current.Asking, account, ct);
        flash.Say("members.access.provider-disconnected");
        return Results.LocalRedirect(SecurityPage.Url);
    }
}
