using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>
/// Marks a page or an endpoint for dangerous acts (a new address, password or factor, an export of one's own data): its member must have
/// proved who they are within the last <see cref="SessionGate.Fresh"/>; otherwise <see cref="ConfirmIdentityPage"/> asks first, and leads
/// back. A member whose sign-in takes two steps must have done both.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ConfirmIdentityAttribute : Attribute;

/// <summary>
/// Marks what is open to staff whose role needs a second factor that this session lacks: what sets one up, links of e-mails, and the way
/// out.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WithoutSecondFactorAttribute : Attribute;

/// <summary>
/// Stands between authorization and the endpoints: a session that lacks its role's second factor reaches nothing but the pages that add
/// it, and an act marked with <see cref="ConfirmIdentityAttribute"/> asks for a fresh proof first.
/// </summary>
public static class SessionGate
{
    /// <summary>How long a proof lasts for opening a page of a dangerous act.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    /// <summary>How long for sending its form, so that nobody who fills it in slowly loses what was typed.</summary>
    static readonly TimeSpan FreshToSend = TimeSpan.FromHours(1);

    public static async Task Ask(HttpContext http, RequestDelegate next)
    {
        if (http.Items[typeof(SignedIn)] is SignedIn session && http.GetEndpoint() is { } endpoint)
        {
            var lacks = !session.SecondFactor && await IsRequired(http, session);
            if (lacks && !IsOpen(endpoint))
            {
                await Lead(http, SecurityPage.Url);
                return;
            }
            if (endpoint.Metadata.GetMetadata<ConfirmIdentityAttribute>() is not null && !await IsProved(http, session, lacks))
            {
                await Lead(http, ConfirmIdentityPage.Url);
                return;
            }
        }
        await next(http);
    }

    static ValueTask<bool> IsRequired(HttpContext http, SignedIn session) =>
        session is { Role: null, ModeratesSingle: false }
            ? new(false)
            : http.RequestServices.GetRequiredService<RequiredFactors>().Of(session, http.RequestAborted);

    static bool IsOpen(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<WithoutSecondFactorAttribute>() is not null
        || endpoint.Metadata.GetMetadata<EvenWhenOffAttribute>() is not null
        || endpoint.Metadata.GetMetadata<LoadedByPagesAttribute>() is { IsPart: true };

    static async Task<bool> IsProved(HttpContext http, SignedIn session, bool lacks)
    {
        if (session.AsksSecondStep && !session.SecondFactor) return false;
        // Whoever knows the password alone adds no factor of their own beside the passkeys that are there.
        if (lacks && await http.RequestServices.GetRequiredService<WaysIn>().Passkeys(MemberClaim.IdOf(http.User)!.Value).AnyAsync())
            return false;
        // Duration(): a proof in the future means that the clock was set back since.
        var age = (http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime - session.ProvedAt).Duration();
        return age <= (IsRead(http.Request) ? Fresh : FreshToSend);
    }

    static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    static async Task Lead(HttpContext http, string page)
    {
        // What was written is shown to be copied, with status 403.
        if (await RejectedInput.Keep(http)) { http.Response.StatusCode = StatusCodes.Status403Forbidden; return; }
        var back = IsRead(http.Request) ? http.Request.Path + http.Request.QueryString : LocalUrl.Sender(http.Request);
        http.Response.Redirect(back is null ? page : $"{page}?returnUrl={Uri.EscapeDataString(back)}");
    }
}
