using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary>Gives a member of a site's staff a new password, for whoever works on the machine: the first operator has none.</summary>
public sealed class SetPassword(SiteScopes scopes, PasswordHashes hashes, TimeProvider time)
{
    /// <summary>All sessions of the account end.</summary>
    /// <exception cref="InvalidOperationException">There is no such account among the staff, or the password is too weak; the message says
    /// so.</exception>
    public async Task Of(Site site, string email, string password, CancellationToken ct)
    {
        await scopes.Run(
            site,
            async services =>
            {
                var db = services.GetRequiredService<SiteDb>();
                var member =
                    await db.Members.Where(m => m.Role != null).OfAddress(email, ct)
                    ?? throw new InvalidOperationException($"Nobody of the staff of \"{site.Key}\" has the address {email}.");
                if (PasswordRules.Of(password, member.Name, member.Email!, site) is { } problem)
                    throw new InvalidOperationException(
                        problem switch
                        {
                            PasswordProblem.Short => $"The password is too short: take at least {PasswordRules.Shortest} characters.",
                            PasswordProblem.Long => $"The password is too long: take at most {PasswordRules.MaxLength} characters.",
                            PasswordProblem.Personal =>
                                "The password is little more than the name of the member or the site, or the address; take another.",
                            _ =>
                                "The password is among the first that anybody would try: a common one, a row, or a few characters again and again; take another.",
                        }
                    );
                member.SetPassword(await hashes.Make(password, ct));
                member.Confirm(time.GetUtcNow().UtcDateTime);
                await db.SaveChangesAsync(ct);
            }
        );
    }
}
