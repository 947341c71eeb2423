using System.Text.RegularExpressions;
using Community.Boards;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>Fills the route parameters with keys and ids of one site's rows.</summary>
public sealed partial class Addresses
{
    public required string BoardKey { get; init; }
    public required string GroupKey { get; init; }
    public required string SiteKey { get; init; }
    public required string Handle { get; init; }
    public required string Picture { get; init; }
    public required string Attachment { get; init; }
    public required string Unsubscribe { get; init; }
    public required long Member { get; init; }
    public required long Topic { get; init; }
    /// <summary>The words of the topic's title, which its page bears.</summary>
    public required string Words { get; init; }

    /// <summary>The address of the page of a site's first topic.</summary>
    public static async Task<string> FirstTopic(TestSite site) =>
        await site.Db(db => db.Topics.Where(t => t.Id == 1).Select(t => new { t.Board.Key, t.Title }).SingleAsync()) is var topic
            ? Community.Boards.Topic.PageOf(topic.Key, 1, topic.Title) : "";

    /// <summary>Anna's rows: her profile, picture, topic and link to leave.</summary>
    public static async Task<Addresses> Of(TestSite site, string board = "general", string group = "circle", long topic = 1)
    {
        // Keys of links are made when they are first needed; what a test compares afterwards has them from the beginning.
        foreach (var key in new[] { "feeds", "notices" }) await site.Db(db => db.Secret(key, default));
        var anna = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email!.StartsWith("anna@")));
        return new()
        {
            BoardKey = board,
            GroupKey = group,
            SiteKey = site.Site.Key,
            Handle = anna.Handle,
            Picture = anna.Picture!,
            Attachment = await site.Db(db => db.Attachments.Select(a => a.Key).FirstOrDefaultAsync()) ?? new string('a', 26),
            Member = anna.Id,
            Topic = topic,
            // Of the other site's the number alone: no page says the words of an address that leads nowhere.
            Words = board != "general" ? "" : TopicAddress.WordsOf(
                await site.Db(db => db.Topics.Where(t => t.Id == topic).Select(t => t.Title).FirstOrDefaultAsync()) ?? ""),
            Unsubscribe = await site.With<UnsubscribeLinks, string>(links => links.Token(anna.Id, 1)),
        };
    }

    public string Fill(string path)
    {
        var filled = Parameter().Replace(path, match => match.Groups[1].Value.ToLowerInvariant() switch
        {
            "boardkey" => BoardKey,
            "key" => path.StartsWith("/sites/") ? SiteKey : GroupKey,
            "handle" => Handle,
            "name" => path.StartsWith("/files/") ? Picture : path.Contains("/picture/") ? "plain" : "none.eml",
            "reference" => Attachment,
            "code" => path.StartsWith("/problem") ? "404" : path.StartsWith("/scheme") ? "dark" : "en",
            "token" => Unsubscribe,
            "theme" => "plain",
            "folder" => "images",
            "path" => "none.svg",
            "topicid" => path.EndsWith("{TopicId:long}", StringComparison.Ordinal) && Words.Length > 0 ? $"{Topic}-{Words}"
                : Topic.ToString(),
            "id" => path.Contains("/recipients") ? "3" : path.Contains("/staff/members/") ? Member.ToString() : "1",
            _ => "1",
        });
        return path.EndsWith("preview.html") ? $"{filled}?member={Handle}" : filled;
    }

    [GeneratedRegex(@"\{\*{0,2}([A-Za-z]+)(?::(?:[^{}]|\{\{|\}\})*)?\}")]
    private static partial Regex Parameter();
}
