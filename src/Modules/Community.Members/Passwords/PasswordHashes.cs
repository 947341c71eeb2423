using Community.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>
/// RightToRenew: right, but the hash must be remade: it is of another form of the password, or has fewer iterations than configured.
/// </summary>
public enum PasswordMatch { Wrong, Right, RightToRenew }

/// <summary>
/// Makes and checks password hashes (Identity's PBKDF2) of the <see cref="PasswordRules.Normal"/> form. A hash deliberately costs
/// a quarter of a core-second, so only half of the cores hash at a time: in a rush, sign-ins queue, and pages are still served.
/// </summary>
public sealed class PasswordHashes(IOptions<MembersOptions> options)
{
    readonly SemaphoreSlim gate = new(Math.Max(1, Environment.ProcessorCount / 2));
    readonly PasswordHasher<Member> hasher = new(
        Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations })
    );
    string? nobodys;

    public Task<string> Make(string password, CancellationToken ct = default) =>
        InTurn(() => hasher.HashPassword(null!, PasswordRules.Normal(password)), ct);

    /// <summary>Whether it is the member's password. Takes as long, and is wrong, for no member or a member without a password.</summary>
    public Task<PasswordMatch> Matches(Member? member, string password, CancellationToken ct = default) =>
        InTurn(
            () =>
            {
                nobodys ??= hasher.HashPassword(null!, Guid.NewGuid().ToString());
                var (hash, normal) = (member?.PasswordHash ?? nobodys, PasswordRules.Normal(password));
                var match = Verified(hash, normal);
                // Hashes older than the normal form are of the password as typed.
                if (match is PasswordMatch.Wrong && normal != password && Verified(hash, password) is not PasswordMatch.Wrong)
                    match = PasswordMatch.RightToRenew;
                return member?.PasswordHash is null ? PasswordMatch.Wrong : match;
            },
            ct
        );

    PasswordMatch Verified(string hash, string password) => hasher.VerifyHashedPassword(null!, hash, password) switch
    {
        PasswordVerificationResult.Success => PasswordMatch.Right,
        PasswordVerificationResult.SuccessRehashNeeded => PasswordMatch.RightToRenew,
        _ => PasswordMatch.Wrong,
    };

    async Task<T> InTurn<T>(Func<T> work, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try { return await Task.Run(work, ct); }
        finally { gate.Release(); }
    }
}
