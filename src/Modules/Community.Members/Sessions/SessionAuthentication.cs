using System.Text.Encodings.Web;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>Authenticates requests by the session cookie, and redirects visitors to the sign-in form where a member is required.</summary>
sealed class SessionAuthentication(
    Sessions sessions,
    Site site,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logging,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public const string Name = "session";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync() =>
        await sessions.User(Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new AuthenticationTicket(user, Name))
            : AuthenticateResult.NoResult();

    // If a session ended while somebody was writing, the text must not be lost: the error page of this status gives it back.
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (await RejectedInput.Keep(Context)) { Response.StatusCode = StatusCodes.Status401Unauthorized; return; }
        var asked = OriginalPathBase + OriginalPath + Request.QueryString;
        // A button's address is no page to come back to: the page with the button is.
        var isPage = HttpMethods.IsGet(Request.Method);
        var back = isPage ? asked : LocalUrl.Sender(Request) ?? asked;
        // Who was led here, and did not ask to sign in, is told why.
        if (isPage && !site.IsConsole)
            Context
                .RequestServices.GetRequiredService<Flash>()
                .Say(new FlashMessage("members.sign-in.for-members") { Tone = FlashTone.Info });
        Response.Redirect($"{SignInPage.Url}?returnUrl={Uri.EscapeDataString(back)}");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
