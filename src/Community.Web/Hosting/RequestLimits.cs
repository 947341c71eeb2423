using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Community.Web.Hosting;

/// <summary>How much a request may bring.</summary>
static class RequestLimits
{
    /// <summary>A form with a few pictures as they come out of a telephone.</summary>
    const long MaxBytes = 16 * 1024 * 1024;
    /// <summary>The largest form of ours has some dozen fields.</summary>
    const int MaxFields = 300;
    /// <summary>A post of 60,000 characters, encoded.</summary>
    const int MaxFieldLength = 1024 * 1024;

    public static void Apply(KestrelServerOptions o)
    {
        o.AddServerHeader = false;
        o.Limits.MaxRequestBodySize = MaxBytes;
        o.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        o.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(10));
    }

    public static void Apply(FormOptions o)
    {
        o.ValueCountLimit = MaxFields;
        o.KeyLengthLimit = 200;
        o.ValueLengthLimit = MaxFieldLength;
        o.MultipartBodyLengthLimit = MaxBytes;
    }
}
