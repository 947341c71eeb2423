namespace Community.Tests.Harness;

/// <summary>Where the working copy is.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Community.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Community.sln is in no folder above the tests.");
    }
}
