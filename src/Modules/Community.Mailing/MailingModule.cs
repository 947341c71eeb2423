using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Community.Mailing;

public sealed class MailingModule : Module
{
    /// <summary>The feature's name.</summary>
    public const string Feature = "Mailing";

    public override string Name => Feature;

    public override IEnumerable<Permission> Permissions =>
    [
        new(MailingPermissions.Write, Roles.Mailer, Roles.Administrator),
        new(MailingPermissions.Send, Roles.Mailer, Roles.Administrator),
        new(MailingPermissions.Approve, Roles.Mailer, Roles.Administrator),
    ];

    public override IEnumerable<RateLimit> RateLimits =>
    [
        // Generous: one-click requests for thousands of readers come from a few provider machines, and nobody must be kept from leaving.
        new("leave", 3000, TimeSpan.FromMinutes(5)),
    ];

    public override IEnumerable<string> LongFields => ["title", "subject", "preheader", "text", "label", "alt"];

    public override IEnumerable<SettingsPart> Settings => [MailingSettings.Part];

    public override IEnumerable<PageFile> Styles => [new("/_content/Community.Mailing/mailing.css", "text")];

    public override IEnumerable<FirstStep> FirstSteps =>
        [
            new(
                "mailing.first-step",
                "/staff/mailings/new",
                MailingPermissions.Send,
                db => db.Mailings.WithoutTests().AnyAsync(m => m.ScheduledAt != null)
            ),
        ];

    public override IEnumerable<MenuItem> Menu { get; } =
        [new(MenuPlace.Staff, "mailing.menu", "/staff/mailings", MailingPermissions.Write)];

    public override IEnumerable<Panel> Panels =>
        [
            new("staff.member", typeof(ReceivedPanel), MailingPermissions.Write),
            new("staff.members.found", typeof(MailToFound), MailingPermissions.Write),
            new("staff.home", typeof(MailingsSummary), MailingPermissions.Write),
            new("staff.group.delete", typeof(ReservedForGroup)),
            new("topic", typeof(MailAboutTopic), MailingPermissions.Write),
            new("staff.failed", typeof(FailedDeliveriesPanel), MembersPermissions.FailedWork),
            new("staff.waiting", typeof(FailedDeliveriesWaiting), MembersPermissions.FailedWork),
            new("staff.waiting", typeof(MailingsToApprove), MailingPermissions.Approve),
        ];

    public override Task<IReadOnlyList<StatusLine>> Status(IServiceProvider site, CancellationToken ct) =>
        MailingDb.Status(site.GetRequiredService<SiteDb>(), ct);

    public override SiteCommands Commands => new("mail", "Mail that came back to a site.", MailCommands.All);

    public override IEnumerable<PersonalData> PersonalData => MailingPersonalData.All;

    public override async Task<IReadOnlyCollection<string>> FilesInUse(
        SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var used = new List<string>();
        foreach (var hash in hashes)
            if (await db.MailingContents.AnyAsync(c => c.Text.Contains(hash) || c.Blocks!.Contains(hash), ct)
                || await db.Mailings.AnyAsync(m => m.FilesJson!.Contains(hash), ct))
                used.Add(hash);
        return used;
    }

    public override Task Erase(IServiceProvider site, long member, ICollection<Func<Task>> after, CancellationToken ct) =>
        MailingPersonalData.Erase(site, member, ct);

    public override void AddEvents(EventList events)
    {
        events.Add<MailingReserved>("mailing.reserved");
        events.Add<MailingTakenBack>("mailing.taken-back");
        events.Add<MailingApprovalAsked>("mailing.approval-asked");
        events.Add<MailingStarted>("mailing.started");
        events.Add<MailingStopped>("mailing.stopped");
        events.Add<MailingResumed>("mailing.resumed");
        events.Add<MailingCancelled>("mailing.cancelled");
        events.Add<MailingFinished>("mailing.finished");
        events.Handle<CountWhenFinished>("mailing.count-domains", EventStart.Oldest, typeof(MailingFinished));
        events.Handle<ForgetEngagements>("mailing.forget-engagements", EventStart.Next, typeof(ConsentChanged));
        events.Handle<TellOfApproval>("mailing.tell-of-approval", EventStart.Next, TellOfApproval.Reads);
        events.Handle<TellEngineOfMembers>("mailing.tell-engine", EventStart.Next, TellEngineOfMembers.Events);
        events.Handle<HoldForLostGroup>("mailing.hold-for-lost-group", EventStart.Oldest, typeof(GroupDeleted));
    }

    public override void AddJobs(JobList jobs)
    {
        jobs.Add<RunCountEngagements, CountEngagements>(CountEngagements.Job);
        jobs.Every<CheckAccounts>("mailing.check-accounts", TimeSpan.FromDays(1));
        jobs.Add<RunCountDomains, CountDomains>(CountDomains.Job);
        jobs.Every<CountDomainsAnew>("mailing.count-domains-anew", TimeSpan.FromDays(1));
        jobs.Every<RemoveEngagements>("mailing.remove-engagements", TimeSpan.FromDays(1));
    }

    public override IEnumerable<MemberConditionOfModule> MemberConditions =>
        [
            ReceivedCondition.Received,
            new AmongCondition(),
            ChainCondition.Of,
            MailedCondition.Mailed,
            OftenCondition.Often,
            EngagedConditions.Opened,
            EngagedConditions.Clicked,
            EngagedConditions.Unopened,
        ];

    public override async Task<IReadOnlyList<PlaceOfUse>> UsesOfMergeField(SiteDb db, string mergeField, CancellationToken ct) =>
        [
            .. (
                await db.Mailings.AsNoTracking()
                    .WithoutTests()
                    .Where(m => m.State != MailingState.Finished && m.State != MailingState.Cancelled)
                    .Where(m => m.Contents.Any(c =>
                        c.Text.Contains(mergeField)
                        || c.Subject.Contains(mergeField)
                        || c.Preheader.Contains(mergeField)
                        || c.Blocks!.Contains(mergeField)))
                    .OrderByDescending(m => m.Id)
                    .Select(m => new { m.Id, m.Title })
                    .ToListAsync(ct)
            ).Select(m => new PlaceOfUse("selection.uses.mailing", m.Title, "/staff/mailings/" + m.Id)),
        ];

    public override IEnumerable<MergeField> MergeFields => Community.Mailing.MergeFields.Own;

    public override IEnumerable<string> AuditedViews =>
        ["mailing.audience", "mailing.preview", "mailing.recipients", "mailing.proof", "mailing.standing", "mailing.without",
            "mailing.received", "mailing.proof-file"];

    public override void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        WritingEndpoints.Map(endpoints);
        MailingEndpoints.Map(endpoints);
        ApprovalEndpoints.Map(endpoints);
        ChainEndpoints.Map(endpoints);
        SealedSearch.Map(endpoints, StandingPage.Route, MailingPermissions.Write, "as");
        UnsubscribeEndpoints.Map(endpoints);
        TrackingEndpoints.Map(endpoints);
        ViewEndpoints.Map(endpoints);
        ResultsEndpoints.Map(endpoints);
        ProofEndpoints.Map(endpoints);
        HandOffEndpoints.Map(endpoints);
        FilesEndpoints.Map(endpoints);
        ArchiveEndpoints.Map(endpoints);
    }

    public override void BuildModel(ModelBuilder model) => MailingDb.Map(model);

    public override Task<bool> Deleting(IServiceProvider host, string key, CancellationToken ct) =>
        host.GetRequiredService<TellEngineOfDeletion>().Of(key, ct);

    public override void BuildCatalogueModel(ModelBuilder model) => MailingDb.MapCatalogue(model);

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MailingOptions>().Bind(configuration.GetSection("Community"))
            .Validate(o => o.EngineKey.Length == 0 || Bulk.EngineSeal.IsPublicKey(o.EngineKey),
                "Community:EngineKey is what \"Community.Delivery keys\" has printed for the web servers.")
            .ValidateOnStart();
        services.AddSingleton<DeliveryLedger>();
        services.AddSingleton<Throttles>();
        services.AddSingleton<DomainRests>();
        services.AddSingleton<Relays>();
        services.AddSingleton<SenderDomain>();
        services.AddScoped<OwnRelays>();
        services.AddScoped<ChangeRelay>();
        services.AddScoped<ChangeSigning>();
        services.AddScoped<SystemMailBounces>();
        services.AddScoped<SystemReturnPath>(s => s.GetRequiredService<SystemMailBounces>().PathOf);
        services.AddScoped<SystemMailRefused>(s => s.GetRequiredService<SystemMailBounces>().Refused);
        services.AddSingleton<HandOver>();
        services.AddHostedService<MailingSender>();
        services.AddSingleton<EngineRoutes>();
        services.AddScoped<EngineSigning>();
        services.TryAddSingleton<EngineBroker>();
        services.AddScoped<WriteOffer>();
        services.AddScoped<CompareConsents>();
        services.AddScoped<AdvanceHandOffs>();
        services.AddScoped<PublishCommands>();
        services.AddScoped<TakeFact>();
        services.AddScoped<DecideHandOff>();
        services.AddSingleton<TellEngineOfDeletion>();
        services.AddHostedService<HandOffQueue>();
        services.AddHostedService<EngineFacts>();
        services.AddHostedService<DevDoor>();
        services.AddScoped<Previews>();
        services.AddScoped<SaveMailing>();
        services.AddScoped<KeepMailPicture>();
        services.AddScoped<ChangeMailFiles>();
        services.AddScoped<ListInArchive>();
        services.AddSingleton<ArchivedTexts>();
        services.AddSingleton<EncodedFiles>();
        services.AddScoped<MailChecks>();
        services.AddScoped<ScheduleMailing>();
        services.AddScoped<Approval>();
        services.AddScoped<ApproveMailing>();
        services.AddScoped<SaveChain>();
        services.AddScoped<AdvanceChains>();
        services.AddScoped<SaveVariants>();
        services.AddScoped<ApprovalMails>();
        services.AddScoped<DecideDeliveries>();
        services.AddScoped<UnsubscribeLinks>();
        services.AddSingleton<LinkTargets>();
        services.AddSingleton<JudgeEngagement>();
        services.AddSingleton<EngagementRecorder>();
        services.AddHostedService(s => s.GetRequiredService<EngagementRecorder>());
        services.AddScoped<TrackedLinks>();
        services.AddScoped<ChooseTracking>();
        services.AddScoped<ViewLinks>();
        services.AddScoped<RecordLeaving>();
        services.AddScoped<ReturnAddresses>();
        services.AddScoped<CloseAddress>();
        services.AddScoped<TakeReturn>();
        services.AddHostedService<ReturnDoor>();
        services.AddScoped<LeaseDeliveries>();
        services.AddScoped<SettleDelivery>();
        services.AddScoped<StopNotice>();
        services.AddScoped<StopAtRates>();
        services.AddScoped<ReclaimDeliveries>();
        services.AddScoped<AdvanceMailings>();
        services.AddSingleton<ISelections, MailingSelections>();
    }
}
