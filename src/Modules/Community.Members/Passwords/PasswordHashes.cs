using Community.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>
/// Makes and checks hashes of passwords (Identity's PBKDF2). A hash costs a quarter of a second of a core by intent, so only half of
/// the cores do it at a time: many sign-ins at once wait for each other, and pages go on.
/// </summary>
public sealed class PasswordHashes(IOptions<CommunityOptions> options)
{
    readonly SemaphoreSlim gate = new(Math.Max(1, Environment.ProcessorCount / 2));
    readonly PasswordHasher<Member> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations }));
    string? nobodys;

    public Task<string> Make(string password, CancellationToken ct = default) => InTurn(() => hasher.HashPassword(null!, password), ct);

    /// <summary>Whether it is the member's password. For nobody, or a member without a password, it takes as long and is false.</summary>
    public Task<bool> Matches(Member? member, string password, CancellationToken ct = default) => InTurn(() =>
    {
        nobodys ??= hasher.HashPassword(null!, Guid.NewGuid().ToString());
        var result = hasher.VerifyHashedPassword(null!, member?.PasswordHash ?? nobodys, password);
        return result != PasswordVerificationResult.Failed && member?.PasswordHash is not null;
    }, ct);

    async Task<T> InTurn<T>(Func<T> work, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try { return await Task.Run(work, ct); }
        finally { gate.Release(); }
    }
}
