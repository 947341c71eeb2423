using Community.Boards;
using Community.Kernel;
using Community.Mailing;
using Community.Members;
using Community.Notifications;
using Community.Search;
using Community.Sites;
using Community.Statistics;
using Community.Themes;
using Community.Ui;

namespace Community.Web;

/// <summary>The modules of this host. Their order is the order of menus, panels and recipe steps.</summary>
public static class HostModules
{
    public static IReadOnlyList<Module> All =>
        [
            new UiModule(),
            new ThemesModule(),
            new MembersModule(),
            new BoardsModule(),
            new NotificationsModule(),
            new SearchModule(),
            new StatisticsModule(),
            new MailingModule(),
            new SitesModule(),
            new WebModule(),
            new KernelModule(),
        ];
}

/// <summary>The host's own pages and texts.</summary>
public sealed class WebModule : Module
{
    public override string Name => "Web";
    public override bool Always => true;
}
