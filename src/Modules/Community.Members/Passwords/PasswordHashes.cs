using Community.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>
/// RightToRenew: right, by a hash that is to be made anew: of another form of the password, or with fewer iterations than today.
/// </summary>
public enum PasswordMatch { Wrong, Right, RightToRenew }

/// <summary>
/// Makes and checks hashes of passwords (Identity's PBKDF2), of their <see cref="PasswordRules.Normal"/> form. A hash costs a quarter of
/// a second of a core by intent, so only half of the cores do it at a time: many sign-ins at once wait for each other, and pages go on.
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

    /// <summary>Whether it is the member's password. For nobody, or a member without a password, it takes as long and is wrong.</summary>
    public Task<PasswordMatch> Matches(Member? member, string password, CancellationToken ct = default) =>
        InTurn(
            () =>
            {
                nobodys ??= hasher.HashPassword(null!, Guid.NewGuid().ToString());
                var (hash, normal) = (member?.PasswordHash ?? nobodys, PasswordRules.Normal(password));
                var match = Verified(hash, normal);
                // Hashes from before there was a normal form are of what was typed then.
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
