using System.Reflection;
using System.Text.RegularExpressions;
using Community.Web.Rendering;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.House;

public sealed class RouteTests(TestHost host)
{
    /// <summary>What a stranger may send without a form of ours, each with its reason.</summary>
    static readonly Dictionary<string, string> open = new()
    {
        ["POST /sign-in/with/{key}/return"] =
            "Apple's page posts its answer; the state, with its cookie, is bound to this browser and site",
        ["POST /notifications/stop/{token}/one-click"] = "RFC 8058: mail providers send it without cookie or form; the token is the proof",
        ["POST /u/{token}/one-click"] = "RFC 8058: mail providers send it without cookie or form; the token is the proof",
    };

    IEnumerable<RouteEndpoint> Endpoints => Routes.Of(host);

    [Fact]
    public void Every_endpoint_that_writes_asks_for_a_form_token_or_stands_on_the_open_list()
    {
        var naked = Endpoints
            .Where(e => e.Metadata.GetMetadata<ComponentTypeMetadata>() is null)
            .SelectMany(e =>
                Routes.Methods(e).Where(m => m is not ("GET" or "HEAD" or "OPTIONS")).Select(m => (Route: $"{m} {Routes.Path(e)}", e))
            )
            .Where(x => x.e.Metadata.GetMetadata<IAntiforgeryMetadata>() is not { RequiresValidation: true } && !open.ContainsKey(x.Route));
        Assert.Empty(naked.Select(x => x.Route));
    }

    [Fact]
    public void Every_staff_page_asks_for_a_permission()
    {
        var permissions = host.Services.GetRequiredService<ModuleList>().Permissions;
        var open = Endpoints
            .Where(e => Routes.Path(e).StartsWith("/staff") || Routes.Path(e).StartsWith("/sites"))
            .Where(e =>
                !e.Metadata.GetOrderedMetadata<IAuthorizeData>()
                    .Any(a => a.Policy is not null && permissions.ContainsKey(Permission.NameOf(a.Policy, out _)))
            );
        Assert.Empty(open.Select(Routes.Path));
    }

    /// <summary>
    /// docs/routes.txt: every route with its methods and who may use it. <c>UPDATE_ROUTES=1 ./test RouteTests</c> writes it anew.
    /// </summary>
    [Fact]
    public void The_list_of_routes_is_current()
    {
        var lines = Endpoints
            .Select(e => $"{string.Join(",", Routes.Methods(e).Order()),-10} {Routes.Path(e),-56} {Routes.Access(e)}")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        Routes.IsCurrent("routes.txt", lines);
    }

    [Fact]
    public void Every_field_that_a_page_reads_of_a_form_has_a_type_that_can_be_read()
    {
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var fields = host
            .Services.GetRequiredService<ModuleList>()
            .All.SelectMany(m => m.Assembly.GetTypes())
            .SelectMany(t => t.GetProperties(all))
            .Where(p => p.GetCustomAttribute<SupplyParameterFromFormAttribute>() is not null)
            .ToList();
        Assert.NotEmpty(fields);
        foreach (var field in fields) SentForm.Check(field.PropertyType);
    }

    [Fact]
    public void No_page_is_without_a_title()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.razor", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/")).Where(f => Regex.IsMatch(File.ReadAllText(f), "^@page ", RegexOptions.Multiline));
        Assert.Empty(pages.Where(f => !File.ReadAllText(f).Contains("<PageTitle>")).Select(Path.GetFileName));
    }
}
