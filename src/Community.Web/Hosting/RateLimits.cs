using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Community.Kernel;
using Microsoft.AspNetCore.RateLimiting;

namespace Community.Web.Hosting;

/// <summary>
/// How often one address may try: per site and client address, on requests that write. The name of a limit stands on the page:
/// <c>[EnableRateLimiting("sign-in")]</c>. Accounts have their own lock-out beside it.
/// </summary>
static class RateLimits
{
    static readonly (string Name, int Permits, TimeSpan Window)[] limits =
    [
        ("sign-in", 20, TimeSpan.FromMinutes(5)),
        ("register", 10, TimeSpan.FromMinutes(10)),
        ("letter", 5, TimeSpan.FromMinutes(10)),
        ("post", 30, TimeSpan.FromMinutes(5)),
    ];

    /// <summary>A sliding window does not say when it has room again.</summary>
    static readonly TimeSpan Wait = TimeSpan.FromMinutes(2);

    public static void Configure(RateLimiterOptions o)
    {
        o.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        o.OnRejected = async (context, _) =>
        {
            var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Wait;
            context.HttpContext.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString();
            await Unsent.Keep(context.HttpContext);
        };
        foreach (var (name, permits, window) in limits)
            o.AddPolicy(name, http => HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)
                ? RateLimitPartition.GetNoLimiter("read")
                : RateLimitPartition.GetSlidingWindowLimiter(Partition(http), _ => new() { PermitLimit = Scale(http, permits), Window = window, SegmentsPerWindow = 5 }));
    }

    static string Partition(HttpContext http) => http.RequestServices.GetRequiredService<Site>().Id + "|" + Network(http.Connection.RemoteIpAddress);

    /// <summary>One subscriber: an IPv4 address, or the 64 bits of an IPv6 network in which they choose addresses as they like.</summary>
    internal static string Network(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    // Tests drive hundreds of members from one address.
    static int Scale(HttpContext http, int permits) => permits * http.RequestServices.GetRequiredService<IConfiguration>().GetValue("Community:RateScale", 1);
}
