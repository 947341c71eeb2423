using Microsoft.Extensions.Configuration;

namespace Community.Kernel;

/// <summary>Cookie names: with the host-bound prefix under https, plain for development without it.</summary>
public static class CookieNames
{
    public static string For(string name, IConfiguration configuration) =>
        AreBoundToHost(configuration) ? "__Host-" + name : name;

    /// <summary>Browsers take a name that begins with __Host- only of a cookie that is marked as secure.</summary>
    public static bool AreBoundToHost(IConfiguration configuration) => configuration["Community:PublicScheme"] != "http";
}
