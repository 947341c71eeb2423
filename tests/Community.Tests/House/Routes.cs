using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.House;

/// <summary>The routes of a running host, as docs/routes.txt and docs/roles.txt name them.</summary>
static class Routes
{
    public static IEnumerable<RouteEndpoint> Of(TestHost host) =>
        host
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(s => s.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => !(e.RoutePattern.RawText ?? "").Contains("_framework") && !(e.RoutePattern.RawText ?? "").Contains("_blazor"));

    public static IEnumerable<string> Methods(Endpoint e) => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"];
    public static string Path(RouteEndpoint e) => "/" + e.RoutePattern.RawText!.TrimStart('/');

    public static string Access(Endpoint e)
    {
        var authorize = e.Metadata.GetOrderedMetadata<IAuthorizeData>();
        return authorize.Count == 0
            ? "everyone"
            : string.Join(" and ", authorize.Select(a => a.Policy ?? (a.Roles is null ? "signed in" : "role " + a.Roles)).Distinct());
    }

    /// <summary>Every method of every route once.</summary>
    public static List<(string Method, string Path)> All(TestHost host) =>
        [
            .. Of(host)
                .SelectMany(e => Methods(e).Select(m => (m, Path(e))))
                .Distinct()
                .OrderBy(r => r.Item2, StringComparer.Ordinal)
                .ThenBy(r => r.m, StringComparer.Ordinal),
        ];

    /// <summary>A list that a person reads: the file must be as given; <c>UPDATE_ROUTES=1</c> writes it anew.</summary>
    public static void IsCurrent(string name, IReadOnlyList<string> lines)
    {
        var file = System.IO.Path.Combine(Repository.Root, "docs", name);
        if (Environment.GetEnvironmentVariable("UPDATE_ROUTES") == "1") File.WriteAllLines(file, lines);
        Assert.Equal(lines, File.ReadAllLines(file));
    }
}
