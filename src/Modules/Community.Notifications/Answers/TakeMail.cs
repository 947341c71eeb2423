using System.Security.Cryptography;
using System.Text;
using Community.Boards;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Community.Notifications;

/// <summary>What became of a mail.</summary>
public enum MailTaken
{
    /// <summary>It is a post; perhaps one that waits for a moderator, or that it was already.</summary>
    Posted,
    /// <summary>It was sent to no reply address of the site, or is no message. Nobody is told.</summary>
    NotOurs,
    /// <summary>A program wrote it by itself. Nobody is told.</summary>
    Machine,
    /// <summary>It is no post, and the member is told why, once a day.</summary>
    Refused,
}

/// <summary>
/// Takes an answer by mail and posts it as the member to whom the reply address was given. The signed address says who may answer what;
/// the sender must be the member's confirmed address besides, since mails with the address in them are passed on. What is refused is told
/// to the member's own address, never to the sender: so no stranger gets mail by it.
/// </summary>
public sealed class TakeMail(
    SiteDb db, ReplyAddresses addresses, PresentReaders readers, PublishPost publish, AttachFiles attach, TermsInForce terms,
    IOptions<CommunityOptions> options, IStringLocalizer texts, TimeProvider time)
{
    /// <summary>The kind of the mail that says why an answer was not taken.</summary>
    public const string Kind = "notifications.answer-refused";
    /// <summary>A text and some photographs.</summary>
    public const int MaxBytes = 30 * 1024 * 1024;
    /// <summary>Each part costs memory; people's mails have a handful.</summary>
    const int MaxParts = 200;
    const int MaxFiles = 20;
    /// <summary>As many posts as by the forms.</summary>
    const int MaxPosts = 30;
    static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    static readonly string[] recipients = ["X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc"];

    public async Task<MailTaken> Take(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (bytes.Length > MaxBytes || Boundaries(bytes.Span) > MaxParts) return MailTaken.NotOurs;
        MimeMessage message;
        try { message = IncomingMessage.Read(bytes, MaxBytes); }
        catch (FormatException) { return MailTaken.NotOurs; }
        if (await AddressOf(message, ct) is not { } to) return MailTaken.NotOurs;
        var text = AnswerBody.Read(message);
        if (MachineMail.Is(message, text)) return MailTaken.Machine;
        var member = await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == to.Member && m.ConfirmedAt != null, ct);
        if (member?.Email is null) return MailTaken.NotOurs;
        if (!IsFrom(message, member.Email)) return await Refuse(member, "notices.answer.sender", ct);
        if (to.IsOver) return await Refuse(member, "notices.answer.over", ct);
        // As what they send on the site waits, see TermsGate.
        if (TermsStanding.Of(member) is { IsStaff: false } standing && (await terms.Open(standing, ct)).Count > 0)
            return await Refuse(member, "notices.answer.terms", ct, options.Value.UrlOf(db.Site, AgreePage.UrlFor("/")));
        return await Post(message, AnswerText.Cut(text), member, to, ct);
    }

    async Task<MailTaken> Post(MimeMessage message, string text, Member member, ReplyTo to, CancellationToken ct)
    {
        var place = await db.Posts.AsNoTracking().Where(p => p.Id == to.Post).Select(p => new { p.TopicId, p.Number })
            .FirstOrDefaultAsync(ct);
        var reader = (await readers.Of([member.Id], ct)).GetValueOrDefault(member.Id);
        // The same answer whether the topic is gone, hidden, or no longer the member's to read: nothing of it is named.
        if (place is null || reader is null) return await Refuse(member, "notices.answer.gone", ct);
        var since = time.GetUtcNow().UtcDateTime - Within;
        var latest = db.Posts.Where(p => p.AuthorId == member.Id).OrderByDescending(p => p.Id).Take(MaxPosts);
        if (await latest.CountAsync(p => p.At > since, ct) == MaxPosts)
            return await Refuse(member, "notices.answer.many", ct);
        var key = KeyOf(message, member.Id, text, "");
        var files = AnswerBody.Files(message).ToList();
        if (text.Length == 0 && files.Count == 0) return await Refuse(member, "notices.answer.empty", ct);
        try
        {
            // Asked before files are kept, so that who may not write leaves none.
            if (!await db.Topics.VisibleTo(reader).AnyAsync(t => t.Id == place.TopicId, ct))
                return await Refuse(member, "notices.answer.gone", ct);
            var (written, left) = await Attach(message, text, files, reader, ct);
            if (await publish.Reply(reader, place.TopicId, place.Number, null, written, key, ct) is null)
                return await Refuse(member, "notices.answer.gone", ct);
            if (left.Count > 0) await Refuse(member, "notices.answer.files", ct, string.Join(", ", left.Select(Markup.Literal)));
            return MailTaken.Posted;
        }
        catch (Denied) { return await Refuse(member, "notices.answer.gone", ct); }
        catch (Refused refused)
        {
            db.ChangeTracker.Clear();
            return await Refuse(
                member,
                "notices.answer.refused",
                ct,
                texts.In(member.Language ?? db.Site.Culture, refused.Message, refused.Arguments)
            );
        }
    }

    /// <returns>The text with its files, and the names of files that were not accepted.</returns>
    async Task<(string Text, List<string> Left)> Attach(
        MimeMessage message, string text, List<MimePart> files, Reader reader, CancellationToken ct)
    {
        var (written, left) = (text, new List<string>());
        foreach (var (i, part) in files.Take(MaxFiles).Index())
        {
            var name = FileName.Clean(part.FileName);
            try
            {
                using var content = new MemoryStream();
                await part.Content!.DecodeToAsync(content, ct);
                content.Position = 0;
                var kept = await attach.Upload(reader, content, name, KeyOf(message, reader.Id!.Value, text, $"{i}"), ct);
                written = written.Length == 0 ? kept.Markdown : $"{written}\n\n{kept.Markdown}";
            }
            catch (FileRefused) { left.Add(name); }
        }
        left.AddRange(files.Skip(MaxFiles).Select(p => FileName.Clean(p.FileName)));
        return (written, left);
    }

    /// <summary>The first reply address among those to which it was sent.</summary>
    async Task<ReplyTo?> AddressOf(MimeMessage message, CancellationToken ct)
    {
        foreach (var field in message.Headers.Where(h => recipients.Contains(h.Field, StringComparer.OrdinalIgnoreCase)).Take(20))
            if (InternetAddressList.TryParse(field.Value, out var list))
                foreach (var box in list.Mailboxes.Take(50))
                    if (await addresses.Read(box.Address, ct) is { } to) return to;
        return null;
    }

    static bool IsFrom(MimeMessage message, string email) =>
        message.From.Mailboxes.ToList() is [var from]
        && message.Headers.Count(h => h.Id is HeaderId.From) == 1
        && EmailAddress.TryParse(from.Address, out var sender)
        && sender.Normal == EmailAddress.Parse(email).Normal;

    /// <summary>The same message, delivered twice, is one post.</summary>
    Guid KeyOf(MimeMessage message, long member, string text, string part)
    {
        var id = message.MessageId is { Length: > 0 } given ? given : message.Headers["Date"] + text;
        return new(SHA256.HashData(Encoding.UTF8.GetBytes($"{db.Site.Key} {member} {id} {part}")).AsSpan(0, 16));
    }

    /// <summary>
    /// Tells the member at their own address, unless they were told within a day: an answer to an answer would go on for ever.
    /// </summary>
    async Task<MailTaken> Refuse(Member member, string why, CancellationToken ct, string? detail = null)
    {
        await using var change = await db.Change(ct);
        await db.LockRow<Member>(member.Id, ct);
        var since = db.Now.AddDays(-1);
        if (member is { SuspendedAt: null, LeavingSince: null }
            && !await db.SystemMails.AnyAsync(m => m.MemberId == member.Id && m.Kind == Kind && m.CreatedAt > since, ct)
            && !await db.Set<Suppression>().AnyAsync(s => s.AddressHash == member.AddressHash, ct))
        {
            var language = member.Language ?? db.Site.Culture;
            db.Send(new SystemMail
            {
                Kind = Kind,
                To = member.Email!,
                MemberId = member.Id,
                Culture = language,
                Subject = texts.In(language, "notices.answer.subject", db.Site.Name),
                Text = texts.In(language, why, detail ?? "") + "\n\n" + texts.In(language, "notices.answer.once"),
            });
        }
        await change.Commit(ct);
        return MailTaken.Refused;
    }

    static int Boundaries(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (int at; (at = bytes.IndexOf("\n--"u8)) >= 0 && count <= MaxParts; bytes = bytes[(at + 3)..]) count++;
        return count;
    }
}
