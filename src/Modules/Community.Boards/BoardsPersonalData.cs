using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Boards;

/// <summary>The personal data that the module stores. An erased author's posts stay, attributed to a former member.</summary>
static class BoardsPersonalData
{
    public static IEnumerable<PersonalData> All =>
    [
        PersonalData.Contributions<Topic>(
            "topics",
            t => t.AuthorId,
            leftOut: ["PinnedBy", "LockedBy", "HiddenBy", "LastPostBy", "LastPostAt"],
            masked: ["Title"]
        ),
        PersonalData.Mention<Topic>(t => t.LastPostBy),
        PersonalData.ActedBy<Topic>(t => t.PinnedBy),
        PersonalData.ActedBy<Topic>(t => t.LockedBy),
        PersonalData.ActedBy<Topic>(t => t.HiddenBy),
        PersonalData.Contributions<Post>(
            "posts",
            p => p.AuthorId,
            leftOut: ["Html", "HtmlVersion", "Snippet", "Path", "Depth", "ToMemberId", "EditedBy", "HiddenBy", "FormKey", "Counted"],
            masked: ["Title", "Text"]
        ),
        PersonalData.Mention<Post>(p => p.ToMemberId),
        PersonalData.Mention<Post>(p => p.EditedBy),
        PersonalData.ActedBy<Post>(p => p.HiddenBy),
        PersonalData.Mention<PostVersion>(v => v.ReplacedBy),
        PersonalData.Contributions<Report>("reports", r => r.ReporterId, leftOut: ["ClosedBy"], masked: ["Reason"]),
        PersonalData.ActedBy<Report>(r => r.ClosedBy),
        PersonalData.Contributions<ModerationEntry>("moderation", m => m.ActorId, masked: ["Reason"]),
        PersonalData.Rows<TopicRead>("topicsRead", r => r.MemberId),
        PersonalData.Rows<BoardRead>("boardsRead", r => r.MemberId),
        PersonalData.ActedBy<Board>(b => b.ArchivedBy),
        PersonalData.ActedBy<Board>(b => b.ChangedBy),
    ];

    /// <summary>Deletes the earlier versions of the erased member's posts: nobody needs them once the author is gone.</summary>
    public static async Task Erase(IServiceProvider site, long member, CancellationToken ct)
    {
        var db = site.GetRequiredService<SiteDb>();
        var posts = db.Posts.Where(p => p.AuthorId == member);
        await db.PostVersions.Where(v => posts.Any(p => p.Id == v.PostId)).ExecuteDeleteAsync(ct);
    }
}
