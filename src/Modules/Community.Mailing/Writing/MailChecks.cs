using System.Globalization;
using System.Text;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>Something that an author should look at before sending; it keeps nothing from being sent.</summary>
/// <param name="Text">The key of the message.</param>
/// <param name="Of">The message's argument.</param>
/// <param name="Url">Where it can be mended.</param>
public sealed record MailCheck(string Text, object Of, string Url);

/// <summary>Looks through a mailing for the obvious. What keeps it from being sent stands in <see cref="ContentFault"/>.</summary>
public sealed class MailChecks(
    SiteDb db,
    Previews previews,
    TrackedLinks tracked,
    PageCards cards,
    CurrentMember me,
    EndpointDataSource endpoints,
    IOptions<CommunityOptions> options
)
{
    /// <summary>Gmail cuts the HTML at about 102 KB, and with it the link to unsubscribe.</summary>
    public const int MaxKilobytes = 100;
    /// <summary>In kilobytes: mailboxes of carriers in Japan take messages of two to three megabytes.</summary>
    public const int MaxWhole = 2000;
    /// <summary>What telephones show of a subject, in characters as people count them: of half width, and of full width.</summary>
    public const int MaxSubject = 60, MaxWideSubject = 30;
    /// <summary>With fewer characters beside its pictures, a mail is taken for advertising that hides its words.</summary>
    const int MinWords = 20;

    public async Task<IReadOnlyList<MailCheck>> Of(Mailing mailing, CancellationToken ct)
    {
        var found = new List<MailCheck>();
        var fields = await MergeFields.On(db, ct);
        foreach (var content in mailing.Contents)
        {
            var url = mailing.EditUrl(content);
            if (IsLong(content.Subject)) found.Add(new("mailing.check.subject", content.Subject, url + "#Form.Subject"));
            if (content.Preheader.Length == 0) found.Add(new("mailing.check.preheader", "", url + "#Form.Preheader"));
            var blocks = content.Blocks is { } json ? MailBlock.Parse(json) : [];
            foreach (var (i, block) in blocks.Index())
                foreach (var part in block.Parts.Where(p => p.Picture is not null && string.IsNullOrWhiteSpace(p.Alt)))
                    found.Add(new("mailing.check.alt", i + 1, string.Create(CultureInfo.InvariantCulture, $"{url}#Form.b{i}.block")));
            if (blocks.SelectMany(b => b.Parts).Any(p => p.Picture is not null)
                && string.Concat(blocks.SelectMany(b => b.Parts).Select(p => p.Text)).Trim().Length < MinWords)
                found.Add(new("mailing.check.pictures-only", "", url + "#Form.b"));
            if (content.Blocks is not null && content.Text.Length == 0 && !blocks.SelectMany(b => b.Parts).Any(HasWords))
                found.Add(new("mailing.check.no-text", "", url + "#Form.Text"));
            foreach (var address in Addresses(content, blocks, fields).Distinct())
                if (await LeadsNowhere(address, ct)) found.Add(new("mailing.check.page", address, url + "#Form.Text"));
        }
        if (mailing is { IsSplit: true, WinnerRule: not WinnerRule.Hand }
            && (mailing.Tracking ?? (await MailingSettings.Of(db, ct)).Tracking) is TrackingMode.None)
            found.Add(new("mailing.check.winner", "", mailing.Url + "/tracking"));
        var (html, whole) = await Kilobytes(mailing, ct);
        if (html > MaxKilobytes) found.Add(new("mailing.check.size", html, mailing.Url + "/edit#Form.Text"));
        if (whole > MaxWhole) found.Add(new("mailing.check.whole", whole, mailing.Url + "/files"));
        return found;
    }

    static bool HasWords(MailBlock part) => !string.IsNullOrWhiteSpace(part.Text + part.Label + part.Alt);

    static bool IsLong(string subject)
    {
        var length = new StringInfo(subject).LengthInTextElements;
        return length > (subject.Count(c => c >= 0x2E80) > length / 2 ? MaxWideSubject : MaxSubject);
    }

    /// <summary>Pages of the site to which it leads. What others have is not looked up: that would tell them of a mail to come.</summary>
    IEnumerable<string> Addresses(MailingContent content, IReadOnlyList<MailBlock> blocks, MergeFields fields)
    {
        string[] starts = [MergeFields.SiteUrlMark, options.Value.UrlOf(db.Site, "/")];
        return MarkedLinks
            .AddressesIn(BlockHtml.Write(blocks, MailColors.Plain, fields) + BlockHtml.Write(content.Text, MailColors.Plain, fields))
            .Where(address => !MergeFields.HasValue(address))
            .Select(address => starts.FirstOrDefault(start => address.StartsWith(start, StringComparison.Ordinal)) is { } own
                ? "/" + address[own.Length..]
                : "")
            .Where(path => path.Length > 0);
    }

    async Task<bool> LeadsNowhere(string address, CancellationToken ct)
    {
        var path = address.Split('?', '#')[0];
        var matches = endpoints.Endpoints.OfType<RouteEndpoint>().Any(e =>
            e.RoutePattern.RawText is { } route && !route.Contains('*')
            && new TemplateMatcher(TemplateParser.Parse(WithoutConstraints(route)), []).TryMatch(path, []));
        if (!matches) return true;
        return path.Split('/') is ["", "boards", _, [>= '0' and <= '9', ..], ..] && await cards.Of(me.Asking, path, ct) is null;
    }

    // The words of a topic's address are taken out before routing; what a parameter may be is not what is asked here.
    static string WithoutConstraints(string route)
    {
        var plain = new StringBuilder();
        var (depth, skips) = (0, false);
        for (var i = 0; i < route.Length; i++)
        {
            var c = route[i];
            if (c == '{') depth++;
            if (c == '}') depth--;
            if (depth > 0 && c == ':') skips = true;
            if (depth == 0) skips = false;
            if (!skips) plain.Append(c);
        }
        return plain.ToString();
    }

    /// <summary>
    /// The largest message as it is sent: to the recipient with the longest name, with their values, marked links and what it carries.
    /// </summary>
    async Task<(int Html, long Whole)> Kilobytes(Mailing mailing, CancellationToken ct)
    {
        var receivers = (await Audience.Receivers(mailing, db, ct)).AsNoTracking();
        var longest = await receivers.OrderByDescending(m => m.Name.Length).ThenBy(m => m.Id).FirstOrDefaultAsync(ct)
            ?? await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == me.Id, ct);
        if (longest is null) return default;
        var mode = mailing.Tracking ?? (await MailingSettings.Of(db, ct)).Tracking;
        (int Html, long Whole) most = default;
        foreach (var content in mailing.Contents)
        {
            var language = content.Language.Length > 0 ? content.Language : db.Site.Culture;
            if (await previews.Of(mailing, longest, language, content.Variant) is not var (message, to)) continue;
            // Links of a recipient's own are longer than those of a preview.
            to = to with
            {
                UnsubscribeUrl = to.UnsubscribeUrl + Longer,
                OneClickUrl = to.OneClickUrl + Longer,
                ViewUrl = to.ViewUrl + Longer,
            };
            to = to with { Links = tracked.ToMeasure(mailing, mode, message, to) };
            var html = Encoding.UTF8.GetByteCount(to.Links?.Html(message.Html(to)) ?? message.Html(to));
            most = (Math.Max(most.Html, html), Math.Max(most.Whole, WholeOf(message, to)));
        }
        return ((most.Html + 1023) / 1024, (most.Whole + await MailFiles.SizeIn(mailing, db, ct) + 1023) / 1024);
    }

    /// <summary>Without what it carries: that is added, so that nothing has to be read.</summary>
    int WholeOf(MailingMessage message, Recipient to)
    {
        try { return OutgoingMessage.ToBytes(message.Write(to, "1@" + db.Site.CanonicalHost, db.Now)).Length; }
        // Whoever has such a name or address gets no mail: sending says so, of them alone.
        catch (Exception error) when (error is ArgumentException or FormatException) { return 0; }
    }

    static readonly string Longer = new('x', 40);
}
