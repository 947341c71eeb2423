using Community.Kernel;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Community.Web.Hosting;

/// <summary>Which module an endpoint belongs to.</summary>
sealed record OwnerMetadata(Module Module);

/// <summary>Pages and endpoints of a feature that the site has switched off do not exist there.</summary>
sealed class FeatureMiddleware(RequestDelegate next, ModuleList modules)
{
    public Task Invoke(HttpContext http, Site site)
    {
        if (http.GetEndpoint() is { } endpoint && OwnerOf(endpoint) is { } owner && !ModuleList.IsOn(owner, site))
        {
            http.SetEndpoint(null);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        return next(http);
    }

    Module? OwnerOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is { } page ? modules.OwnerOf(page.Type.Assembly)
        : endpoint.Metadata.GetMetadata<OwnerMetadata>()?.Module;
}
