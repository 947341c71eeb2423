using Community.Boards;
using Community.Notifications;
using Community.Tests.House;

namespace Community.Tests.Notifications;

public sealed class NotificationActs : ActsOfModule
{
    static readonly NoticeChoices choices =
        new(new Dictionary<NoticeKind, MailPace>(), FollowLevel.Watch, FollowLevel.Track, 8, DayOfWeek.Monday);

    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("Follow.Topic", "anna", c => c.Get<Follow>().Topic(c.Actor, c.Topic, FollowLevel.Watch, default)),
            ("Follow.Board", "anna", c => c.Get<Follow>().Board(c.Actor, "general", FollowLevel.Watch, default)),
            ("Follow.Mute", "anna", c => c.Get<Follow>().Mute(c.Actor, "nobody", true, default)),
            ("Follow.ForgetTopic", "anna", c => c.Get<Follow>().ForgetTopic(c.Actor, c.Topic, default)),
            ("Follow.ForgetBoard", "anna", c => c.Get<Follow>().ForgetBoard(c.Actor, c.Board, default)),
            ("MarkNotices.All", "anna", c => c.Get<MarkNotices>().All(c.Actor, 1, default)),
            ("MarkNotices.Opened", "anna", c => c.Get<MarkNotices>().Opened(c.Actor, 1, default)),
            ("SaveNoticeSettings.Save", "anna", c => c.Get<SaveNoticeSettings>().Save(c.Actor, choices, default)),
            ("SaveNoticeSettings.RenewFeedKey", "anna", c => c.Get<SaveNoticeSettings>().RenewFeedKey(c.Actor, default)),
        ];
}
