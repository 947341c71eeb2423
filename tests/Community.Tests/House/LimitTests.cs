using System.Text.RegularExpressions;
using Community.Members;
using Community.Web.Hosting;
using Microsoft.AspNetCore.RateLimiting;

namespace Community.Tests.House;

public sealed class LimitTests(TestHost host)
{
    [Fact]
    public void The_operator_s_table_has_every_limit()
    {
        var table = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operating.md"));
        foreach (var limit in RateLimits.All)
            Assert.Matches($@"(?m)^\| `{Regex.Escape(limit.Name)}` \| {limit.Permits} in {limit.Window.TotalMinutes} minutes \|", table);
        foreach (var failures in new[] { FailedSignIns.UntilTold, FailedSignIns.UntilClosed })
            Assert.Matches($@"(?m)^\| (failed sign-ins)? ?\| {failures} in {FailedSignIns.Window.TotalMinutes} minutes \|", table);
    }

    [Fact]
    public void No_route_is_without_a_limit_and_each_name_is_one()
    {
        var routes = Routes.Of(host).ToList();
        Assert.Empty(routes.Where(r => r.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null).Select(Routes.Path));
        Assert.Empty(
            routes
                .Select(r => r.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName)
                .OfType<string>()
                .Except(RateLimits.Named.Select(l => l.Name))
        );
    }
}
