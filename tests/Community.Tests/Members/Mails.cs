using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>The mail that a site sent, as its recipient sees it.</summary>
static partial class Mails
{
    public static Task<int> Count(TestSite site, string to, string kind) =>
        site.Db(db => db.SystemMails.CountAsync(l => l.To == to && l.Kind == kind));

    /// <summary>
    /// Path and query of the first link that leads to a page of <paramref name="path"/>, in the newest e-mail of a kind, once there are
    /// <paramref name="count"/> of them.
    /// </summary>
    public static async Task<string> Link(TestSite site, string to, string kind, int count = 1, string path = "")
    {
        // The newest as well: it is read below.
        await TestSite.Until(
            async () =>
            {
                var states = await site.Db(db => db.SystemMails.Where(l => l.To == to && l.Kind == kind)
                    .OrderBy(l => l.Id).Select(l => l.State).ToListAsync());
                return states.Count(s => s == SystemMailState.Sent) >= count && states[^1] == SystemMailState.Sent;
            },
            $"{kind} for {to} is sent"
        );
        var id = await site.Db(db =>
            db.SystemMails.Where(l => l.To == to && l.Kind == kind).OrderByDescending(l => l.Id).Select(l => l.MessageId).FirstAsync()
        );
        return Address()
            .Matches(await Text(site, id))
            .Select(m => new Uri(m.Value).PathAndQuery)
            .First(p => p.StartsWith(path, StringComparison.Ordinal));
    }

    /// <summary>The text of a sent e-mail.</summary>
    public static async Task<string> Text(TestSite site, Guid id)
    {
        var mailbox = (DevMailbox)site.Host.Services.GetRequiredService<MailTransport>();
        foreach (var file in mailbox.Files())
            if (
                (await mailbox.Open(file))!.Value is var mail
                && mail.Message.MessageId!.StartsWith(id.ToString("N"), StringComparison.Ordinal)
            )
                return mail.Message.TextBody!;
        throw new InvalidOperationException($"The mail {id} is not in the mailbox.");
    }

    [GeneratedRegex(@"https?://[^\s)]+")]
    private static partial Regex Address();
}
