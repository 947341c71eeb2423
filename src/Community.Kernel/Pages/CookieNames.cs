using Microsoft.Extensions.Configuration;

namespace Community.Kernel;

/// <summary>Names of cookies: bound to the host under https, plain where a developer has none.</summary>
public static class CookieNames
{
    public static string For(string name, IConfiguration configuration) =>
        configuration["Community:PublicScheme"] == "http" ? name : "__Host-" + name;
}
