using Microsoft.Extensions.Configuration;

namespace Community.Kernel;

/// <summary>Names of cookies: bound to the host under https, plain where a developer has none.</summary>
public static class CookieNames
{
    public static string For(string name, IConfiguration configuration) =>
        AreBoundToHost(configuration) ? "__Host-" + name : name;

    /// <summary>Browsers take a name that begins with __Host- only of a cookie that is marked as secure.</summary>
    public static bool AreBoundToHost(IConfiguration configuration) => configuration["Community:PublicScheme"] != "http";
}
