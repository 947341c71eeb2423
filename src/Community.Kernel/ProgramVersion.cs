using System.Reflection;

namespace Community.Kernel;

/// <summary>This program's version, as in CHANGELOG.md: <c>0.9.0</c>.</summary>
public static class ProgramVersion
{
    public static string Current { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
