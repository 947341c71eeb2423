using Community.Kernel;

namespace Community.Notifications;

/// <summary>A member chose anew what they are told, and how.</summary>
public sealed record NoticeSettingsChanged(long MemberId) : SiteEvent;
