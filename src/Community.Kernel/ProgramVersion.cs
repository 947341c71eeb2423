using System.Reflection;

namespace Community.Kernel;

/// <summary>The version of this program, as CHANGELOG.md has it: <c>0.8.0</c>.</summary>
public static class ProgramVersion
{
    public static string Current { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
