using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Notifications;

public sealed class NotificationsModule : Module
{
    public const string Feature = "Notifications";

    public override string Name => Feature;
    public override IEnumerable<string> Needs => ["Boards"];

    public override void BuildModel(ModelBuilder model) => NotificationsDb.Map(model);

    public override MemberNumber? MemberNumber => NoticeRule.Unread;

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<KeepNotices>();
        services.AddScoped<MarkNotices>();
        services.AddScoped<SaveNoticeSettings>();
        services.AddScoped<NoticeMessages>();
        services.AddScoped<StopLinks>();
        services.AddScoped<ReplyAddresses>();
        services.AddScoped<TakeMail>();
        services.AddScoped<FeedKeys>();
        services.AddScoped<FeedEndpoints.Answering>();
        services.AddSingleton(EndRead.Heard);
        services.AddScoped<TellOfModules>();
        services.AddScoped<TellOnSite>(s => s.GetRequiredService<TellOfModules>().Tell);
        services.AddScoped<EndTold>(s => s.GetRequiredService<TellOfModules>().End);
    }

    public override void AddEvents(EventList events)
    {
        events.Add<NoticeSettingsChanged>("notifications.settings-changed");
        events.Handle<TellOfPosts>("notifications.posts", EventStart.Next, TellOfPosts.Reads);
        events.Handle<TellStaff>("notifications.staff", EventStart.Next, TellStaff.Reads);
        events.Handle<TellDecisions>("notifications.decisions", EventStart.Next, TellDecisions.Reads);
        events.Handle<KeepPlaces>("notifications.places", EventStart.Next, KeepPlaces.Reads);
        events.Handle<TellOfReactions>("notifications.reactions", EventStart.Next, TellOfReactions.Reads);
        events.Handle<EndMuted>("notifications.muted", EventStart.Next, EndMuted.Reads);
    }

    public override void AddJobs(JobList jobs)
    {
        jobs.Add<TellWatchers, TellWatchersStep>("notifications.tell-watchers");
        jobs.Add<SendNoticeMails, SendNoticeMailsStep>(SendNoticeMails.Job);
        jobs.Every<ForgetNotices>("notifications.forget", TimeSpan.FromDays(1));
    }

    public override SiteCommands Commands => new("answer", "Answers by mail.", AnswerCommands.All);

    public override void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        FollowEndpoints.Map(endpoints);
        NoticeEndpoints.Map(endpoints);
        StopEndpoints.Map(endpoints);
        FeedEndpoints.Map(endpoints);
    }

    public override IEnumerable<PageFile> Scripts => [new("/_content/Community.Notifications/notices.js")];

    public override IEnumerable<Panel> Panels =>
        [
            new("frame.account", typeof(NoticeCount), BoardsPermissions.Write),
            new("topic", typeof(TopicFollowMenu), BoardsPermissions.Write),
            new("topic", typeof(FeedLink)),
            new("board.actions", typeof(BoardFollowMenu), BoardsPermissions.Write),
            new("board", typeof(FeedLink)),
            new("member", typeof(MuteButton), BoardsPermissions.Write),
            new("member", typeof(MemberFeedLink), BoardsPermissions.Write),
            new("account", typeof(NoticeAccount), BoardsPermissions.Write),
        ];

    public override IEnumerable<PersonalData> PersonalData =>
        [
            Kernel.PersonalData.Rows<Notice>("notices", n => n.MemberId, leftOut: ["RequesterId"]),
            Kernel.PersonalData.Hidden<Notice>(n => n.RequesterId, "What others are told."),
            Kernel.PersonalData.Rows<NoticeSettings>("noticeSettings", s => s.MemberId, leftOut: ["FeedKey"]),
            Kernel.PersonalData.Rows<NoticeMail>("noticeMails", m => m.MemberId).OnMerge(WhenMerged.Dropped),
        ];
}
