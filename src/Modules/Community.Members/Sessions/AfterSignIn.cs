using Community.Kernel;
using Community.Ui;

namespace Community.Members;

/// <summary>Where each outcome of a sign-in leads, whichever door it was at.</summary>
public sealed class AfterSignIn(RightsHolder holder, WaitingAddress addresses, Flash flash)
{
    /// <param name="result">The outcome.</param>
    /// <param name="member">Whose sign-in it was; null if nobody was proved.</param>
    /// <param name="returnUrl">The page to go on with.</param>
    /// <returns>The next page; null if the door itself says what is wrong.</returns>
    public string? Leads(SignInResult result, Member? member, string? returnUrl)
    {
        switch (result)
        {
            case SignInResult.SignedIn:
                return LocalUrl.Or(returnUrl, "/");
            case SignInResult.SecondStep:
                return SecondStepPage.Url + WaitingAddress.Back(returnUrl, first: true);
            case SignInResult.Unconfirmed:
                return addresses.Url(member!.Email!, returnUrl);
            // No session: the cookie opens the pages of their own data alone.
            case SignInResult.Leaving:
                holder.Let(member!);
                return ComeBackPage.Url;
            case SignInResult.Awaiting:
                holder.Let(member!);
                return DataPage.Url;
            default:
                return null;
        }
    }

    /// <summary>For doors that are no page of their own: says that the member is suspended, and leads to the page to sign in.</summary>
    public string Suspended(Member member, string? returnUrl)
    {
        holder.Let(member);
        var text = member.SuspensionReason is { Length: > 0 } reason
            ? new FlashMessage("members.sign-in.suspended.because", reason)
            : new FlashMessage("members.sign-in.suspended");
        flash.SayTo(null, text with { Tone = FlashTone.Danger, Link = new(DataPage.Url, "members.sign-in.suspended.data") });
        return SignInPage.Url + WaitingAddress.Back(returnUrl, first: true);
    }
}
