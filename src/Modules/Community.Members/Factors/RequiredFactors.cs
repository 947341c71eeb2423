using Community.Kernel;
using Microsoft.Extensions.Hosting;

namespace Community.Members;

/// <summary>
/// Whose sessions need a second factor: the roles that the site chose, and on the operator's console everybody, except in development.
/// </summary>
public sealed class RequiredFactors(Settings<SignInSettings> settings, Site site, IHostEnvironment environment)
{
    public async ValueTask<bool> Of(string? role, CancellationToken ct = default) =>
        role is not null && (site.IsConsole ? !environment.IsDevelopment() : (await settings.Get(ct)).NeedSecondFactor(role));
}
