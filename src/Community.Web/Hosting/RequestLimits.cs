using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Community.Web.Hosting;

/// <summary>How much a request may bring.</summary>
static class RequestLimits
{
    /// <summary>A form with a few pictures as they come out of a telephone.</summary>
    const long MostBytes = 16 * 1024 * 1024;
    /// <summary>The largest form of ours has some dozen fields.</summary>
    const int MostFields = 300;
    /// <summary>A post of 60,000 characters, encoded.</summary>
    const int LongestField = 1024 * 1024;

    public static void Apply(KestrelServerOptions o)
    {
        o.AddServerHeader = false;
        o.Limits.MaxRequestBodySize = MostBytes;
        o.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        o.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(10));
    }

    public static void Apply(FormOptions o)
    {
        o.ValueCountLimit = MostFields;
        o.KeyLengthLimit = 200;
        o.ValueLengthLimit = LongestField;
        o.MultipartBodyLengthLimit = MostBytes;
    }

    public static void Apply(RazorComponentsServiceOptions o)
    {
        o.MaxFormMappingCollectionSize = MostFields;
        o.MaxFormMappingRecursionDepth = 8;
    }
}
