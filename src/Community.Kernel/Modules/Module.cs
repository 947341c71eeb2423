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

    /// <summary>True for a module that the operator's console alone has.</summary>
    public virtual bool IsOfConsole => false;

    /// <summary>Names of the features without which this one cannot be on.</summary>
    public virtual IEnumerable<string> Needs => [];

    /// <summary>Where the module's pages, texts and static files are.</summary>
    public Assembly Assembly => GetType().Assembly;

    /// <summary>Style sheets of the module.</summary>
    public virtual IEnumerable<PageFile> Styles => [];

    /// <summary>Scripts of the module. Every page works without them.</summary>
    public virtual IEnumerable<PageFile> Scripts => [];

    public virtual void AddServices(IServiceCollection services, IConfiguration configuration) { }

    /// <summary>Adds the module's entities to the database of every site.</summary>
    public virtual void BuildModel(ModelBuilder model) { }

    /// <summary>Adds the module's entities to the catalogue that all sites share: never anything of a member.</summary>
    public virtual void BuildCatalogueModel(ModelBuilder model) { }

    /// <summary>Maps the endpoints that are not pages. They answer 404 on a site that has the feature off.</summary>
    public virtual void MapEndpoints(IEndpointRouteBuilder endpoints) { }

    public virtual IEnumerable<Permission> Permissions => [];

    /// <summary>Limits of its own on requests that write; what names none has the host's.</summary>
    public virtual IEnumerable<RateLimit> RateLimits => [];

    /// <summary>
    /// Names of form fields in which people write more than a line: where a form is turned back at the door, their words are given back.
    /// Never a field of a password or an address.
    /// </summary>
    public virtual IEnumerable<string> LongFields => [];

    /// <summary>Records of settings that each site has of the module.</summary>
    public virtual IEnumerable<SettingsPart> Settings => [];

    public virtual IEnumerable<MenuItem> Menu => [];

    /// <summary>
    /// The entries as this site has them: override it where the site decides about them. It is asked with each page, beside other parts of
    /// the page, so it reads what is kept in memory (<see cref="Settings{T}"/>) and not the request's <see cref="SiteDb"/>.
    /// </summary>
    /// <param name="site">The services of the request.</param>
    public virtual ValueTask<IEnumerable<MenuItem>> MenuOf(IServiceProvider site) => new(Menu);

    public virtual IEnumerable<Panel> Panels => [];

    /// <summary>
    /// What the operator's console says of the module on a site. Asked when an operator opens the site's page; the queries must be cheap
    /// with 100,000 members.
    /// </summary>
    /// <param name="site">The site's services.</param>
    /// <param name="ct">Ends it.</param>
    public virtual Task<IReadOnlyList<StatusLine>> Status(IServiceProvider site, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<StatusLine>>([]);

    /// <summary>All rows that belong to a member or name one. Rows that refer to others stand before them.</summary>
    public virtual IEnumerable<PersonalData> PersonalData => [];

    /// <summary>
    /// What the module does at an erasure that <see cref="PersonalData"/> cannot say: words that stand elsewhere, counters, files. It runs
    /// before the module's rows go, in the change of the erasure.
    /// </summary>
    /// <param name="site">The site's services; its <see cref="SiteDb"/> has the change open.</param>
    /// <param name="member">The member's id.</param>
    /// <param name="after">Takes what is to be done after the commit, such as deleting a file.</param>
    /// <param name="ct">Ends it before anything is committed.</param>
    public virtual Task Erase(IServiceProvider site, long member, ICollection<Func<Task>> after, CancellationToken ct) =>
        Task.CompletedTask;

    /// <summary>What members can be chosen by, in staff's search and in audiences: Members' <c>MemberCondition&lt;T&gt;</c>.</summary>
    public virtual IEnumerable<MemberConditionOfModule> MemberConditions => [];

    /// <summary>What mailings can say of each recipient, as <c>{{member.name}}</c>.</summary>
    public virtual IEnumerable<MergeField> MergeFields => [];

    /// <summary>What a new site's administrator does first, in this module.</summary>
    public virtual IEnumerable<FirstStep> FirstSteps => [];

    /// <summary>The acts of the audit log by which staff only looked: who asks the log for changes is spared them.</summary>
    public virtual IEnumerable<string> AuditedViews => [];

    /// <summary>Kinds of e-mails that leave before mere notices.</summary>
    public virtual IReadOnlyDictionary<string, SystemMailPrecedence> SystemMailKinds => new Dictionary<string, SystemMailPrecedence>();

    /// <summary>What the module's verbs publish, and what reads the log of the sites (docs/events.md).</summary>
    public virtual void AddEvents(EventList events) { }

    /// <summary>Jobs: things to do once or again and again.</summary>
    public virtual void AddJobs(JobList jobs) { }

    /// <summary>The parts of a recipe that this module reads, in the order of the modules.</summary>
    public virtual IEnumerable<RecipeStep> RecipeSteps => [];
}
