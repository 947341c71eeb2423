using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Search;

public sealed class SearchModule : Module
{
    public const string Feature = "Search";

    public override string Name => Feature;

    public override IEnumerable<string> Needs => ["Boards"];

    public override void BuildModel(ModelBuilder model) => SearchDb.Map(model);

    public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddScoped<FindPosts>();

    public override void AddEvents(EventList events) =>
        events.Handle<IndexPosts>("search.index", EventStart.Oldest, IndexPosts.Reads);

    public override void AddJobs(JobList jobs)
    {
        jobs.Every<KeepIndex>("search.keep", TimeSpan.FromDays(1), immediately: true);
        jobs.Add<RunBuildIndex, BuildIndex>("search.build");
        jobs.Add<DropIndex, DropIndexTable>("search.drop");
        jobs.Add<MergeIndex, MergeIndexTable>("search.merge");
    }

    public override IEnumerable<Panel> Panels => [new("frame.search", typeof(SearchField))];

    // Each search reads up to some thousand rows.
    public override IEnumerable<RateLimit> RateLimits => [new("search", 120, TimeSpan.FromMinutes(2), CountsReads: true)];

    public override SiteCommands Commands => new("search", "The index of a site's posts.", SearchCommands.All);

    public override Task<IReadOnlyList<StatusLine>> Status(IServiceProvider site, CancellationToken ct) =>
        SearchDb.Status(site.GetRequiredService<SiteDb>(), ct);
}
