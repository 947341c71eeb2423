namespace Community.Tests.Harness;

/// <summary>Where the working copy is.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The host beside these tests, built in the same configuration.</summary>
    public static string Program { get; } = new DirectoryInfo(AppContext.BaseDirectory) is var built
        ? Path.Combine(Root, "src", "Community.Web", "bin", built.Parent!.Name, built.Name, "Community.Web.dll") : "";

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Community.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Community.sln is in no folder above the tests.");
    }
}
