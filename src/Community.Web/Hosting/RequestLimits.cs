using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Community.Web.Hosting;

/// <summary>Limits on the size of requests.</summary>
static class RequestLimits
{
    /// <summary>Enough for a form with a few unscaled phone pictures.</summary>
    const long MaxBytes = 16 * 1024 * 1024;
    /// <summary>Our largest form has a few dozen fields.</summary>
    const int MaxFields = 300;
    /// <summary>Enough for a post of 60,000 characters, encoded.</summary>
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
