using System.Text;
using System.Text.Json;
using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Notifications;

/// <summary>
/// Writes a member's notices as mails, in the open change: at once one for each topic, else one digest. Nothing is written if nothing is
/// left to say.
/// </summary>
public sealed class NoticeMessages(
    SiteDb db, StopLinks links, ReplyAddresses addresses, IStringLocalizer texts, IOptions<CommunityOptions> options)
{
    /// <summary>Posts told in one mail of each topic; the rest is a number.</summary>
    const int MaxPosts = 10;
    /// <summary>Topics told in a digest.</summary>
    const int MaxTopics = 30;
    const int SnippetLength = 400;

    sealed record Told(long Id, long TopicId, string Title, string BoardKey, string Board, int Number, string Text, string? Author,
        long? AuthorId, NoticeKind Kind);

    /// <param name="to">The addressee.</param>
    /// <param name="reader">The addressee, as the database has them now.</param>
    /// <param name="pace">Which mail.</param>
    /// <param name="notices">Unread ones that the addressee may be shown.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task Write(Member to, Reader reader, MailPace pace, IReadOnlyList<Notice> notices, CancellationToken ct)
    {
        if (notices.Count == 0) return;
        var posts = await Posts(reader, notices, ct);
        var byTopic = posts.GroupBy(p => p.TopicId).ToList();
        if (pace is MailPace.AtOnce)
        {
            var topics = byTopic.ConvertAll(t => t.Key);
            // One mail for each topic until they have been there again: the next visit ends the marks of those that were mailed. What a
            // moderator decided is ended by no visit, and holds up no mail.
            var mailed = await db.Notices.Where(n => n.MemberId == to.Id && n.ReadAt == null && n.MailedAt != null
                && n.Kind < NoticeKind.Report && n.TopicId != null && topics.Contains(n.TopicId.Value))
                .Select(n => n.TopicId!.Value).ToHashSetAsync(ct);
            foreach (var topic in byTopic.Where(t => !mailed.Contains(t.Key))) await WriteTopic(to, [.. topic], ct);
        }
        else if (byTopic.Count > 0) await WriteDigest(to, pace, byTopic, ct);
        await WriteDuties(to, [.. notices.Where(n => n.Kind >= NoticeKind.Report)], ct);
        foreach (var notice in notices) notice.MailedAt = db.Now;
    }

    /// <summary>The posts that are told: what is read, hidden or muted by now is left out.</summary>
    async Task<List<Told>> Posts(Reader reader, IReadOnlyList<Notice> notices, CancellationToken ct)
    {
        var member = reader.Id!.Value;
        var found = new List<Told>();
        var muted = db.MutedBy(member);
        var visible = db.Posts.AsNoTracking().VisibleTo(reader).Present()
            .Where(p => p.AuthorId != member && !muted.Contains(p.AuthorId ?? 0));
        foreach (var notice in notices.Where(n => n.Kind < NoticeKind.Report).OrderBy(n => n.PostId).Take(MaxTopics * MaxPosts))
        {
            var wanted =
                notice.Kind is NoticeKind.NewPost
                    ? visible.Where(p => p.TopicId == notice.TopicId && p.Id >= notice.PostId)
                    : visible.Where(p => p.Id == notice.PostId);
            var rows = await wanted
                .OrderBy(p => p.Id)
                .Take(MaxPosts * 2)
                .Select(p => new Told(
                    p.Id,
                    p.TopicId,
                    p.Topic.Title,
                    p.Topic.Board.Key,
                    p.Topic.Board.Name,
                    p.Number,
                    p.Text,
                    p.Author!.Name,
                    p.AuthorId,
                    notice.Kind
                ))
                .ToListAsync(ct);
            var read =
                notice.Kind is NoticeKind.NewPost
                    ? (
                        await db.TopicReads.AsNoTracking().FirstOrDefaultAsync(r => r.MemberId == member && r.TopicId == notice.TopicId, ct)
                    )?.Set
                    : null;
            found.AddRange(rows.Where(p => read?.Contains(p.Number) != true && found.TrueForAll(f => f.Id != p.Id)));
        }
        // What concerns the member most is how a post is told.
        return [.. found.OrderBy(p => p.Id)];
    }

    async Task WriteTopic(Member to, List<Told> posts, CancellationToken ct)
    {
        var (language, first) = (Language(to), posts[0]);
        var kinds = posts.Select(p => p.Kind).Distinct().ToList();
        var text = new StringBuilder();
        var address = await addresses.For(to.Id, posts[^1].Id, ct);
        if (address is not null) text.Append(texts.In(language, "notices.mail.above", AnswerText.Line)).Append("\n\n");
        Tell(text, language, posts);
        List<(string, string)> reply = address is null ? [] : [("Reply-To", address)];
        await Send(to, "notifications.topic", texts.In(language, "notices.mail.subject", db.Site.Name, first.Title), text, kinds,
            [
                ("List-Id", $"<{first.BoardKey}.boards.{db.Site.CanonicalHost}>"),
                // All mails of a topic stand together: they refer to a message that was never sent (RFC 5322 §3.6.4).
                ("In-Reply-To", Thread(first.TopicId)),
                ("References", Thread(first.TopicId)),
                .. reply,
            ], ct);
    }

    string Thread(long topic) => $"<topic-{topic}@{db.Site.CanonicalHost}>";

    async Task WriteDigest(Member to, MailPace pace, List<IGrouping<long, Told>> topics, CancellationToken ct)
    {
        var language = Language(to);
        var text = new StringBuilder();
        foreach (var topic in topics.Take(MaxTopics))
        {
            var first = topic.First();
            text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"## [{Markup.Literal(first.Title)}]({UrlOf(Topic.PageOf(first.BoardKey, first.TopicId, first.Title))})\n\n");
            Tell(text, language, [.. topic]);
        }
        if (topics.Count > MaxTopics) text.Append(texts.In(language, "notices.mail.more-topics", topics.Count - MaxTopics)).Append("\n\n");
        await Send(to, "notifications.digest",
            texts.In(language, $"notices.mail.{pace.ToString().ToLowerInvariant()}", db.Site.Name, topics.Count),
            text, topics.SelectMany(t => t).Select(p => p.Kind).Distinct(),
            [("List-Id", $"<{pace.ToString().ToLowerInvariant()}.digests.{db.Site.CanonicalHost}>")], ct);
    }

    void Tell(StringBuilder text, string language, List<Told> posts)
    {
        foreach (var post in posts.Take(MaxPosts))
        {
            var url = UrlOf($"{Topic.UrlOf(post.BoardKey, post.TopicId)}/posts/{post.Number}");
            var who = Markup.Literal(post.Author ?? texts.In(language, "boards.author.gone"));
            text.Append(texts.In(language, "notices.mail." + post.Kind, who, Markup.Literal(post.Title), Markup.Literal(post.Board)))
                .Append("\n\n> ").Append(Markup.Literal(Markup.ToLine(post.Text, SnippetLength)))
                .Append("\n\n[").Append(texts.In(language, "notices.mail.read")).Append("](").Append(url).Append(")\n\n");
        }
        if (posts.Count > MaxPosts)
            text.Append(texts.In(language, "notices.mail.more-posts", posts.Count - MaxPosts)).Append("\n\n");
    }

    /// <summary>What waits for moderators and leaders, and what they decided: numbers and links, as the words are not for a mail.</summary>
    async Task WriteDuties(Member to, List<Notice> duties, CancellationToken ct)
    {
        var language = Language(to);
        // What waits for a moderator is one mail, however much it is.
        foreach (var mail in duties.GroupBy(n => ListOf(n.Kind)))
        {
            var text = new StringBuilder();
            var kinds = mail.GroupBy(n => n.Kind).OrderBy(k => k.Key).ToList();
            foreach (var kind in kinds)
            {
                text.Append(texts.In(language, "notices.mail." + kind.Key, kind.Count())).Append("\n\n");
                if (kind.Key is NoticeKind.Edited) await TellEdits(text, language, [.. kind], ct);
                else foreach (var url in await UrlsOf(kind, ct)) text.Append('<').Append(UrlOf(url)).Append(">\n\n");
            }
            var subject = kinds.Count == 1 ? $"notices.mail.{kinds[0].Key}.subject" : $"notices.mail.{mail.Key}.subject";
            await Send(to, "notifications.duty", texts.In(language, subject, db.Site.Name), text, kinds.Select(k => k.Key),
                [("List-Id", $"<{mail.Key}.notices.{db.Site.CanonicalHost}>")], ct);
        }
    }

    /// <summary>Of each edited post the reason, what was taken out and put in, and where the whole difference stands.</summary>
    async Task TellEdits(StringBuilder text, string language, List<Notice> edits, CancellationToken ct)
    {
        var ids = edits.ConvertAll(n => n.PostId);
        var log = db.ModerationLog;
        var posts = await db.Posts.Where(p => ids.Contains(p.Id)).OrderBy(p => p.Id).Take(MaxPosts).Select(p => new
        {
            p.TopicId,
            p.Number,
            p.Topic.Board.Key,
            p.Topic.Title,
            p.Text,
            Before = db.Set<PostVersion>().Where(v => v.PostId == p.Id).OrderByDescending(v => v.Id).Select(v => v.Text).FirstOrDefault(),
            Reason = log.Where(m => m.Act == ModerationAct.EditPost && m.TopicId == p.TopicId && m.PostNumber == p.Number)
                .OrderByDescending(m => m.Id).Select(m => m.Reason).FirstOrDefault(),
        }).ToListAsync(ct);
        foreach (var post in posts)
        {
            text.Append("**").Append(Markup.Literal(post.Title)).Append("**\n\n");
            if (post.Reason is { Length: > 0 } reason)
                text.Append(Markup.Literal(texts.In(language, "notices.mail.Edited.reason", reason))).Append("\n\n");
            var rows = TextDifference.Of(MentionText.Typed(post.Before ?? post.Text), MentionText.Typed(post.Text));
            Part("notices.mail.Edited.removed", rows.SelectMany(r => r.Before).Where(p => p.Became is Became.Removed));
            Part("notices.mail.Edited.added", rows.SelectMany(r => r.After).Where(p => p.Became is Became.Added));
            var url = UrlOf($"{Topic.UrlOf(post.Key, post.TopicId)}/posts/{post.Number}/history");
            text.Append('[').Append(texts.In(language, "notices.mail.Edited.see")).Append("](").Append(url).Append(")\n\n");
        }

        void Part(string label, IEnumerable<DifferencePart> parts)
        {
            if (string.Join(" … ", parts.Select(p => p.Text.Trim()).Where(p => p.Length > 0)) is { Length: > 0 } words)
                text.Append(texts.In(language, label)).Append("\n\n> ").Append(Markup.Literal(Line(words))).Append("\n\n");
        }

        static string Line(string words) => Truncate.To(SnippetLength, words.ReplaceLineEndings(" "));
    }

    static string ListOf(NoticeKind kind) => kind switch
    {
        NoticeKind.GroupRequest => "requests",
        NoticeKind.Outcome or NoticeKind.Moderated or NoticeKind.Edited => "decisions",
        _ => "reports",
    };

    async Task<List<string>> UrlsOf(IGrouping<NoticeKind, Notice> kind, CancellationToken ct)
    {
        switch (kind.Key)
        {
            case NoticeKind.Report: return ["/staff/reports"];
            case NoticeKind.Queue: return ["/staff/queue"];
            case NoticeKind.WordFailed: return ["/staff/words"];
            case NoticeKind.GroupRequest:
                var groups = kind.Select(n => n.GroupId).ToList();
                return await db.Groups.Where(g => groups.Contains(g.Id)).Select(g => "/groups/" + g.Key).ToListAsync(ct);
            default: return [NoticesPage.Url];
        }
    }

    async Task Send(
        Member to, string kind, string subject, StringBuilder text, IEnumerable<NoticeKind> kinds, List<(string, string)> fields,
        CancellationToken ct)
    {
        var (language, stops) = (Language(to), kinds.ToList());
        text.Append("---\n\n")
            .Append(texts.In(language, "notices.mail.why", Markup.Literal(db.Site.Name), await links.To(to.Id, stops, ct),
                UrlOf(NoticeSettingsPage.Url)));
        fields.AddRange(
            [
                ("Precedence", "list"),
                ("List-Unsubscribe", $"<{await links.OneClick(to.Id, stops, ct)}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        );
        db.Send(new SystemMail
        {
            Kind = kind,
            To = to.Email!,
            MemberId = to.Id,
            Culture = language,
            Subject = subject,
            Text = text.ToString(),
            Fields = JsonSerializer.Serialize(fields.Select(f => new[] { f.Item1, f.Item2 })),
        });
    }

    string Language(Member to) => to.Language ?? db.Site.Culture;
    string UrlOf(string path) => options.Value.UrlOf(db.Site, path);
}
