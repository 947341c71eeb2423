using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// The entry point of one module: everything that it adds to the host, on one screen.
/// The host lists its modules explicitly; the order of that list is the only order used.
/// </summary>
public abstract class Module
{
    /// <summary>The feature's name, as used in a site's feature list and in recipes.</summary>
    public abstract string Name { get; }

    /// <summary>True for a module that no site can switch off.</summary>
    public virtual bool Always => false;

    /// <summary>True for a module that only the operator's console has.</summary>
    public virtual bool IsOfConsole => false;

    /// <summary>Names of the features that this one requires.</summary>
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

    /// <summary>Adds the module's entities to the catalogue that all sites share: never any member data.</summary>
    public virtual void BuildCatalogueModel(ModelBuilder model) { }

    /// <summary>Maps the endpoints that are not pages. They answer 404 on a site that has the feature off.</summary>
    public virtual void MapEndpoints(IEndpointRouteBuilder endpoints) { }

    public virtual IEnumerable<Permission> Permissions => [];

    /// <summary>The module's own rate limits on requests that write; endpoints that name none get the host's.</summary>
    public virtual IEnumerable<RateLimit> RateLimits => [];

    /// <summary>
    /// Names of form fields that hold longer texts: if a form is rejected before its page sees it, these texts are given back to the user.
    /// Never a password or an address field.
    /// </summary>
    public virtual IEnumerable<string> LongFields => [];

    /// <summary>The module's settings records, which each site has.</summary>
    public virtual IEnumerable<SettingsPart> Settings => [];

    /// <summary>The entries on any site. Made once: they are asked for several times for each page.</summary>
    public virtual IEnumerable<MenuItem> Menu => [];

    /// <summary>
    /// The entries on this site: override it if they depend on the site. It is called for each page, concurrently with other parts of
    /// the page, so it may read cached data (<see cref="Settings{T}"/>) but not the request's <see cref="SiteDb"/>.
    /// </summary>
    /// <param name="site">The services of the request.</param>
    public virtual ValueTask<IEnumerable<MenuItem>> MenuOf(IServiceProvider site) => new(Menu);

    public virtual IEnumerable<Panel> Panels => [];

    /// <summary>
    /// What the operator's console shows about the module on a site. Called when an operator opens the site's page; queries must be cheap
    /// with 100,000 members.
    /// </summary>
    /// <param name="site">The site's services.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual Task<IReadOnlyList<StatusLine>> Status(IServiceProvider site, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<StatusLine>>([]);

    /// <summary>
    /// A site is being deleted: nobody reaches it any more, and its database goes next. Whoever keeps something of it elsewhere is told
    /// from here. Called again if a deletion was interrupted, so its database may be gone.
    /// </summary>
    /// <param name="host">The services of the process.</param>
    /// <param name="key">The site's key, which may be another site's as soon as all modules have answered.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it has to be told again, because somebody could not be reached.</returns>
    public virtual Task<bool> Deleting(IServiceProvider host, string key, CancellationToken ct) => Task.FromResult(true);

    /// <summary>
    /// What contradicts itself in the module's rows: a sentence in English for each, for <c>community boards check</c> and its like. It
    /// changes nothing and may read everything.
    /// </summary>
    /// <param name="site">The site's services.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual IAsyncEnumerable<string> Check(IServiceProvider site, CancellationToken ct) => AsyncEnumerable.Empty<string>();

    /// <summary>All rows that belong to a member or mention one. Referencing rows must be listed before the rows they refer to.</summary>
    public virtual IEnumerable<PersonalData> PersonalData => [];

    /// <summary>
    /// What the module does at an erasure beyond <see cref="PersonalData"/>: texts stored elsewhere, counters, files. It runs
    /// before the module's rows are erased, in the same change.
    /// </summary>
    /// <param name="site">The site's services, whose <see cref="SiteDb"/> has the open change.</param>
    /// <param name="member">The member's id.</param>
    /// <param name="after">Collects actions to run after the commit, such as deleting a file.</param>
    /// <param name="ct">Cancels it before anything is committed.</param>
    public virtual Task Erase(IServiceProvider site, long member, ICollection<Func<Task>> after, CancellationToken ct) =>
        Task.CompletedTask;

    /// <summary>
    /// Addresses of pages with texts of others, or of the member, in which the member's name was typed by hand: staff decide about them
    /// after an erasure. Called before it, outside any change, so it may read much.
    /// </summary>
    /// <param name="site">The site's services.</param>
    /// <param name="member">The member's id.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual Task<IReadOnlyList<string>> Naming(IServiceProvider site, long member, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>
    /// Which of these contents the module still uses: the only ones that are kept (<see cref="FileUses"/>). Asked daily, also where the
    /// feature is off; by batches, of contents that no module before this one uses.
    /// </summary>
    /// <param name="db">The site's database.</param>
    /// <param name="hashes">See <see cref="StoredFile.Hash"/>.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual Task<IReadOnlyCollection<string>> FilesInUse(SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct) =>
        Task.FromResult<IReadOnlyCollection<string>>([]);

    /// <summary>Conditions for selecting members, in the staff search and in audiences: Members' <c>MemberCondition&lt;T&gt;</c>.</summary>
    public virtual IEnumerable<MemberConditionOfModule> MemberConditions => [];

    /// <summary>
    /// The conditions on this site: override it if they depend on the site. Called wherever members are selected or conditions are
    /// offered, so it reads what is cached (<see cref="SiteDb.Cached"/>).
    /// </summary>
    /// <param name="db">The site's database.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual ValueTask<IEnumerable<MemberConditionOfModule>> MemberConditionsOf(SiteDb db, CancellationToken ct) =>
        new(MemberConditions);

    /// <summary>Placeholders that mailings can use for each recipient, such as <c>{{member.name}}</c>.</summary>
    public virtual IEnumerable<MergeField> MergeFields => [];

    /// <summary>The placeholders on this site, as <see cref="MemberConditionsOf"/>.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual ValueTask<IEnumerable<MergeField>> MergeFieldsOf(SiteDb db, CancellationToken ct) => new(MergeFields);

    /// <summary>
    /// The card of a page of the module, as somebody may see it; null if the page is not the module's, or not theirs to see.
    /// </summary>
    /// <param name="db">The site's database.</param>
    /// <param name="reader">Who asks.</param>
    /// <param name="path">Root-relative.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual Task<PageCard?> CardOf(SiteDb db, Reader reader, string path, CancellationToken ct) => Task.FromResult<PageCard?>(null);

    /// <summary>
    /// Where the module uses a merge field of the site, for staff who are about to retire what it is about. Called on one page of staff.
    /// </summary>
    /// <param name="db">The site's database.</param>
    /// <param name="mergeField">The merge field's name.</param>
    /// <param name="ct">Cancels it.</param>
    public virtual Task<IReadOnlyList<PlaceOfUse>> UsesOfMergeField(SiteDb db, string mergeField, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<PlaceOfUse>>([]);

    /// <summary>
    /// A signed-in member asked for a page. Called for every page, before it is made: it must neither query nor wait.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="site">The site.</param>
    /// <param name="member">The member's id.</param>
    public virtual void Visited(HttpContext http, Site site, long member) { }

    /// <summary>First steps for a new site's administrator in this module.</summary>
    public virtual IEnumerable<FirstStep> FirstSteps => [];

    /// <summary>Audit actions by which staff only viewed data: left out when the log is filtered for changes.</summary>
    public virtual IEnumerable<string> AuditedViews => [];

    /// <summary>What every page shows of the member as a number; null for none. One module of the host has it.</summary>
    public virtual MemberNumber? MemberNumber => null;

    /// <summary>Kinds of e-mails that are sent before mere notices.</summary>
    public virtual IReadOnlyDictionary<string, SystemMailPrecedence> SystemMailKinds => new Dictionary<string, SystemMailPrecedence>();

    /// <summary>Registers the events that the module publishes, and its event handlers (docs/events.md).</summary>
    public virtual void AddEvents(EventList events) { }

    /// <summary>Registers jobs: things to do once or periodically.</summary>
    public virtual void AddJobs(JobList jobs) { }

    /// <summary>Commands about one site, for whoever has access to the machine; null for none.</summary>
    public virtual SiteCommands? Commands => null;

    /// <summary>The parts of a recipe that this module reads.</summary>
    public virtual IEnumerable<RecipeStep> RecipeSteps => [];
}
