using System.Globalization;
using System.Threading.RateLimiting;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Community.Web.Hosting;

/// <summary>
/// How often something may be sent. A member is counted by himself wherever he is, a visitor by the network he comes from.
/// </summary>
/// <param name="Name">As it stands on the page: <c>[EnableRateLimiting("post")]</c>.</param>
public sealed record RateLimit(string Name, int Permits, TimeSpan Window)
{
    public const int Segments = 5;

    /// <summary>A sliding window does not say when it has room again; what was sent in its two oldest parts has left by then.</summary>
    public TimeSpan Wait => Window / Segments * 2;
}

/// <summary>
/// The limits on requests that write, per site. Each has one: what names none has <see cref="Default"/>. Offices, schools and events share
/// one address, so nothing of a member's depends on it; of what visitors do, signing in counts what failed (<see cref="FailedSignIns"/>),
/// and registering is opened for events by a link (<see cref="EventLinks"/>).
/// </summary>
public static class RateLimits
{
    public static readonly RateLimit Default = new("write", 240, TimeSpan.FromMinutes(5));

    static readonly RateLimit register = new("register", 30, TimeSpan.FromHours(1)),
        atEvents = new("register-event", 1000, TimeSpan.FromHours(1));

    public static readonly IReadOnlyList<RateLimit> Named =
    [
        // Posts, reports, joining groups.
        new("post", 30, TimeSpan.FromMinutes(5)),
        // Profile, picture, consents, password: some of it is seen on every page of the site, some is kept for ever.
        new("account", 20, TimeSpan.FromMinutes(10)),
        // E-mails to addresses that somebody types; each address has its own limit beside it.
        new("mail", 30, TimeSpan.FromMinutes(10)),
        // Each costs a hash, right or wrong.
        new("sign-in", 600, TimeSpan.FromMinutes(5)),
        register,
        // One click in a mail comes from the mail provider's machines, for thousands of readers; nobody is kept from leaving.
        new("leave", 3000, TimeSpan.FromMinutes(5)),
    ];

    /// <summary>Every limit of this kind.</summary>
    public static IEnumerable<RateLimit> All => [Default, .. Named, atEvents];

    public static void Configure(RateLimiterOptions o)
    {
        o.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        o.OnRejected = async (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = ((int)Math.Ceiling(Of(context.HttpContext).Wait.TotalSeconds)).ToString(
                CultureInfo.InvariantCulture
            );
            await RejectedInput.Keep(context.HttpContext);
        };
        foreach (var limit in Named) o.AddPolicy(limit.Name, http => Partition(http, limit));
        // Nobody has to remember it.
        o.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            NameOf(http) is null ? Partition(http, Default) : Unlimited
        );
    }

    static string? NameOf(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName;
    static RateLimit Of(HttpContext http) => Named.FirstOrDefault(l => l.Name == NameOf(http)) ?? Default;

    static readonly RateLimitPartition<string> Unlimited = RateLimitPartition.GetNoLimiter("");

    static RateLimitPartition<string> Partition(HttpContext http, RateLimit limit)
    {
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) return Unlimited;
        var services = http.RequestServices;
        var site = services.GetRequiredService<Site>().Id;
        if (limit == register && services.GetRequiredService<EventLinks>().IsOpen(http.Request.Query[EventLinks.Query]))
            return Window($"{site}|event", atEvents);
        return Window(
            Reader.Of(http).Id is { } member
                ? $"{site}|member {member}"
                : $"{site}|{Subscriber.Of(http.Connection.RemoteIpAddress)}",
            limit
        );

        RateLimitPartition<string> Window(string whom, RateLimit by) =>
            RateLimitPartition.GetSlidingWindowLimiter(
                whom,
                _ =>
                    new()
                    {
                        PermitLimit = by.Permits * services.GetRequiredService<IOptions<CommunityOptions>>().Value.RateScale,
                        Window = by.Window,
                        SegmentsPerWindow = RateLimit.Segments,
                    }
            );
    }
}
