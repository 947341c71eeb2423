using System.Diagnostics;
using Community.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>
/// RightToRenew: right, but the hash must be remade: it is of another form of the password, or has fewer iterations than configured.
/// </summary>
public enum PasswordMatch { Wrong, Right, RightToRenew }

/// <summary>
/// Makes password hashes (Identity's PBKDF2) of the <see cref="PasswordRules.Normal"/> form, and checks them and imported ones
/// (<see cref="ForeignHash"/>). A hash deliberately costs a quarter of a core-second, so only half of the cores hash at a time: in a
/// rush, sign-ins queue, and pages are still served.
/// </summary>
public sealed class PasswordHashes(IOptions<MembersOptions> options)
{
    readonly SemaphoreSlim gate = new(Math.Max(1, Environment.ProcessorCount / 2));
    readonly PasswordHasher<Member> hasher = new(
        Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations })
    );
    string? nobodys;
    long usual;

    public Task<string> Make(string password, CancellationToken ct = default) =>
        InTurn(() => hasher.HashPassword(null!, PasswordRules.Normal(password)), ct);

    /// <summary>Whether it is the member's password. Takes as long, and is wrong, for no member or a member without a password.</summary>
    public async Task<PasswordMatch> Matches(Member? member, string password, CancellationToken ct = default)
    {
        if (member?.PasswordHash is { } imported && ForeignHash.IsForeign(imported)) return await MatchesForeign(imported, password, ct);
        return await InTurn(
            () =>
            {
                var began = Stopwatch.GetTimestamp();
                nobodys ??= hasher.HashPassword(null!, Guid.NewGuid().ToString());
                var (hash, normal) = (member?.PasswordHash ?? nobodys, PasswordRules.Normal(password));
                var match = Verified(hash, normal);
                // Hashes older than the normal form are of the password as typed.
                if (match is PasswordMatch.Wrong && normal != password && Verified(hash, password) is not PasswordMatch.Wrong)
                    match = PasswordMatch.RightToRenew;
                Volatile.Write(ref usual, Stopwatch.GetTimestamp() - began);
                return member?.PasswordHash is null ? PasswordMatch.Wrong : match;
            },
            ct
        );
    }

    /// <summary>
    /// A hash of another system is of the password as typed. A cheaper one is answered no sooner than our own, so that the time does not
    /// tell who has a member's account.
    /// </summary>
    async Task<PasswordMatch> MatchesForeign(string hash, string password, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        var match = await InTurn(
            () =>
            {
                began = Stopwatch.GetTimestamp();
                var normal = PasswordRules.Normal(password);
                return ForeignHash.Verify(hash, password) || (normal != password && ForeignHash.Verify(hash, normal))
                    ? PasswordMatch.RightToRenew
                    : PasswordMatch.Wrong;
            },
            ct
        );
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), began + Volatile.Read(ref usual));
        if (match is PasswordMatch.Wrong && left > TimeSpan.Zero) await Task.Delay(left, ct);
        return match;
    }

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
