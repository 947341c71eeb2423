using Community.Kernel;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Community.Web.Hosting;

/// <summary>Which module an endpoint belongs to.</summary>
sealed record OwnerMetadata(Module Module);

/// <summary>
/// Makes the pages and endpoints of a feature that the site has switched off return 404, except those that must be answered even then
/// (<see cref="EvenWhenOffAttribute"/>).
/// </summary>
sealed class FeatureMiddleware(RequestDelegate next, ModuleList modules)
{
    public Task Invoke(HttpContext http, Site site)
    {
        if (
            http.GetEndpoint() is { } endpoint
            && OwnerOf(endpoint) is { } owner
            && !ModuleList.IsOn(owner, site)
            && !IsEvenWhenOff(endpoint)
        )
        {
            http.SetEndpoint(null);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        return next(http);
    }

    // A page's attributes are not in its endpoint's metadata.
    static bool IsEvenWhenOff(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<EvenWhenOffAttribute>() is not null
        || endpoint.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type.IsDefined(typeof(EvenWhenOffAttribute), false) == true;

    Module? OwnerOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is { } page ? modules.OwnerOf(page.Type.Assembly)
        : endpoint.Metadata.GetMetadata<OwnerMetadata>()?.Module;
}
