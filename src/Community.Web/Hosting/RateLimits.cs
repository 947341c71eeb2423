using System.Globalization;
using System.Threading.RateLimiting;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Community.Web.Hosting;

/// <summary>
/// The limits on requests that write, per site. An endpoint that names none gets <see cref="Default"/>. Offices, schools and events share
/// one address, so members are not limited by it; for visitors, signing in counts only failures (<see cref="FailedSignIns"/>),
/// and a link (<see cref="EventLinks"/>) raises the limit on registering at events.
/// </summary>
public static class RateLimits
{
    public static readonly RateLimit Default = new("write", 240, TimeSpan.FromMinutes(5));

    /// <summary>The limits that modules declare.</summary>
    public static readonly IReadOnlyList<RateLimit> Named = [.. HostModules.All.SelectMany(m => m.RateLimits)];

    static readonly RateLimit register = Named.Single(l => l.Name == "register"),
        atEvents = new("register-event", 1000, TimeSpan.FromHours(1));

    /// <summary>All of these limits.</summary>
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
        // Applies to endpoints that name no limit.
        o.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            NameOf(http) is null ? Partition(http, Default) : Unlimited
        );
    }

    static string? NameOf(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName;
    static RateLimit Of(HttpContext http) => Named.FirstOrDefault(l => l.Name == NameOf(http)) ?? Default;

    static readonly RateLimitPartition<string> Unlimited = RateLimitPartition.GetNoLimiter("");

    static RateLimitPartition<string> Partition(HttpContext http, RateLimit limit)
    {
        var reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (reads && !limit.CountsReads) return Unlimited;
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
