using Community.Kernel;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

public sealed class MembersModule : Module
{
    public override string Name => "Members";
    public override bool Always => true;

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<MembersOptions>(configuration.GetSection("Community"));
        services.AddSignIn();
        services.AddScoped<CurrentMember>();
        services.AddScoped<PresentMember>();
        services.AddScoped<PresentReaders>();
        services.AddScoped<PresentReader>(s => s.GetRequiredService<PresentMember>().Of);
        services.AddScoped<AddressHashes>();
        services.AddScoped<RecipeMembers>();
        services.AddScoped<Registration>();
        services.AddScoped<Invitations>();
        services.AddScoped<Approvals>();
        services.AddScoped<Welcome>();
        services.AddSingleton<FormGuard>();
        services.AddScoped<EventLinks>();
        services.AddScoped<RegisteredHere>();
        services.AddScoped<MemberNames>();
        services.AddSingleton<WaitingAddress>();
        services.AddScoped<ForgottenPasswords>();
        services.AddScoped<EmailChanges>();
        services.AddScoped<ChangePicture>();
        services.AddScoped<ChangeProfile>();
        services.AddScoped<SetValues>();
        services.AddScoped<SaveAttribute>();
        services.AddScoped<RetypeAttribute>();
        services.AddScoped<DiscardKeptAside>();
        services.AddScoped<CorrectMember>();
        services.AddScoped<Consents>();
        services.AddScoped<SaveMailKind>();
        services.AddScoped<RecordPaper>();
        services.AddScoped<AskedLinks>();
        services.AddScoped<AskAddresses>();
        services.AddScoped<AnswerAsked>();
        services.AddScoped<Suppress>();
        services.AddScoped<LiftSuppression>();
        services.AddScoped<KeepSuppressions>();
        services.AddScoped<ReservedNames>();
        services.AddScoped<DeadAddress>(s =>
            async (email, precedence, ct) =>
            {
                var hash = await s.GetRequiredService<AddressHashes>().Of(email, ct);
                var found = await s.GetRequiredService<SiteDb>().SuppressedNow.Where(x => x.AddressHash == hash)
                    .Select(x => new { x.Reason, x.Until }).FirstOrDefaultAsync(ct);
                return found is not null && Suppression.Stops(found.Reason, found.Until is not null, precedence);
            }
        );
        services.AddScoped<MailLinks>();
        services.AddScoped<MemberMails>();
        services.AddScoped<MailRateLimit>();
        services.AddScoped<Memberships>();
        services.AddScoped<SaveGroup>();
        services.AddScoped<EarlierDecision>();
        services.AddScoped<MemberRoles>();
        services.AddScoped<StaffRoles>();
        services.AddScoped<Exposures>();
        services.AddScoped<SaveRole>();
        services.AddScoped<SaveTags>();
        services.AddScoped<WriteNotes>();
        services.AddScoped<SaveSegment>();
        services.AddScoped<DoInBulk>();
        services.AddScoped<TakeMeasure>();
        services.AddScoped<ChooseColumns>();
        services.AddScoped<MergeMembers>();
        services.AddSingleton<ISelections, MembersSelections>();
        services.AddScoped<ImportMembers>();
        services.AddScoped<ImportUndo>();
        services.AddScoped<ExportFound>();
        services.AddScoped<FailedWork>();
        services.AddScoped<PutAwayFirstSteps>();
        services.AddScoped<Purposes>();
        services.AddScoped<SealedSearch>();
        services.AddSingleton<TermsOfSites>();
        services.AddScoped<TermsInForce>();
        services.AddScoped<WriteTerms>();
        services.AddScoped<AnswerTerms>();
        services.AddScoped<Archives>();
        services.AddScoped<RightsHolder>();
        services.AddScoped<Leaving>();
        services.AddScoped<AnswerRequests>();
        services.AddScoped<RequestList>();
        services.AddScoped<ExportMember>();
        services.AddScoped<EraseMember>();
    }

    public override IEnumerable<PageFile> Scripts =>
    [
        new("/_content/Community.Members/passkeys.js", "form"),
        new("/_content/Community.Members/builder.js", "staff"),
        new("/_content/Community.Members/under-way.js", "staff"),
    ];

    public override void BuildModel(ModelBuilder model) => MembersDb.Map(model);

    public override void BuildCatalogueModel(ModelBuilder model) => MembersDb.MapCatalogue(model);

    public override void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        SessionEndpoints.Map(endpoints);
        ProviderEndpoints.Map(endpoints);
        GroupEndpoints.Map(endpoints);
        StaffMemberEndpoints.Map(endpoints);
        StaffGroupEndpoints.Map(endpoints);
        AttributeEndpoints.Map(endpoints);
        ImportEndpoints.Map(endpoints);
        ExportEndpoints.Map(endpoints);
        FailedWorkEndpoints.Map(endpoints);
        TermsEndpoints.Map(endpoints);
        FindMembersEndpoints.Map(endpoints);
        SegmentEndpoints.Map(endpoints);
        RightsEndpoints.Map(endpoints);
        MailKindEndpoints.Map(endpoints);
        SuppressionEndpoints.Map(endpoints);
        RegisteringEndpoints.Map(endpoints);
        RoleEndpoints.Map(endpoints);
        ExposureEndpoints.Map(endpoints);
    }

    public override IEnumerable<Permission> Permissions => MembersPermissions.All;

    public override IEnumerable<RateLimit> RateLimits =>
    [
        // Joining groups; also what members write in other modules, such as posts and reports.
        new("post", 30, TimeSpan.FromMinutes(5)),
        // Profile, picture, consents, password: some of it shows on every page of the site, some is stored for ever.
        new("account", 20, TimeSpan.FromMinutes(10)),
        // E-mails to addresses typed by anybody; each address also has a limit of its own.
        new("mail", 30, TimeSpan.FromMinutes(10)),
        // Each attempt costs a password hash, right or wrong.
        new("sign-in", 600, TimeSpan.FromMinutes(5)),
        new("register", 30, TimeSpan.FromHours(1)),
    ];

    public override IEnumerable<string> LongFields => ["message", "bio", "reason", "description", "note", .. Texts.Languages];

    public override IEnumerable<SettingsPart> Settings =>
        [
            SettingsPart.Of<RegistrationSettings>("registration"),
            SettingsPart.Of<MembersSettings>("members"),
            SettingsPart.Of<RightsSettings>("rights"),
            SettingsPart.Of<SignInSettings>("sign-in"),
        ];

    public override IEnumerable<FirstStep> FirstSteps =>
        [
            new(
                SaveGroup.FirstStep,
                "/staff/groups",
                MembersPermissions.Groups,
                db => db.IsStepDone(SaveGroup.FirstStep)
            ),
            new(
                "members.first",
                "/staff/members",
                MembersPermissions.Roles,
                db => db.Members.Where(m => m.Role != null).OrderBy(m => m.Id).Skip(1).AnyAsync()
            ),
        ];

    public override IEnumerable<MenuItem> Menu { get; } =
    [
        new(MenuPlace.Site, "groups.title", "/groups", MembersPermissions.Meet),
        new(MenuPlace.Staff, "staff.members.title", "/staff/members", MembersPermissions.Search),
        // On the console nobody registers, and its roles are the program's.
        new(MenuPlace.Staff, "approvals.title", ApprovalsPage.Url, MembersPermissions.Edit, typeof(ApprovalsCount), OfSitesAlone: true),
        new(MenuPlace.Staff, "rights.staff.title", StaffRequestsPage.Url, MembersPermissions.Rights, typeof(RequestsCount)),
        new(MenuPlace.Staff, "staff.groups.title", "/staff/groups", MembersPermissions.Admit),
        new(MenuPlace.Staff, "staff.segments.title", "/staff/segments", MembersPermissions.Segments),
        new(MenuPlace.Staff, "staff.tags.title", "/staff/tags", MembersPermissions.Tags),
        new(MenuPlace.Staff, "invitations.title", InvitationsPage.Url, MembersPermissions.Edit, OfSitesAlone: true),
        new(MenuPlace.Staff, "import.title", "/staff/members/import", MembersPermissions.Import),
        new(MenuPlace.Staff, "staff.suppressions.title", SuppressionsPage.Url, MembersPermissions.Edit, OfSitesAlone: true),
        Record("staff.audit.title", "/staff/audit", MembersPermissions.Audit),
        Record("staff.failed.title", FailedWorkPage.Url, MembersPermissions.FailedWork, typeof(FailedWorkCount)),
        SetUp("attributes.title", "/staff/attributes", MembersPermissions.Attributes),
        SetUp("staff.kinds.title", MailKindsPage.Url, MembersPermissions.MailKinds),
        SetUp("terms.staff.title", StaffTermsPage.Url, MembersPermissions.Terms),
        SetUp("staff.roles.title", RolesPage.Url, MembersPermissions.Roles, ofSitesAlone: true),
        SetUp("staff.providers.title", "/staff/providers", KernelPermissions.Settings),
        new(MenuPlace.Footer, "terms.kind.terms", "/terms", OfSitesAlone: true),
        new(MenuPlace.Footer, "terms.kind.privacy", "/privacy", OfSitesAlone: true),
    ];

    static MenuItem Record(string text, string url, string permission, Type? count = null) =>
        new(MenuPlace.Staff, text, url, permission, count, Part: StaffMenuPart.Records);

    static MenuItem SetUp(string text, string url, string permission, bool ofSitesAlone = false) =>
        new(MenuPlace.Staff, text, url, permission, OfSitesAlone: ofSitesAlone, Part: StaffMenuPart.SetUp);

    // The footer names the documents that are in force.
    public override async ValueTask<IEnumerable<MenuItem>> MenuOf(IServiceProvider site)
    {
        var inForce = site.GetRequiredService<TermsInForce>();
        var (list, now) = (await inForce.List(), inForce.Now);
        return Menu.Where(i => i.Place is not MenuPlace.Footer
            || TermsList.Kinds.Any(kind => i.Url == TermsVersion.UrlOf(kind) && list.Present(kind, now) is not null));
    }

    public override IEnumerable<Panel> Panels =>
        [
            new("frame.account", typeof(AccountMenu)),
            new("frame.notice", typeof(TermsNotice)),
            new("home", typeof(FirstStepsNotice), MembersPermissions.Roles),
            new("staff.waiting", typeof(RequestsWaiting), MembersPermissions.Admit),
            new("staff.waiting", typeof(ApprovalsWaiting), MembersPermissions.Edit),
            new("staff.waiting", typeof(RightsWaiting), MembersPermissions.Rights),
            new("staff.waiting", typeof(FailedWorkWaiting), MembersPermissions.FailedWork),
            new("staff.group.delete", typeof(SegmentsOfGroup)),
            new("staff.home", typeof(MembersSummary), MembersPermissions.Search),
            new("topic.post", typeof(AuthorState), MembersPermissions.Suspend),
        ];

    public override Task<IReadOnlyList<StatusLine>> Status(IServiceProvider site, CancellationToken ct) =>
        MembersDb.Status(site.GetRequiredService<SiteDb>(), ct);

    public override IEnumerable<PersonalData> PersonalData => MembersPersonalData.All;

    public override Task<IReadOnlyCollection<string>> FilesInUse(SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct) =>
        MembersPersonalData.FilesInUse(db, hashes, ct);

    public override Task Erase(IServiceProvider site, long member, ICollection<Func<Task>> after, CancellationToken ct) =>
        MembersPersonalData.Erase(site, member, after, ct);

    public override IEnumerable<MemberConditionOfModule> MemberConditions => OwnConditions.All;

    public override IEnumerable<MergeField> MergeFields =>
        [new("member.name", to => new(to.Name)), new("member.email", to => new(to.Email))];

    public override async ValueTask<IEnumerable<MemberConditionOfModule>> MemberConditionsOf(SiteDb db, CancellationToken ct) =>
        MemberConditions.Concat((await db.Attributes(ct)).All.Select(AttributeCondition.Of));

    public override async ValueTask<IEnumerable<MergeField>> MergeFieldsOf(SiteDb db, CancellationToken ct) =>
        MergeFields.Concat(AttributeMergeFields.Of(await db.Attributes(ct)));

    public override IEnumerable<string> AuditedViews =>
        [
            "members.search",
            "members.listed",
            "members.suppressions",
            "members.suppressions-file",
            "members.export-found",
            "members.import-problems",
            "attributes.aside",
            "attributes.preview",
            "members.open",
            "members.failed",
            "members.requests",
            "members.shown",
            "members.consent-log",
            "members.consent-scan",
            "groups.members",
            "audit.read",
            "audit.exposure",
            "audit.exposure-file",
        ];

    public override IReadOnlyDictionary<string, SystemMailPrecedence> SystemMailKinds => MemberMails.Precedences;

    public override void AddEvents(EventList events)
    {
        events.Add<MembersImported>("members.imported");
        events.Add<MemberRegistered>("members.registered");
        events.Add<MemberConfirmed>("members.confirmed");
        events.Add<MemberChanged>("members.changed");
        events.Add<MemberAddressChanged>("members.address-changed");
        events.Add<MemberPasswordChanged>("members.password-changed");
        events.Add<MemberAccessChanged>("members.access-changed");
        events.Add<MemberRoleChanged>("members.role-changed");
        events.Add<RolesChanged>("members.roles-changed");
        events.Add<MemberSuspended>("members.suspended");
        events.Add<MemberWarned>("members.warned");
        events.Add<WarningRead>("members.warning-read");
        events.Add<MemberSilenced>("members.silenced");
        events.Add<MemberSilenceEnded>("members.silence-ended");
        events.Add<MemberReinstated>("members.reinstated");
        events.Add<MemberDeleted>("members.deleted");
        events.Add<MemberErased>("members.erased");
        events.Add<MemberLeaving>("members.leaving");
        events.Add<MemberReturned>("members.returned");
        events.Add<MembersMerged>("members.merged");
        events.Add<MergeUndone>("members.merge-undone");
        events.Add<ConsentChanged>("members.consent-changed");
        events.Add<MailKindChanged>("members.mail-kind-changed");
        events.Add<TermsPublished>("members.terms-published");
        events.Add<TermsAnswered>("members.terms-answered");
        events.Add<AttributeCreated>("members.attribute-created");
        events.Add<AttributeChanged>("members.attribute-changed");
        events.Add<AttributeRetired>("members.attribute-retired");
        events.Add<AttributeRestored>("members.attribute-restored");
        events.Add<AttributeRetyped>("members.attribute-retyped");
        events.Add<GroupCreated>("members.group-created");
        events.Add<GroupChanged>("members.group-changed");
        events.Add<GroupDeleted>("members.group-deleted");
        events.Add<GroupRequested>("members.group-requested");
        events.Add<GroupRequestWithdrawn>("members.group-request-withdrawn");
        events.Add<GroupRequestDecided>("members.group-request-decided");
        events.Add<GroupJoined>("members.group-joined");
        events.Add<GroupLeft>("members.group-left");
    }

    public override void AddJobs(JobList jobs)
    {
        jobs.Add<ConvertValues, RetypeAttribute>("members.convert-values");
        jobs.Add<FreezeSegment, WriteSegment>("members.freeze-segment");
        jobs.Add<ApplyGroupRule, ApplyGroupRules>("members.apply-group-rule");
        jobs.Add<ApplyGroupRulesHourly, ApplyGroupRules>(ApplyGroupRules.Hourly);
        jobs.Every<ApplyGroupRules>("members.apply-group-rules", TimeSpan.FromDays(1));
        jobs.Add<RunBulkAct, BulkWork>("members.bulk-act");
        jobs.Add<EndSuspension, EndSuspensionStep>("members.end-suspension");
        jobs.Every<ForgetMerges>("members.forget-merges", TimeSpan.FromDays(1));
        jobs.Add<RunImport, ImportWork>("members.import");
        jobs.Add<SendInvitations, InviteImported>("members.send-invitations");
        jobs.Every<ForgetImports>("members.forget-imports", TimeSpan.FromDays(1));
        jobs.Every<ForgetBulkActs>("members.forget-bulk-acts", TimeSpan.FromDays(1));
        jobs.Every<ForgetSignIns>("members.forget-sign-ins", TimeSpan.FromDays(1));
        jobs.Every<ForgetReservedNames>("members.forget-reserved-names", TimeSpan.FromDays(1));
        jobs.Every<ForgetSessions>("members.forget-sessions", TimeSpan.FromDays(1));
        jobs.Every<ForgetAsked>("members.forget-asked", TimeSpan.FromDays(1));
        jobs.Every<ForgetUnconfirmed>("members.forget-unconfirmed", TimeSpan.FromDays(1));
        jobs.Add<MakeArchive, WriteArchive>("members.make-archive");
        jobs.Add<EraseRequested, EraseRequestedHandler>("members.erase");
        jobs.Every<EraseLeavers>("members.erase-leavers", TimeSpan.FromDays(1));
        jobs.Every<SweepArchives>("members.sweep-archives", TimeSpan.FromDays(1));
        jobs.Every<EraseRestored>("members.erase-restored", TimeSpan.FromDays(1), immediately: true);
        jobs.Every<ForgetInvitations>("members.forget-invitations", TimeSpan.FromDays(1));
        jobs.Every<EraseInactive>("members.erase-inactive", TimeSpan.FromDays(1));
        jobs.Every<RenewSearchNames>("members.renew-search-names", TimeSpan.FromDays(1));
        jobs.Every<RenewAddresses>("members.renew-addresses", TimeSpan.FromDays(1), immediately: true);
    }

    public override IEnumerable<RecipeStep> RecipeSteps => Recipes.Steps;
}
