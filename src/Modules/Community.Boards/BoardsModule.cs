using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Boards;

public sealed class BoardsModule : Module
{
    public override string Name => "Boards";

    public override void BuildModel(ModelBuilder model) => BoardsDb.Map(model);

    public override IEnumerable<Permission> Permissions => BoardsPermissions.All;

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<Unread>();
        services.AddScoped<MarkRead>();
        services.AddScoped<Mentions>();
        services.AddScoped<Completion>();
        services.AddScoped<SentForms>();
        services.AddScoped<LinkCardsOfPage>();
        services.AddScoped<HoldPost>();
        services.AddScoped<PublishPost>();
        services.AddScoped<ChangePost>();
        services.AddScoped<SaveDraft>();
        services.AddScoped<DraftOfForm>();
        services.AddScoped<AttachFiles>();
        services.AddScoped<SentFiles>();
        services.AddScoped<Moderate>();
        services.AddScoped<WritingLimits>();
        services.AddScoped<Trust>();
        services.AddScoped<SetTrust>();
        services.AddSingleton<TrustedMembers>();
        services.AddSingleton<ImportOrders>();
        services.AddScoped<CorrectPost>();
        services.AddScoped<DeleteForGood>();
        services.AddScoped<ModerationTrail>();
        services.AddScoped<ClearPosts>();
        services.AddScoped<ModerateSelected>();
        services.AddScoped<SplitTopic>();
        services.AddScoped<MergeTopics>();
        services.AddScoped<CheckBoards>();
        services.AddScoped<Screening>();
        services.AddScoped<DecideQueue>();
        services.AddScoped<WatchedWords>();
        services.AddScoped<SaveWatchedWord>();
        services.AddScoped<ReportPost>();
        services.AddScoped<ReportReasons>();
        services.AddScoped<Follow>();
        services.AddScoped<KeepBookmark>();
        services.AddScoped<SavePoll>();
        services.AddScoped<Vote>();
        services.AddScoped<SiteReactions>();
        services.AddScoped<React>();
        services.AddScoped<SaveReaction>();
        services.AddScoped<ReactionEndpoints.Buttons>();
        services.AddScoped<SaveBoard>();
        services.AddScoped<ChangeBoardPicture>();
        services.AddScoped<OrderBoards>();
        services.AddScoped<SaveCategory>();
        services.AddScoped<EndBoard>();
        services.AddScoped<BoardModerators>();
        services.AddScoped<ImportBoard>();
        services.AddScoped<ImportPosts>();
        services.AddScoped<ImportFolder>();
        services.AddScoped<WriteImported>();
        services.AddScoped<UndoBoardImport>();
        services.AddScoped<ExportBoard>();
        services.AddSingleton<ReadingLog>();
        services.AddHostedService(s => s.GetRequiredService<ReadingLog>());
    }

    public override void AddEvents(EventList events)
    {
        events.Add<PostPublished>("boards.post-published");
        events.Add<PostHeld>("boards.post-held");
        events.Add<QueueDecided>("boards.queue-decided");
        events.Add<WatchedWordFailed>("boards.watched-word-failed");
        events.Add<PostsImported>("boards.posts-imported");
        events.Add<ImportUndone>("boards.import-undone");
        events.Add<PostEdited>("boards.post-edited");
        events.Add<PostCorrected>("boards.post-corrected");
        events.Add<FileUploaded>("boards.file-uploaded");
        events.Add<PostHidden>("boards.post-hidden");
        events.Add<PostRestored>("boards.post-restored");
        events.Add<PostDeleted>("boards.post-deleted");
        events.Add<TopicHidden>("boards.topic-hidden");
        events.Add<TopicRestored>("boards.topic-restored");
        events.Add<TopicMoved>("boards.topic-moved");
        events.Add<TopicSplit>("boards.topic-split");
        events.Add<TopicsMerged>("boards.topics-merged");
        events.Add<TopicClosed>("boards.topic-closed");
        events.Add<TopicReopened>("boards.topic-reopened");
        events.Add<TopicArchived>("boards.topic-archived");
        events.Add<TopicUnarchived>("boards.topic-unarchived");
        events.Add<TopicPinned>("boards.topic-pinned");
        events.Add<TopicUnpinned>("boards.topic-unpinned");
        events.Add<ReportFiled>("boards.report-filed");
        events.Add<ReportDecided>("boards.report-decided");
        events.Add<ReportReopened>("boards.report-reopened");
        events.Add<ClearingBegun>("boards.clearing-begun");
        events.Add<ClearingUndone>("boards.clearing-undone");
        events.Add<TrustSet>("boards.trust-set");
        events.Add<BoardCreated>("boards.board-created");
        events.Add<BoardChanged>("boards.board-changed");
        events.Add<CategoryChanged>("boards.category-changed");
        events.Add<BoardArchived>("boards.board-archived");
        events.Add<BoardUnarchived>("boards.board-unarchived");
        events.Add<BoardDeleted>("boards.board-deleted");
        events.Add<BoardModeratorAppointed>("boards.moderator-appointed");
        events.Add<BoardModeratorDismissed>("boards.moderator-dismissed");
        events.Add<TopicFollowed>("boards.topic-followed");
        events.Add<BoardFollowed>("boards.board-followed");
        events.Add<MemberMuted>("boards.member-muted");
        events.Add<PostBookmarked>("boards.post-bookmarked");
        events.Add<PostReacted>("boards.post-reacted");
        events.Add<ReactionsChanged>("boards.reactions-changed");
        events.Add<PollSaved>("boards.poll-saved");
        events.Add<PollVoted>("boards.poll-voted");
        events.Add<PollEnded>("boards.poll-ended");
        events.Add<PollDeleted>("boards.poll-deleted");
        events.Handle<CountBoard>("boards.counters", EventStart.Oldest, CountBoard.Reads);
        events.Handle<FollowNames>("boards.mentions", EventStart.Next, FollowNames.Reads);
        events.Handle<RecountPolls>("boards.polls", EventStart.Next, RecountPolls.Reads);
        events.Handle<RecountReactions>("boards.reactions", EventStart.Next, RecountReactions.Reads);
    }

    public override void AddJobs(JobList jobs)
    {
        jobs.Every<ForgetDeletedPosts>("boards.forget-deleted-posts", TimeSpan.FromDays(1));
        jobs.Add<RunClearing, ClearingWork>("boards.clearing");
        jobs.Every<ForgetClearings>("boards.forget-clearings", TimeSpan.FromDays(1));
        jobs.Every<ForgetDrafts>("boards.forget-drafts", TimeSpan.FromDays(1));
        jobs.Every<ArchiveOldTopics>("boards.archive-topics", TimeSpan.FromDays(1));
        jobs.Add<RewriteMentions, FollowNames>("boards.rewrite-mentions");
        jobs.Add<RunBoardImport, ImportPosts>("boards.import");
        jobs.Every<ForgetUploads>("boards.forget-uploads", TimeSpan.FromDays(1));
        jobs.Add<PollEnd, EndPoll>("boards.end-poll");
        jobs.Add<RecountOf, RecountReactions>("boards.recount-reactions");
        jobs.Every<ForgetAttachments>("boards.forget-attachments", TimeSpan.FromDays(1));
    }

    public override IEnumerable<RateLimit> RateLimits =>
    [
        // Pictures and files for posts, each sent by itself by the script of the writing pages.
        new("upload", 200, TimeSpan.FromMinutes(5)),
        new(WritingEndpoints.Limit, 600, TimeSpan.FromMinutes(5)),
        new(ReactionEndpoints.Limit, 120, TimeSpan.FromMinutes(5)),
        new(DraftEndpoints.Limit, 200, TimeSpan.FromMinutes(5)),
    ];

    public override SiteCommands Commands => new("boards", "What the boards of a site have.", BoardsCommands.All);

    public override IEnumerable<PageFile> Scripts =>
    [
        new("/_content/Community.Boards/writing.js", "form", "topic"),
        new("/_content/Community.Boards/attach.js", "form", "topic"),
        new("/_content/Community.Boards/drafts.js", "form", "topic"),
        new("/_content/Community.Boards/reactions.js", "topic"),
        new("/_content/Community.Boards/topic.js", "topic"),
    ];

    public override async Task<IReadOnlyCollection<string>> FilesInUse(
        SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct) =>
        [.. await AttachmentRights.FilesInUse(db, hashes, ct), .. await BoardPicture.FilesInUse(db, hashes, ct)];

    public override void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        ReadingEndpoints.Map(endpoints);
        Sitemap.Map(endpoints);
        BookmarkEndpoints.Map(endpoints);
        ReactionEndpoints.Map(endpoints);
        PollEndpoints.Map(endpoints);
        WritingEndpoints.Map(endpoints);
        DraftEndpoints.Map(endpoints);
        AttachmentEndpoints.Map(endpoints);
        BoardPictureEndpoints.Map(endpoints);
        ModerationEndpoints.Map(endpoints);
        ClearingEndpoints.Map(endpoints);
        TrustEndpoints.Map(endpoints);
        BoardsStaffEndpoints.Map(endpoints);
        BoardImportEndpoints.Map(endpoints);
        ExportBoardEndpoints.Map(endpoints);
        OldForumEndpoints.Map(endpoints);
    }

    public override IEnumerable<MenuItem> Menu { get; } =
    [
        new(MenuPlace.Site, "boards.menu", "/boards", First: true),
        new(MenuPlace.Account, "boards.drafts", "/drafts", BoardsPermissions.Write),
        new(MenuPlace.Account, "boards.bookmarks", BookmarksPage.Url, BoardsPermissions.Write),
        new(MenuPlace.Staff, "boards.title", "/staff/boards", BoardsPermissions.Manage),
        new(MenuPlace.Staff, "boards.import", "/staff/boards/import", BoardsPermissions.Manage),
        new(MenuPlace.Staff, "boards.reports", "/staff/reports", BoardsPermissions.ModerateSome, typeof(ReportsCount)),
        new(MenuPlace.Staff, "boards.queue", "/staff/queue", BoardsPermissions.ModerateSome, typeof(QueueCount)),
        new(MenuPlace.Staff, "boards.words", "/staff/words", BoardsPermissions.Moderate),
        new(MenuPlace.Staff, "boards.log", "/staff/boards/moderation", BoardsPermissions.ModerateSome, Part: StaffMenuPart.Records),
    ];

    public override async ValueTask<IEnumerable<MenuItem>> MenuOf(IServiceProvider site)
    {
        var name = (await site.GetRequiredService<Settings<BoardsSettings>>().Get()).MenuName;
        return name.Length == 0 ? Menu : Menu.Select(i => i.Place is MenuPlace.Site ? i with { Label = name } : i);
    }

    public override Task<PageCard?> CardOf(SiteDb db, Reader reader, string path, CancellationToken ct) =>
        TopicCard.Of(db, reader, path, ct);

    public override IEnumerable<string> LongFields => ["title", "text", "reason", "description", "note", "question", "options"];

    public override IEnumerable<SettingsPart> Settings =>
        [SettingsPart.Of<BoardsSettings>("boards"), SettingsPart.Of<TrustSettings>("trust")];

    public override IEnumerable<Panel> Panels =>
        [
            new("account.leave", typeof(LeavingPosts)),
            new("home", typeof(HomePanel)),
            new("member", typeof(MemberPosts)),
            new("staff.member", typeof(MemberPosts)),
            new("staff.member", typeof(BoardsOfModerator), BoardsPermissions.Manage),
            new("group", typeof(GroupBoards)),
            new("staff.waiting", typeof(QueueWaiting), BoardsPermissions.ModerateSome),
            new("staff.waiting", typeof(ReportsWaiting), BoardsPermissions.ModerateSome),
            new("account.staff", typeof(ReportsCount), BoardsPermissions.ModerateSome),
            new("register", typeof(RegisterBoards)),
            new("staff.home", typeof(FilesUsed), KernelPermissions.Settings),
            new("account", typeof(OwnPosts), BoardsPermissions.Write),
        ];

    public override Task<IReadOnlyList<StatusLine>> Status(IServiceProvider site, CancellationToken ct) =>
        BoardsDb.Status(site.GetRequiredService<SiteDb>(), ct);

    public override IAsyncEnumerable<string> Check(IServiceProvider site, CancellationToken ct) =>
        site.GetRequiredService<CheckBoards>().Problems(ct);

    public override IEnumerable<FirstStep> FirstSteps =>
        [
            new(
                SaveBoard.FirstStep,
                "/staff/boards",
                BoardsPermissions.Manage,
                db => db.IsStepDone(SaveBoard.FirstStep)
            ),
            new("boards.first.words", "/boards", BoardsPermissions.Write, db => db.Topics.AnyAsync()),
        ];

    public override IEnumerable<PersonalData> PersonalData => BoardsPersonalData.All;

    public override Task Erase(IServiceProvider site, long member, ICollection<Func<Task>> after, CancellationToken ct) =>
        BoardsPersonalData.Erase(site, member, after, ct);

    public override Task<IReadOnlyList<string>> Naming(IServiceProvider site, long member, CancellationToken ct) =>
        BoardsPersonalData.Naming(site, member, ct);

    public override IEnumerable<MemberConditionOfModule> MemberConditions => [PostedCondition.Posted, FollowsCondition.Follows];

    public override IEnumerable<MergeField> MergeFields => [new("boards.posts", BoardsDb.PostsOf)];

    public override IEnumerable<string> AuditedViews =>
    [
        "boards.history", "boards.reports", "boards.log", "boards.dossier", "boards.import-faults", "boards.exported",
        "boards.exported-names",
    ];

    public override IEnumerable<RecipeStep> RecipeSteps =>
        [new("boards", typeof(RecipeBoards.Entry), RecipeBoards.Read), new("topics", typeof(RecipeTopics.TopicEntry), RecipeTopics.Read)];
}
