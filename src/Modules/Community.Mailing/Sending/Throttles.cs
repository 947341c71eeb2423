using System.Collections.Concurrent;
using System.Globalization;
using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// The rates of each site and of each destination domain, beside the server's own: token buckets in the catalogue that all servers share.
/// </summary>
public sealed class Throttles
{
    readonly Databases databases;
    readonly TimeProvider time;
    readonly MailingOptions options;
    readonly IReadOnlyDictionary<string, int> perDomain;
    readonly ConcurrentDictionary<(string Name, int PerHour), TokenBucket> buckets = new();
    readonly ConcurrentDictionary<long, GrowingPause> sites = new();
    readonly ConcurrentDictionary<string, DateTime> lastSlots = new();

    /// <exception cref="SettingException">The rates of domains cannot be read.</exception>
    public Throttles(Databases databases, TimeProvider time, IOptions<MailingOptions> options)
    {
        (this.databases, this.time, this.options) = (databases, time, options.Value);
        perDomain = Parse(options.Value.MailingsPerHourTo);
    }

    /// <summary>Such as <c>docomo.ne.jp=1800 ezweb.ne.jp=1800</c>.</summary>
    /// <exception cref="SettingException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, int> Parse(string text)
    {
        var rates = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var one in text.Split((char[])[' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = one.Split('=');
            if (parts.Length != 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var rate))
                throw new SettingException(
                    $"Community:MailingsPerHourTo cannot be read at \"{one}\": give domains with their messages an hour, such as "
                        + "docomo.ne.jp=1800."
                );
            rates[parts[0]] = rate;
        }
        return rates;
    }

    /// <summary>The lower of what the operator and the site allow; 0 for no limit.</summary>
    public int RateOf(MailingSettings settings) =>
        (options.MailingsPerHourOfSite, settings.PerHour) switch
        {
            ( <= 0, var own) => own,
            (var operators, <= 0) => operators,
            var (operators, own) => Math.Min(operators, own),
        };

    /// <summary>Takes tokens of the site, at most <paramref name="most"/>. With none, the site waits: <see cref="Waits"/>.</summary>
    public async Task<int> Take(Site site, MailingSettings settings, int most, CancellationToken ct)
    {
        if (RateOf(settings) is not (> 0 and var rate)) return most;
        var (taken, wait) = await Bucket("site:" + site.Id, rate).Take(most, ct);
        if (taken == 0) sites.GetOrAdd(site.Id, _ => new GrowingPause(time, TimeSpan.FromHours(1))).Wait(wait);
        return taken;
    }

    public Task GiveBack(Site site, MailingSettings settings, int count, CancellationToken ct) =>
        RateOf(settings) is > 0 and var rate ? Bucket("site:" + site.Id, rate).GiveBack(count, ct) : Task.CompletedTask;

    /// <summary>Whether the site has to wait for its next token.</summary>
    public bool Waits(long site) => sites.TryGetValue(site, out var pause) && pause.Remaining > TimeSpan.Zero;

    /// <summary>
    /// Takes tokens of a domain, as many as there are of so many wanted, and says when each of the rest may go: one after another, behind
    /// those who were told so before.
    /// </summary>
    public async Task<(int Taken, IReadOnlyList<DateTime> Later)> TakeFor(string domain, int wanted, CancellationToken ct)
    {
        if (Listed(domain) is not { } listed || perDomain[listed] is not (> 0 and var rate)) return (wanted, []);
        var (taken, wait) = await Bucket("domain:" + listed, rate).Take(wanted, ct);
        if (taken == wanted) return (taken, []);
        var (now, period) = (time.GetUtcNow().UtcDateTime, TimeSpan.FromHours(1) / rate);
        var later = new List<DateTime>(wanted - taken);
        lock (lastSlots)
        {
            var last = lastSlots.GetValueOrDefault(listed);
            // A clock that was set back must not hold up a domain.
            if (last < now || last > now + TimeSpan.FromDays(1)) last = now + (taken == 0 ? wait - period : TimeSpan.Zero);
            while (later.Count < wanted - taken) later.Add(last += period);
            lastSlots[listed] = last;
        }
        return (taken, later);
    }

    public Task GiveBackFor(string domain, int count, CancellationToken ct) =>
        Listed(domain) is { } listed && perDomain[listed] is > 0 and var rate
            ? Bucket("domain:" + listed, rate).GiveBack(count, ct)
            : Task.CompletedTask;

    /// <summary>The domain, or the one above it, that has a rate; null if none has.</summary>
    string? Listed(string domain)
    {
        for (var name = domain; ; name = name[(name.IndexOf('.') + 1)..])
        {
            if (perDomain.ContainsKey(name)) return name;
            if (!name.Contains('.')) return null;
        }
    }

    TokenBucket Bucket(string name, int rate) =>
        buckets.GetOrAdd((name, rate), key => new TokenBucket(databases, time, key.Name, key.PerHour, Math.Max(1, options.MailingBurst)));
}
