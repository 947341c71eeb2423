using System.Security.Cryptography;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>
/// Slows robots down without asking a third party, and without script: a field that people do not see has to stay empty, and a form that
/// this site made, some seconds before and at most a day, has to come back. A person who trips over one of them reads what to do and
/// loses nothing. Limits by network and by mailbox stand behind it.
/// </summary>
public sealed class FormGuard(IDataProtectionProvider protection, IOptions<MembersOptions> options, TimeProvider time)
{
    /// <summary>The hidden field with the moment at which the form was made.</summary>
    public const string Made = "made";
    /// <summary>The field that has to stay empty. Its name says what robots like to fill in; no browser fills it in by itself.</summary>
    public const string Trap = "homepage";

    static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

    readonly IDataProtector protector = protection.CreateProtector("Community.Members.FormGuard");

    /// <summary>The moment, encrypted: for the field <see cref="Made"/>.</summary>
    public string Seal() => WebEncoders.Base64UrlEncode(protector.Protect(BitConverter.GetBytes(time.GetUtcNow().UtcTicks)));

    /// <summary>Adds what is wrong to <paramref name="problems"/>.</summary>
    public void Check(string? made, string? trap, Problems problems, IStringLocalizer texts)
    {
        if (!string.IsNullOrEmpty(trap)) problems.Add(Trap, texts["members.guard.trap"]);
        var age = Age(made);
        // Duration(): the clock may have been set back since.
        if (age is null || age.Value.Duration() > MaxAge) problems.Add("", texts["members.guard.old"]);
        else if (age < TimeSpan.FromSeconds(options.Value.RegisterSeconds)) problems.Add("", texts["members.guard.quick"]);
    }

    TimeSpan? Age(string? made)
    {
        if (made is not { Length: > 0 and < 500 }) return null;
        try
        {
            var ticks = BitConverter.ToInt64(protector.Unprotect(WebEncoders.Base64UrlDecode(made)));
            return time.GetUtcNow() - new DateTimeOffset(ticks, TimeSpan.Zero);
        }
        catch (Exception error) when (error is FormatException or CryptographicException or ArgumentException) { return null; }
    }
}
