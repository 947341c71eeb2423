using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>What a page asks of a browser: the options for its script, and our own state, sealed, which the form sends back.</summary>
/// <param name="Options">JSON for <c>PublicKeyCredential.parse…OptionsFromJSON</c>.</param>
/// <param name="State">Holds the challenge; for a quarter of an hour, and once.</param>
public sealed record PasskeyQuestion(string Options, string State);

/// <summary>Why a passkey's answer does not count.</summary>
public enum PasskeyProblem
{
    None,
    /// <summary>The page stood open for too long, or its challenge was used: the page asks again.</summary>
    Old,
    /// <summary>No passkey of this site, or its signature is wrong.</summary>
    Wrong,
}

/// <param name="Problem">Whether it counts.</param>
/// <param name="Member">Whose passkey it is.</param>
/// <param name="Use">
/// Uses the challenge and counts the signature, in the open change; false if somebody else did meanwhile. Nothing is kept without it.
/// </param>
sealed record PasskeyAnswer(PasskeyProblem Problem, Member? Member = null, Func<CancellationToken, Task<bool>>? Use = null);

/// <summary>
/// Asks for passkeys and checks what comes back, by ASP.NET Core Identity's own handler. A passkey is always made and used with user
/// verification (finger, face, PIN), so it counts as two factors. Its relying party is the host name of the request.
/// </summary>
public sealed class PasskeyChecks(SiteDb db, IDataProtectionProvider protection, IHttpContextAccessor accessor, TimeProvider time)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    /// <summary>An answer has some kilobytes at most.</summary>
    const int MaxLength = 20_000;

    static readonly IOptions<IdentityPasskeyOptions> options = Options.Create(
        new IdentityPasskeyOptions
        {
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            // By default the Origin header is compared, which a browser leaves out or empties by the page's referrer policy.
            ValidateOrigin = shown =>
                new(
                    !shown.CrossOrigin
                        && shown.Origin == $"{shown.HttpContext.Request.Scheme}://{shown.HttpContext.Request.Host}"
                ),
        }
    );

    /// <param name="Content">The handler's own state.</param>
    /// <param name="Until">Milliseconds since 1970: a date is written in more letters or fewer, which the answer's length would
    /// tell.</param>
    sealed record State(string Content, long Until);

    readonly IDataProtector asked = protection.CreateProtector("Community.Members.Passkey.Asked"),
        made = protection.CreateProtector("Community.Members.Passkey.Made");
    readonly PasskeyHandler<Member> handler = new(
        new UserManager<Member>(
            new PasskeyStore(db, accessor), null!, null!, null!, null!, null!, null!, null!, NullLogger<UserManager<Member>>.Instance),
        options
    );

    HttpContext Http => accessor.HttpContext!;
    DateTime Now => time.GetUtcNow().UtcDateTime;
    long Milliseconds => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Asks for a passkey of this member; of anybody, if it is null.</summary>
    public async Task<PasskeyQuestion> Ask(Member? member)
    {
        var question = await handler.MakeRequestOptionsAsync(member, Http);
        return new(question.RequestOptionsJson, Seal(asked, question.AssertionState!));
    }

    /// <summary>Asks for a new passkey.</summary>
    public async Task<PasskeyQuestion> AskToMake(Member member)
    {
        var question = await handler.MakeCreationOptionsAsync(
            new() { Id = member.Handle, Name = member.Email!, DisplayName = member.Name },
            Http
        );
        return new(question.CreationOptionsJson, Seal(made, question.AttestationState!));
    }

    /// <summary>Checks an answer. <paramref name="of"/>: the only member whose passkey counts; null for anybody's.</summary>
    internal async Task<PasskeyAnswer> Check(string? state, string? credential, long? of = null)
    {
        if (credential is not { Length: > 0 and <= MaxLength } || Open(asked, state) is not { } content) return new(PasskeyProblem.Wrong);
        if (content.Until < Milliseconds || await IsUsed(state!)) return new(PasskeyProblem.Old);
        var result = await handler.PerformAssertionAsync(
            new() { HttpContext = Http, CredentialJson = credential, AssertionState = content.Content }
        );
        if (!result.Succeeded || (of is not null && result.User.Id != of)) return new(PasskeyProblem.Wrong);
        var (passkey, member) = (result.Passkey, result.User);
        return new(PasskeyProblem.None, member, ct => Use(state!, content.Until, member.Id, passkey, ct));
    }

    async Task<bool> Use(string state, long until, long member, UserPasskeyInfo passkey, CancellationToken ct)
    {
        if (!await Spend(state, until, ct)) return false;
        var (id, count, now) = (passkey.CredentialId, (long)passkey.SignCount, Now);
        return await db
                .Passkeys.Where(p =>
                    p.MemberId == member && p.CredentialId == id && (p.SignCount < count || (count == 0 && p.SignCount == 0))
                )
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(p => p.SignCount, count)
                            .SetProperty(p => p.IsBackedUp, passkey.IsBackedUp)
                            .SetProperty(p => p.LastUsedAt, now),
                    ct
                ) > 0;
    }

    /// <summary>
    /// The passkey that a browser has made; null if the answer is too old, used or wrong. Uses the challenge, in the open change.
    /// </summary>
    internal async Task<Passkey?> Made(Member member, string? state, string? credential, CancellationToken ct)
    {
        if (credential is not { Length: > 0 and <= MaxLength } || Open(made, state) is not { } content || content.Until < Milliseconds)
            return null;
        var result = await handler.PerformAttestationAsync(
            new() { HttpContext = Http, CredentialJson = credential, AttestationState = content.Content }
        );
        if (!result.Succeeded || result.UserEntity.Id != member.Handle || !await Spend(state!, content.Until, ct)) return null;
        var passkey = result.Passkey;
        return new()
        {
            MemberId = member.Id,
            CredentialId = passkey.CredentialId,
            PublicKey = passkey.PublicKey,
            SignCount = passkey.SignCount,
            Host = Http.Request.Host.Host,
            Transports = string.Join(',', passkey.Transports ?? []),
            IsBackupEligible = passkey.IsBackupEligible,
            IsBackedUp = passkey.IsBackedUp,
            AddedAt = Now,
        };
    }

    Task<bool> IsUsed(string state)
    {
        var hash = HashOf(state);
        return db.UsedTokens.AnyAsync(t => t.Hash == hash);
    }

    // The unique key lets one of several requests with the same state through.
    Task<bool> Spend(string state, long until, CancellationToken ct) => db.UseToken(HashOf(state), until, ct);

    static byte[] HashOf(string state) => SHA256.HashData(Encoding.ASCII.GetBytes(state));

    string Seal(IDataProtector protector, string content) =>
        WebEncoders.Base64UrlEncode(
            protector.Protect(JsonSerializer.SerializeToUtf8Bytes(new State(content, Milliseconds + (long)Lifetime.TotalMilliseconds)))
        );

    static State? Open(IDataProtector protector, string? state)
    {
        if (state is not { Length: > 0 and <= MaxLength } || state.Any(c => c > 127)) return null;
        try { return JsonSerializer.Deserialize<State>(protector.Unprotect(WebEncoders.Base64UrlDecode(state))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }
}
