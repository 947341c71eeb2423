namespace Community.Tests.Harness;

/// <summary>Where the working copy is.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The host's assembly, built in the same configuration as these tests.</summary>
    public static string Program { get; } = new DirectoryInfo(AppContext.BaseDirectory) is var built
        ? Path.Combine(Root, "src", "Community.Web", "bin", built.Parent!.Name, built.Name, "Community.Web.dll") : "";

    /// <summary>Every file of C# and Razor below src that a person wrote or tools/migration made.</summary>
    public static IEnumerable<string> Sources =>
        Directory
            .EnumerateFiles(Path.Combine(Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".razor" && !f.Contains("/obj/"));

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Community.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Community.sln is in no folder above the tests.");
    }
}
