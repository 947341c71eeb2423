using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Statistics;

public sealed class StatisticsModule : Module
{
    public const string Feature = "Statistics";
    /// <summary>See how the community is: numbers, and names and titles of boards that one may read.</summary>
    public const string View = "statistics.view";

    public override string Name => Feature;

    public override IEnumerable<string> Needs => ["Boards"];

    public override void BuildModel(ModelBuilder model) => StatisticsDb.Map(model);

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<MonthFigures>();
        services.AddScoped<CountDays>();
        services.AddSingleton<ActiveMembers>();
        services.AddHostedService(s => s.GetRequiredService<ActiveMembers>());
    }

    public override void AddEvents(EventList events)
    {
        events.Handle<CountMembers>(CountMembers.Handler, EventStart.Oldest, CountMembers.Reads);
        events.Handle<MarkDays>("statistics.posts", EventStart.Oldest, MarkDays.Reads);
    }

    public override void AddJobs(JobList jobs)
    {
        jobs.Add<RunCountDays, CountDays>(CountDays.Job);
        jobs.Add<MarkTopic, MarkTopicDays>("statistics.mark-topic");
        jobs.Add<MarkAuthor, MarkAuthorDays>("statistics.mark-author");
        jobs.Add<MarkImport, MarkImportDays>("statistics.mark-import");
        jobs.Add<RunMarkAllDays, MarkAllDays>("statistics.mark-all");
        jobs.Every<KeepStatistics>("statistics.keep", TimeSpan.FromDays(1), immediately: true);
    }

    public override void MapEndpoints(IEndpointRouteBuilder endpoints) => StatisticsEndpoints.Map(endpoints);

    public override IEnumerable<Permission> Permissions => [new(View, Roles.Administrator)];

    public override IEnumerable<MenuItem> Menu { get; } =
        [new(MenuPlace.Staff, "statistics.title", StatisticsPage.Url, View, Part: StaffMenuPart.Records)];

    public override IEnumerable<PageFile> Styles => [new("/_content/Community.Statistics/statistics.css", "staff")];

    public override void Visited(HttpContext http, Site site, long member) =>
        http.RequestServices.GetRequiredService<ActiveMembers>().Visited(http, site, member);

    public override IEnumerable<string> AuditedViews => ["statistics.authors"];

    public override SiteCommands Commands => new("statistics", "How the community is: the counters of a site.", StatisticsCommands.All);

    public override IAsyncEnumerable<string> Check(IServiceProvider site, CancellationToken ct) =>
        new CheckStatistics(site.GetRequiredService<SiteDb>()).Problems(ct);

    public override IEnumerable<PersonalData> PersonalData =>
        [
            Kernel.PersonalData.Rows<MemberVisit>("lastVisit", v => v.MemberId),
            // The days are counted anew after a merge, see MarkDays.
            Kernel.PersonalData.Hidden<AuthorDay>(a => a.AuthorId, "Counted from the posts, which are exported.")
                .OnMerge(WhenMerged.Dropped),
        ];
}
