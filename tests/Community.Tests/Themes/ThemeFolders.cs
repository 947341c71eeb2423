using Community.Themes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Community.Tests.Themes;

/// <summary>A themes folder of a test: a copy of ours, to break at will.</summary>
public sealed class ThemeFolders : IDisposable
{
    public ThemeFolders()
    {
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "themes"), "*", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(
                Path,
                System.IO.Path.GetRelativePath(System.IO.Path.Combine(Repository.Root, "themes"), file)
            );
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("community-themes-").FullName;

    public ThemeFolders Write(string file, string text)
    {
        var path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    /// <summary>A child of plain, named <c>test</c>, with these files.</summary>
    public ThemeFolders Child(params (string File, string Text)[] files)
    {
        Write("test/theme.json", """{ "name": { "en": "Test" }, "parent": "plain", "contract": 1, "tokens": {} }""");
        foreach (var (file, text) in files) Write("test/" + file, text);
        return this;
    }

    public ThemeStore Store(TestHost host) =>
        new(
            Options.Create(new ThemesOptions { Themes = Path }),
            host.Services.GetRequiredService<IStringLocalizer>(),
            NullLogger<ThemeStore>.Instance,
            TimeProvider.System
        );

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
