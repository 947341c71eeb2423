using System.Net;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// Whether a person or a machine opened a mail or followed a link, judged while network and browser are at hand: only the verdict is kept.
/// What is seen by several together (all links within seconds, the link that nobody sees) is judged when they are counted:
/// <see cref="CountEngagements"/>.
/// </summary>
public sealed partial class JudgeEngagement
{
    /// <summary>Nobody reads a mail as fast as this.</summary>
    public static readonly TimeSpan MinAge = TimeSpan.FromSeconds(5);
    /// <summary>Until then it may be a scanner with the name of a browser.</summary>
    public static readonly TimeSpan CertainAge = TimeSpan.FromSeconds(15);
    /// <summary>A provider's proxy that asks within this time does so by itself, not since somebody reads.</summary>
    public static readonly TimeSpan ProxyAge = TimeSpan.FromMinutes(2);

    readonly IReadOnlyList<IPNetwork> networks;

    /// <exception cref="FormatException">A network of the options is none.</exception>
    public JudgeEngagement(IOptions<MailingOptions> options)
    {
        using var file = new StreamReader(
            typeof(JudgeEngagement).Assembly.GetManifestResourceStream("Community.Mailing.Tracking.networks.txt")!);
        var listed = file.ReadToEnd().Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ')[0]);
        networks = [.. listed.Concat(options.Value.MachineNetworks).Select(IPNetwork.Parse)];
    }

    /// <param name="http">The request.</param>
    /// <param name="kind">What the token is.</param>
    /// <param name="age">How long ago the message was written; null if unknown.</param>
    public Verdict Of(HttpContext http, EngagementKind kind, TimeSpan? age)
    {
        var request = http.Request;
        if (kind is EngagementKind.Trap || !HttpMethods.IsGet(request.Method) || http.Features.Get<HeadRequest>() is not null)
            return Verdict.Machine;
        if (Visit.IsAhead(request) || request.Headers["X-Purpose"].Count > 0 || request.Headers.From.Count > 0) return Verdict.Machine;
        var agent = request.Headers.UserAgent.ToString();
        if (Machines().IsMatch(agent) || IsListed(http.Connection.RemoteIpAddress) || age < MinAge) return Verdict.Machine;
        if (Proxies().IsMatch(agent)) return age < ProxyAge ? Verdict.Machine : Verdict.Unknown;
        if (!agent.StartsWith("Mozilla/", StringComparison.Ordinal) && !MailPrograms().IsMatch(agent)) return Verdict.Unknown;
        // A link is followed by a browser, which asks for a page: a language at least, and no picture.
        if (kind is EngagementKind.Click && request.Headers.AcceptLanguage.Count == 0) return Verdict.Unknown;
        return age < CertainAge ? Verdict.Unknown : Verdict.Human;
    }

    bool IsListed(IPAddress? from)
    {
        if (from is null) return false;
        if (from.IsIPv4MappedToIPv6) from = from.MapToIPv4();
        foreach (var network in networks)
            if (network.Contains(from)) return true;
        return false;
    }

    /// <summary>No name at all; the bare name with which Apple loads pictures beforehand; libraries, previews and scanners.</summary>
    [GeneratedRegex(
        @"^\s*$|^Mozilla/[45]\.0$|bot\b|crawl|spider|slurp|scan|prefetch|preview|facebookexternalhit|whatsapp|skypeuripreview|telegram"
            + @"|\bcurl/|wget|python|aiohttp|httpx|go-http-client|okhttp|java/"
            + @"|apache-httpclient|libwww|perl|ruby|node-fetch|axios|undici|php/"
            + @"|headless|phantomjs|puppeteer|playwright|selenium|barracuda|proofpoint|mimecast|ironport|symantec|trendmicro|fireeye"
            + @"|safelinks|bitdefender|kaspersky|zscaler|validator|monitor|check",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Machines();

    /// <summary>They ask in a reader's place, most often when somebody reads; who and when cannot be told.</summary>
    [GeneratedRegex(
        "GoogleImageProxy|ggpht\\.com|YahooMailProxy|YahooCacheSystem|OutlookImageProxy|FastmailProxy|ProtonMail|HEYImageProxy|ImageProxy",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Proxies();

    [GeneratedRegex(
        @"Outlook|Thunderbird|Apple ?Mail|\bMail/|Opera/|Becky|Shuriken|Spark|Lotus|Notes|DoCoMo|KDDI|SoftBank",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex MailPrograms();
}
