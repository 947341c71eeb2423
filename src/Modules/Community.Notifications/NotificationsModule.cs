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

    public override void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        FollowEndpoints.Map(endpoints);
    }

    public override IEnumerable<Panel> Panels =>
        [
            new("topic", typeof(TopicFollowMenu), BoardsPermissions.Write),
            new("board.actions", typeof(BoardFollowMenu), BoardsPermissions.Write),
            new("member", typeof(MuteButton), BoardsPermissions.Write),
        ];
}
