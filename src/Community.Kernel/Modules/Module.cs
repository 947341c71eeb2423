using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// The plug of one module: everything it adds to the host, on one screen.
/// The host lists its modules by hand; the order of that list is the only order there is.
/// </summary>
public abstract class Module
{
    /// <summary>The feature's name, as it stands in a site's list of features and in recipes.</summary>
    public abstract string Name { get; }

    /// <summary>True for a module that no site can switch off.</summary>
    public virtual bool Always => false;

    /// <summary>Where the module's pages, texts and static files are.</summary>
    public Assembly Assembly => GetType().Assembly;

    /// <summary>Style sheets of the module, as URLs below the site's root.</summary>
    public virtual IEnumerable<string> Styles => [];

    public virtual void AddServices(IServiceCollection services, IConfiguration configuration) { }

    /// <summary>Adds the module's entities to the database of every site.</summary>
    public virtual void BuildModel(ModelBuilder model) { }

    /// <summary>Adds the module's entities to the catalogue that all sites share: never anything of a member.</summary>
    public virtual void BuildCatalogueModel(ModelBuilder model) { }

    /// <summary>Maps the endpoints that are not pages. They answer 404 on a site that has the feature off.</summary>
    public virtual void MapEndpoints(IEndpointRouteBuilder endpoints) { }

    public virtual IEnumerable<Permission> Permissions => [];

    public virtual IEnumerable<MenuItem> Menu => [];

    public virtual IEnumerable<Panel> Panels => [];

    /// <summary>What a new site's administrator does first, in this module.</summary>
    public virtual IEnumerable<FirstStep> FirstSteps => [];

    /// <summary>The acts of the audit log by which staff only looked: who asks the log for changes is spared them.</summary>
    public virtual IEnumerable<string> AuditedViews => [];

    /// <summary>Kinds of e-mails that leave before mere notices.</summary>
    public virtual IReadOnlyDictionary<string, SystemMailPrecedence> SystemMailKinds => new Dictionary<string, SystemMailPrecedence>();

    /// <summary>Handlers of facts, and recurring jobs.</summary>
    public virtual void AddJobs(JobList jobs) { }

    /// <summary>The parts of a recipe that this module reads, in the order of the modules.</summary>
    public virtual IEnumerable<RecipeStep> RecipeSteps => [];
}
