using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary>Who works on sites: an operator who is signed in on the console, or whoever may start commands on the machine.</summary>
public sealed class Operators(SiteDirectory sites, SiteScopes scopes)
{
    /// <summary>Commands, and the host itself: who may start them may do everything.</summary>
    public static readonly Reader OfMachine = Reader.Visitor with { Name = "machine" };

    /// <exception cref="Denied">The actor is no operator, or not any more.</exception>
    public async Task Require(Reader actor, CancellationToken ct)
    {
        if (ReferenceEquals(actor, OfMachine)) return;
        // A member of another site may have the id of an operator, and never the permission.
        if (!actor.May(SitesPermissions.Manage)) throw new Denied();
        var console = await sites.FindByKey(Site.OperatorKey, ct) ?? throw new Denied();
        await scopes.Run(console, services => services.GetRequiredService<Actors>().Require(actor, SitesPermissions.Manage));
    }
}
